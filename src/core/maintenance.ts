/** Housekeeping in small bounded steps, so that no request ever waits behind it. */

import type { AccessTokens } from './access-tokens.ts';
import { DAY_MS } from './audit-rules.ts';
import type { Repository } from './repository.ts';

/** Rows of each kind that one step deletes at most. */
const PURGE_STEP = 500;
/**
 * Counters are kept for names that do not exist too, so whoever tries enough of them fills the
 * table. Beyond this many the oldest go: a flood of a million names buys a hundred more guesses.
 */
const MAX_FAILURE_COUNTERS = 1_000_000;

export class Maintenance {
  readonly #repository: Repository;
  readonly #accessTokens: AccessTokens;
  readonly #auditRetentionDays: number;

  constructor(deps: {
    repository: Repository;
    accessTokens: AccessTokens;
    auditRetentionDays: number;
  }) {
    this.#repository = deps.repository;
    this.#accessTokens = deps.accessTokens;
    this.#auditRetentionDays = deps.auditRetentionDays;
  }

  /** Deletes what has expired, step by step, each step a transition of its own. */
  async purge(): Promise<number> {
    const keptMs = this.#auditRetentionDays * DAY_MS;
    const expired = await inSteps(() => this.#repository.purgeExpired(PURGE_STEP));
    const limit = PURGE_STEP;
    const keep = MAX_FAILURE_COUNTERS;
    const counters = await inSteps(() => this.#repository.purgeOldestCounters({ keep, limit }));
    const events = await inSteps(() => this.#repository.purgeAuditEvents({ keptMs, limit }));
    return expired + counters + events;
  }

  flushUses(): Promise<void> {
    return this.#accessTokens.flushUses();
  }
}

/** Until a step finds nothing any more. */
async function inSteps(purgeStep: () => Promise<number>): Promise<number> {
  let purged = 0;
  for (;;) {
    const step = await purgeStep();
    purged += step;
    if (step === 0) return purged;
  }
}
