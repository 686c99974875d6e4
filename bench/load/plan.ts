/** What a load generator is told to do, and what it reports. Both travel between processes. */

import type { HistogramCounts } from './histogram.ts';

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly work: Work;
  /** Milliseconds whose answers do not count, while the server compiles and fills its caches. */
  readonly warmupMs: number;
  /**
   * How many answers the warm-up takes at least. It then lasts up to four times as long: on a
   * machine that others use, time alone says little about what has been compiled.
   */
  readonly warmupAnswers?: number;
  readonly measureMs: number;
  /**
   * Milliseconds between two requests of one connection; without it the next one follows at once.
   * Its latency counts from when it was due, so a slow server cannot hide behind fewer requests.
   */
  readonly intervalMs?: number;
  readonly expected: ExpectedAnswer;
  /** Refusals of an overloaded server that do not count as errors. */
  readonly refusals?: {
    readonly status: number;
    /** How long a refused caller waits before its next try. */
    readonly pauseMs: number;
  };
  /** Connections that are not taken or are cut count as turned away and not as errors. */
  readonly mayBeTurnedAway?: {
    /** How long a client that was turned away waits before it comes again. */
    readonly pauseMs: number;
  };
  /** Keeps what happened in each interval of this many milliseconds. */
  readonly timelineMs?: number;
}

export interface ExpectedAnswer {
  readonly status: number;
  readonly bodyPrefix: string;
}

/** What is asked, and what is a right answer to it. */
export type Calls = Pick<LoadPlan, 'work' | 'expected'>;

/** One for each connection; where there are fewer, they go round. */
export type Work = { readonly kind: 'same'; readonly requests: readonly string[] } | ChainedWork;

/** Each request carries what the last answer gave, as the rotation of refresh tokens does. */
export interface ChainedWork {
  readonly kind: 'chained';
  /** Without Content-Length and the empty line. */
  readonly heads: readonly string[];
  readonly bodyBefore: string;
  readonly bodyAfter: string;
  /** Of the JSON answer. */
  readonly field: string;
  readonly first: readonly string[];
}

export interface LoadResult {
  readonly elapsedMs: number;
  /** Whole, expected answers within the measured time. */
  readonly answers: number;
  readonly latencies: HistogramCounts;
  readonly refused: number;
  readonly refusedWithoutRetryAfter: number;
  readonly refusedLatencies: HistogramCounts;
  readonly turnedAway: number;
  /** By what went wrong; whatever is in here fails the measurement. */
  readonly errors: Readonly<Record<string, number>>;
  /** Of each connection, since the start of the warm-up. */
  readonly acknowledged: readonly number[];
  /** How busy the generator itself was, 0 to 1: near 1 it measured itself. */
  readonly utilization: number;
  /** CPU time of the generator within the measured time, in seconds. */
  readonly cpuSeconds: number;
  readonly timeline: readonly TimelineBin[];
}

/** What happened in one interval; times are Unix milliseconds. */
export interface TimelineBin {
  readonly fromMs: number;
  readonly answers: number;
  readonly refused: number;
  readonly latencies: HistogramCounts;
}

export type ToGenerator = { readonly kind: 'plan'; readonly plan: LoadPlan };
export type FromGenerator =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'result'; readonly result: LoadResult };
