/**
 * Latencies, counted in buckets whose width grows with the value: below 128 µs one microsecond
 * each, above that 64 to a power of two, so a value is known to 1.6 % whatever its size. Counting
 * takes no memory per value, so a long run costs the load generator as much as a short one.
 */

const LINEAR_BUCKETS = 128;
const BUCKETS_PER_DOUBLING = 64;
/** Up to 2^36 µs, which is 19 hours. */
const DOUBLINGS = 29;
const BUCKETS = LINEAR_BUCKETS + DOUBLINGS * BUCKETS_PER_DOUBLING;

/** As it travels between processes: pairs of bucket and count. */
export type HistogramCounts = readonly (readonly [bucket: number, count: number])[];

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  static of(counts: HistogramCounts): Histogram {
    const histogram = new Histogram();
    histogram.add(counts);
    return histogram;
  }

  get total(): number {
    return this.#total;
  }

  /** `micros` is rounded down; what is negative counts as 0. */
  record(micros: number): void {
    const bucket = bucketOf(Math.max(0, Math.floor(micros)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  add(counts: HistogramCounts): void {
    for (const [bucket, count] of counts) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
      this.#total += count;
    }
  }

  counts(): HistogramCounts {
    return [...this.#counts.entries()].filter(([, count]) => count > 0);
  }

  /**
   * The latency in milliseconds that `share` (0 to 1) of all did not exceed: the upper end of its
   * bucket, so that it is never better than what was measured. NaN when nothing was.
   */
  quantileMs(share: number): number {
    if (this.#total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return upperMicrosOf(bucket) / 1000;
    }
    return Number.NaN;
  }
}

function bucketOf(micros: number): number {
  if (micros < LINEAR_BUCKETS) return micros;
  const exponent = Math.floor(Math.log2(micros));
  const doubling = exponent - 7;
  if (doubling >= DOUBLINGS) return BUCKETS - 1;
  const width = 2 ** (exponent - 6);
  const within = Math.floor(micros / width) - BUCKETS_PER_DOUBLING;
  return LINEAR_BUCKETS + doubling * BUCKETS_PER_DOUBLING + within;
}

function upperMicrosOf(bucket: number): number {
  if (bucket < LINEAR_BUCKETS) return bucket + 1;
  const doubling = Math.floor((bucket - LINEAR_BUCKETS) / BUCKETS_PER_DOUBLING);
  const within = (bucket - LINEAR_BUCKETS) % BUCKETS_PER_DOUBLING;
  return (BUCKETS_PER_DOUBLING + within + 1) * 2 ** (doubling + 1);
}
