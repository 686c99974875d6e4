/** Moments as text, the same for the command line, the API and exports. */

/** RFC 3339 in UTC with milliseconds, as the log and the audit trail write times. */
export function toRfc3339Ms(ms: number): string {
  return new Date(ms).toISOString();
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
