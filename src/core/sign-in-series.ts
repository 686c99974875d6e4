/**
 * How many sign-ins, failures and refreshes there were, over time, from the audit trail. What is
 * over is counted once and kept; everything is counted in slices of so many ids, so that no
 * statement reads without bound and a trail of any length holds up nobody.
 */

import type { Clock } from './ports.ts';
import type { COUNTED_EVENTS, Repository } from './repository.ts';

export const SERIES_PERIODS = ['hour', 'day', 'week'] as const;

export type SeriesPeriod = (typeof SERIES_PERIODS)[number];

const PERIODS: Record<SeriesPeriod, { bucketSeconds: number; buckets: number }> = {
  hour: { bucketSeconds: 60, buckets: 60 },
  day: { bucketSeconds: 900, buckets: 96 },
  week: { bucketSeconds: 3_600, buckets: 168 },
};

/** Ids in one slice: two milliseconds at most. */
export const IDS_A_SLICE = 20_000;

/** So long after its end a bucket still changes: on PostgreSQL a commit may take its time. */
const SETTLE_MS = 30_000;

export interface SeriesCounts {
  readonly signedIn: number;
  readonly signInFailed: number;
  readonly refreshed: number;
  /** Refused by a limit: one for each counter and minute. */
  readonly limited: number;
}

const FIELDS: Record<(typeof COUNTED_EVENTS)[number], keyof SeriesCounts> = {
  'admin.sign_in_failed': 'signInFailed',
  'admin.signed_in': 'signedIn',
  'session.refreshed': 'refreshed',
  'session.sign_in_failed': 'signInFailed',
  'session.signed_in': 'signedIn',
  'sign_in.limited': 'limited',
};

export interface SignInSeries {
  readonly fromMs: number;
  /** Up to when it was counted. The last bucket is not over. */
  readonly untilMs: number;
  readonly bucketSeconds: number;
  readonly buckets: readonly (SeriesCounts & { readonly atMs: number })[];
}

/** Counted from behind one id up to another one, so that no event is in two buckets. */
interface Bucket {
  readonly counts: SeriesCounts;
  readonly afterId: number;
  readonly toId: number;
}

type SeriesRepository = Pick<
  Repository,
  'countAuditEvents' | 'findAuditIdsAround' | 'findSettledAuditId'
>;

export class SignInCounter {
  readonly #repository: SeriesRepository;
  readonly #clock: Clock;
  /** By start; no more than a period has. */
  readonly #kept: Record<SeriesPeriod, Map<number, Bucket>> = {
    hour: new Map(),
    day: new Map(),
    week: new Map(),
  };
  readonly #running = new Map<SeriesPeriod, Promise<SignInSeries>>();

  constructor(deps: { repository: SeriesRepository; clock: Clock }) {
    this.#repository = deps.repository;
    this.#clock = deps.clock;
  }

  /** Up to now. Who asks while it is being counted gets the same. */
  count(period: SeriesPeriod): Promise<SignInSeries> {
    const running = this.#running.get(period) ?? this.#count(period);
    this.#running.set(period, running);
    const forget = () => void this.#running.delete(period);
    running.then(forget, forget);
    return running;
  }

  async #count(period: SeriesPeriod): Promise<SignInSeries> {
    const { bucketSeconds, buckets: count } = PERIODS[period];
    const bucketMs = bucketSeconds * 1_000;
    const untilMs = this.#clock.nowMs();
    const fromMs = (Math.floor(untilMs / bucketMs) - count + 1) * bucketMs;
    const settledId = await this.#repository.findSettledAuditId();
    const kept = this.#kept[period];
    for (const startMs of kept.keys()) if (startMs < fromMs) kept.delete(startMs);
    let afterId = kept.get(fromMs)?.afterId ?? (await this.#lastIdBefore(fromMs, settledId));
    const buckets: SignInSeries['buckets'][number][] = [];
    for (let atMs = fromMs; atMs <= untilMs; atMs += bucketMs) {
      const bucket =
        kept.get(atMs) ?? (await this.#countBucket(atMs + bucketMs, afterId, settledId));
      if (atMs + bucketMs + SETTLE_MS <= untilMs) kept.set(atMs, bucket);
      buckets.push({ atMs, ...bucket.counts });
      afterId = bucket.toId;
    }
    return { fromMs, untilMs, bucketSeconds, buckets };
  }

  async #countBucket(endMs: number, afterId: number, settledId: number): Promise<Bucket> {
    // A clock that was set back moves events to another bucket, and loses none.
    const toId = Math.max(afterId, await this.#lastIdBefore(endMs, settledId));
    const counts = { signedIn: 0, signInFailed: 0, refreshed: 0, limited: 0 };
    for (let fromId = afterId; fromId < toId; fromId += IDS_A_SLICE) {
      const slice = { afterId: fromId, toId: Math.min(fromId + IDS_A_SLICE, toId) };
      for (const { name, count } of await this.#repository.countAuditEvents(slice)) {
        counts[FIELDS[name]] += count;
      }
      await othersWork();
    }
    return { counts, afterId, toId };
  }

  /** The id before the first event from then on. */
  async #lastIdBefore(timeMs: number, settledId: number): Promise<number> {
    const { from } = await this.#repository.findAuditIdsAround({ beforeMs: 0, fromMs: timeMs });
    await othersWork();
    return from === null ? settledId : Math.min(from - 1, settledId);
  }
}

/** Between two slices: reading is synchronous on SQLite. */
function othersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
