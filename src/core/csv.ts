/**
 * Comma-separated values (RFC 4180) that are safe to open: nothing in a cell is a formula to a
 * spreadsheet, and nothing controls a terminal.
 */

import { toVisible } from './visible-text.ts';

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@]/;

/** One line with its end, which is no carriage return: terminals obey that. Null is an empty cell; text is always quoted, numbers are not. */
export function toCsvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(toCell).join(',')}\n`;
}

function toCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const visible = toVisible(value);
  const inert = FORMULA.test(visible) ? `'${visible}` : visible;
  return `"${inert.replaceAll('"', '""')}"`;
}
