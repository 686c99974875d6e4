/** Between which times: a span up to now, or two moments, as the address has them. */

export interface TimeRange {
  /** One of SPANS. */
  readonly last?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const HOUR_MS = 60 * 60 * 1000;

export const SPANS = [
  { value: '1h', label: 'Last hour', ms: HOUR_MS },
  { value: '24h', label: 'Last 24 hours', ms: 24 * HOUR_MS },
  { value: '7d', label: 'Last 7 days', ms: 7 * 24 * HOUR_MS },
  { value: '30d', label: 'Last 30 days', ms: 30 * 24 * HOUR_MS },
] as const;

/** As the server takes it. What is neither is left out. */
export function timesOf({ last, since, until }: TimeRange, nowMs: number) {
  const span = SPANS.find(({ value }) => value === last);
  if (span !== undefined) return { since: new Date(nowMs - span.ms).toISOString() };
  return { ...(since && { since }), ...(until && { until }) };
}

/** For an `<input type="datetime-local">`, in the time zone of the browser. */
export function toLocalInput(at: string | undefined): string {
  const ms = Date.parse(at ?? '');
  if (Number.isNaN(ms)) return '';
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** Null for what is no complete moment yet. */
export function fromLocalInput(text: string): string | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
