/**
 * Colour, for what should catch the eye. Only on a terminal that has it, and not with NO_COLOR or
 * TERM=dumb; nothing is said by colour alone.
 */

import { styleText } from 'node:util';

/** `alarm` is for what is dead, shut or dangerous; `caution` for what soon will be. */
export type Mark = 'alarm' | 'caution';

const COLOURS = { alarm: 'red', caution: 'yellow' } as const;

export function paint(stream: NodeJS.WriteStream, mark: Mark | null, text: string): string {
  return mark === null ? text : styleText(COLOURS[mark], text, { stream });
}
