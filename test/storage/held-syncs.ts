/** A disk that syncs when it is told to, for `SqliteDatabase.open`: each sync is held until then. */

import { fdatasync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

const DEADLINE_MS = 5_000;

export class HeldSyncs {
  /** How many were begun. */
  begun = 0;
  #isHolding = false;
  readonly #held: ((fault: Error | null) => void)[] = [];

  readonly sync = (descriptor: number, done: (error: Error | null) => void): void => {
    this.begun += 1;
    const end = (fault: Error | null) => {
      if (fault === null) fdatasync(descriptor, done);
      else process.nextTick(done, fault);
    };
    if (this.#isHolding) this.#held.push(end);
    else end(null);
  };

  /** From here on. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Those that are under way, and all that follow. */
  letGo(): void {
    this.#isHolding = false;
    for (const end of this.#held.splice(0)) end(null);
  }

  /** Resolves when one is held. */
  async untilUnderWay(): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (this.#held.length === 0) {
      if (performance.now() > deadlineMs) throw new Error('no sync was begun');
      await setImmediate();
    }
  }

  /** Ends the one that is under way, when it is; with a fault where one is given. */
  async endOne(fault: Error | null = null): Promise<void> {
    await this.untilUnderWay();
    this.#held.shift()?.(fault);
  }
}
