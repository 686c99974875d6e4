/**
 * How long requests take, of the last hour by minute, in memory: a histogram of fixed buckets, so
 * that counting one costs two looks at the clock, and an hour has the same size under any load.
 * Counted is the time until the answer is ready; of one that is sent as it is made, until it
 * begins.
 */

import { randomUUID } from 'node:crypto';

/** This one and the sixty before it. */
const MINUTES = 61;
const MINUTE_MS = 60_000;
/** Eight for each doubling of microseconds: a quantile is wrong by six per cent at most. */
const STEPS = 8;
/** Up to 17 minutes, which nothing takes. */
const MAX_US = 2 ** 30 - 1;
const BUCKETS = bucketOf(MAX_US) + 1;

export interface LatencyMinute {
  readonly atMs: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class RequestLatency {
  /** Of this process: behind a proxy, each answer may be of another one. */
  readonly serverId = randomUUID();
  readonly sinceMs: number;
  readonly #monotoneMs: () => number;
  /** What the monotone clock showed at the beginning of 1970. */
  readonly #epochMs: number;
  readonly #counts = new Uint32Array(MINUTES * BUCKETS);
  /** Which minute each part of the counts is of. */
  readonly #minutes = new Float64Array(MINUTES).fill(-1);
  /** Where the counts of this minute begin, and when it is over. */
  #offset = 0;
  #endsMs = Number.NEGATIVE_INFINITY;

  constructor(clock: { wallMs: () => number; monotoneMs: () => number } = REAL) {
    this.#monotoneMs = clock.monotoneMs;
    this.sinceMs = clock.wallMs();
    this.#epochMs = clock.monotoneMs() - this.sinceMs;
  }

  /** Counts a request that began at `startedMs` on the monotone clock. */
  count(startedMs: number): void {
    const nowMs = this.#monotoneMs();
    if (nowMs >= this.#endsMs) this.#turn(nowMs);
    const index = this.#offset + bucketOf(Math.min((nowMs - startedMs) * 1_000, MAX_US) | 0);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** The minutes that had requests, the oldest first. */
  lastHour(): LatencyMinute[] {
    const now = this.#minuteAt(this.#monotoneMs());
    const shown = [...this.#minutes.entries()].filter(([, minute]) => minute > now - MINUTES);
    return shown
      .sort(([, a], [, b]) => a - b)
      .map(([slot, minute]) => this.#summary(slot, minute * MINUTE_MS));
  }

  #turn(nowMs: number): void {
    const minute = this.#minuteAt(nowMs);
    const slot = minute % MINUTES;
    this.#offset = slot * BUCKETS;
    this.#endsMs = (minute + 1) * MINUTE_MS + this.#epochMs;
    this.#minutes[slot] = minute;
    this.#counts.fill(0, this.#offset, this.#offset + BUCKETS);
  }

  #minuteAt(monotoneMs: number): number {
    return Math.floor((monotoneMs - this.#epochMs) / MINUTE_MS);
  }

  #summary(slot: number, atMs: number): LatencyMinute {
    const counts = this.#counts.subarray(slot * BUCKETS, (slot + 1) * BUCKETS);
    const requests = counts.reduce((sum, count) => sum + count, 0);
    return {
      atMs,
      requests,
      p50Ms: quantile(counts, requests, 0.5),
      p99Ms: quantile(counts, requests, 0.99),
    };
  }
}

const REAL = { wallMs: () => Date.now(), monotoneMs: () => performance.now() };

/** One for each microsecond below sixteen, then eight for each doubling. */
function bucketOf(us: number): number {
  if (us < STEPS) return us;
  const doubling = 31 - Math.clz32(us);
  return ((doubling - 2) << 3) | ((us >>> (doubling - 3)) & 7);
}

/** The middle of the bucket in which this share of all has been counted, in milliseconds. */
function quantile(counts: Uint32Array, requests: number, share: number): number {
  let left = Math.ceil(requests * share);
  for (const [index, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return middleUs(index) / 1_000;
  }
  return 0;
}

function middleUs(index: number): number {
  if (index < STEPS) return index + 0.5;
  const doubling = (index >> 3) + 2;
  const width = 2 ** (doubling - 3);
  return ((index & 7) + STEPS) * width + width / 2;
}
