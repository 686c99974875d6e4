/**
 * Comma-separated values (RFC 4180) that spreadsheets take for no formula, and that are read back
 * as they were: whatever begins like one, after any apostrophes, gets one apostrophe more, and
 * loses it again when it is read.
 */

const LIKE_FORMULA = /^'*[=+\-@]/;
const GUARDED = /^'+[=+\-@]/;

/** One line with its end. Null is an empty cell; text is always quoted, numbers are not. */
export function writeCsvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(writeCell).join(',')}\n`;
}

function writeCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const inert = LIKE_FORMULA.test(value) ? `'${value}` : value;
  return `"${inert.replaceAll('"', '""')}"`;
}

/** The cells of one record without its end; null when its quotes are not as RFC 4180 has them. */
export function readCsvRecord(text: string): string[] | null {
  const cells: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? endOfQuoted(text, at) : endOfPlain(text, at);
    if (end === null || (end < text.length && text[end] !== ',')) return null;
    const raw = isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
    if (!isQuoted && raw.includes('"')) return null;
    cells.push(GUARDED.test(raw) ? raw.slice(1) : raw);
    at = end + 1;
  }
  return cells;
}

/** Behind the closing quote; null when there is none. */
function endOfQuoted(text: string, start: number): number | null {
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return null;
    if (text[quote + 1] !== '"') return quote + 1;
    at = quote + 2;
  }
}

function endOfPlain(text: string, start: number): number {
  const comma = text.indexOf(',', start);
  return comma < 0 ? text.length : comma;
}
