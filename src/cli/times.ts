/** Times are UTC everywhere: logs, API and commands of one installation must agree. */

/** RFC 3339 with whole seconds, as the API writes times. */
export function toRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-04-02 08:30Z`, for tables. */
export function toMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** RFC 3339 with milliseconds, as the log writes times. */
export function toRfc3339Ms(ms: number): string {
  return new Date(ms).toISOString();
}

/** `04-02 08:30:15Z`, for narrow tables of what is recent. */
export function toMonthAndSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(5, 19).replace('T', ' ')}Z`;
}

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/i;

/** Milliseconds since the Unix epoch; a date alone is its midnight in UTC. Null for anything else. */
export function parseRfc3339(text: string): number | null {
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  if (year === undefined) return null;
  // 30 February would be taken for 2 March.
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return null;
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) ? null : ms;
}
