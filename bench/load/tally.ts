/** What a load generator counts. Only what is answered within the measured time is counted. */

import { Histogram } from './histogram.ts';
import type { LoadResult, TimelineBin } from './plan.ts';

interface OpenBin {
  readonly latencies: Histogram;
  refused: number;
}

export class Tally {
  readonly #latencies = new Histogram();
  readonly #refusedLatencies = new Histogram();
  readonly #errors: Record<string, number> = {};
  readonly #acknowledged: number[];
  readonly #bins: OpenBin[] = [];
  readonly #timelineMs: number | null;
  #startedMs = Number.POSITIVE_INFINITY;
  #endedMs = Number.POSITIVE_INFINITY;
  #refusedWithoutRetryAfter = 0;
  #turnedAway = 0;
  #total = 0;

  constructor(connections: number, timelineMs: number | null) {
    this.#acknowledged = new Array<number>(connections).fill(0);
    this.#timelineMs = timelineMs;
  }

  /** Answers since the start, measured or not. */
  get total(): number {
    return this.#total;
  }

  /** Times are on the monotonic clock. */
  start(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  end(nowMs: number): void {
    this.#endedMs = nowMs;
  }

  answered(connection: number, sinceMs: number, nowMs: number): void {
    this.#total += 1;
    this.#acknowledged[connection] = (this.#acknowledged[connection] ?? 0) + 1;
    if (!this.#isMeasured(nowMs)) return;
    const micros = (nowMs - sinceMs) * 1000;
    this.#latencies.record(micros);
    this.#bin(nowMs)?.latencies.record(micros);
  }

  refused(sinceMs: number, nowMs: number, hasRetryAfter: boolean): void {
    if (!this.#isMeasured(nowMs)) return;
    this.#refusedLatencies.record((nowMs - sinceMs) * 1000);
    if (!hasRetryAfter) this.#refusedWithoutRetryAfter += 1;
    const bin = this.#bin(nowMs);
    if (bin !== null) bin.refused += 1;
  }

  turnedAway(nowMs: number): void {
    if (this.#isMeasured(nowMs)) this.#turnedAway += 1;
  }

  /** Errors count always: one of the warm-up is one of the server's too. */
  failed(what: string): void {
    this.#errors[what] = (this.#errors[what] ?? 0) + 1;
  }

  result(own: Pick<LoadResult, 'utilization' | 'cpuSeconds'>): LoadResult {
    return {
      elapsedMs: this.#endedMs - this.#startedMs,
      answers: this.#latencies.total,
      latencies: this.#latencies.counts(),
      refused: this.#refusedLatencies.total,
      refusedWithoutRetryAfter: this.#refusedWithoutRetryAfter,
      refusedLatencies: this.#refusedLatencies.counts(),
      turnedAway: this.#turnedAway,
      errors: this.#errors,
      acknowledged: this.#acknowledged,
      ...own,
      timeline: this.#timeline(),
    };
  }

  #isMeasured(nowMs: number): boolean {
    return nowMs >= this.#startedMs && nowMs < this.#endedMs;
  }

  #bin(nowMs: number): OpenBin | null {
    if (this.#timelineMs === null) return null;
    const index = Math.floor((nowMs - this.#startedMs) / this.#timelineMs);
    while (this.#bins.length <= index) {
      this.#bins.push({ latencies: new Histogram(), refused: 0 });
    }
    return this.#bins[index] ?? null;
  }

  #timeline(): TimelineBin[] {
    const startedMs = performance.timeOrigin + this.#startedMs;
    return this.#bins.map(({ latencies, refused }, index) => ({
      fromMs: startedMs + index * (this.#timelineMs ?? 0),
      answers: latencies.total,
      refused,
      latencies: latencies.counts(),
    }));
  }
}
