/** Medians and spreads over the rounds. A mean would let one disturbed round move the result. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Null for no values. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [upper, lower] = [sorted[middle], sorted[middle - 1]];
  if (upper === undefined) return null;
  const median = sorted.length % 2 === 1 || lower === undefined ? upper : (upper + lower) / 2;
  return { median, min: sorted[0] ?? median, max: sorted.at(-1) ?? median, count: sorted.length };
}

/** Of each round by itself: what disturbed one round disturbed both sides of it. */
export function ratiosOf(
  values: readonly (number | undefined)[],
  beside: readonly (number | undefined)[],
): number[] {
  return values.flatMap((value, round) => {
    const other = beside[round];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
}
