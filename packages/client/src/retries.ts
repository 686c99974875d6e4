/** How a call is repeated whose repetition is harmless. */

import { SallyportClientError } from './errors.ts';

export interface RetryClock {
  /** Wall clock. */
  nowMs(): number;
  wait(ms: number): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const platformClock: RetryClock = {
  nowMs: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

/**
 * Repeats `attempt` while it fails with what may pass, doubling the wait and heeding Retry-After,
 * as long as the next attempt would start within `budgetMs` of the first. Then its error is thrown.
 */
export async function repeatWithin<T>(
  budgetMs: number,
  clock: RetryClock,
  attempt: () => Promise<T>,
): Promise<T> {
  const startMs = clock.nowMs();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SallyportClientError) || !error.isTemporary) throw error;
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
      const pauseMs = Math.max(askedMs, waitMs * (0.5 + clock.random() / 2));
      if (clock.nowMs() + pauseMs - startMs > budgetMs) throw error;
      await clock.wait(pauseMs);
    }
  }
}
