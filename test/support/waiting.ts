// Waiting for real processes: poll for the condition, never sleep for a guess.

import { setTimeout as wait } from 'node:timers/promises';

/** Resolves when `condition` holds; rejects after `timeoutMs`, naming what did not come true. */
export async function waitUntil(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await wait(25);
  }
}
