/** Times are UTC everywhere: logs, API and commands of one installation must agree. */

/** RFC 3339 with whole seconds, as the API writes times. */
export function toRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-04-02 08:30Z`, for tables. */
export function toMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** `04-02 08:30:15Z`, for narrow tables of what is recent. */
export function toMonthAndSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(5, 19).replace('T', ' ')}Z`;
}
