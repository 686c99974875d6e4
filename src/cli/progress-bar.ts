/** A bar that fills on a terminal, on standard error; nothing elsewhere. */

import type { CommandContext } from './context.ts';

const WIDTH = 30;

/** `end` takes the bar away again. Shares are from 0 to 1. */
export function startProgressBar(
  { stderr }: Pick<CommandContext, 'stderr'>,
  label: string,
  isWanted: boolean,
): { show: (share: number) => void; end: () => void } {
  if (!isWanted || !stderr.isTTY) return { show: () => undefined, end: () => undefined };
  let shown = -1;
  return {
    show: (share) => {
      const percent = Math.floor(share * 100);
      if (percent === shown) return;
      shown = percent;
      const filled = Math.round(share * WIDTH);
      const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled);
      stderr.write(`\r${label} [${bar}] ${String(percent).padStart(3)} %`);
    },
    end: () => void (shown >= 0 && stderr.write('\r\u001b[K')),
  };
}
