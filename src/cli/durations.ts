/** Spans of time as operators write them: 90s, 15m, 12h, 30d. */

import { InvalidArgumentError } from 'commander';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Seconds, from 1 to `maxSeconds`. A number without a unit is refused: it would be a guess.
 * @throws InvalidArgumentError
 */
export function parseDuration(text: string, maxSeconds: number): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? 0);
  if (seconds >= 1 && seconds <= maxSeconds) return seconds;
  const maxDays = Math.floor(maxSeconds / 86_400);
  throw new InvalidArgumentError(`Say a time such as 90s, 15m, 12h or 30d, up to ${maxDays}d.`);
}
