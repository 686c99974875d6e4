/** Housekeeping in small bounded steps, so that no request ever waits behind it. */

import type { AccessTokens } from './access-tokens.ts';
import type { Repository } from './repository.ts';

/** Rows of each kind that one step deletes at most. */
const PURGE_STEP = 500;

export class Maintenance {
  readonly #repository: Repository;
  readonly #accessTokens: AccessTokens;

  constructor(deps: { repository: Repository; accessTokens: AccessTokens }) {
    this.#repository = deps.repository;
    this.#accessTokens = deps.accessTokens;
  }

  /** Deletes what has expired, step by step, each step a transition of its own. */
  async purge(): Promise<number> {
    let purged = 0;
    for (;;) {
      const step = await this.#repository.purgeExpired(PURGE_STEP);
      purged += step;
      if (step === 0) return purged;
    }
  }

  flushUses(): Promise<void> {
    return this.#accessTokens.flushUses();
  }
}
