/**
 * Lists of any length, a row at a time: a table that fits the terminal, tab-separated lines
 * without one, a JSON array when asked for.
 */

import stringWidth from 'fast-string-width';
import type { CommandContext } from './context.ts';
import { PacedOutput } from './output.ts';
import { toVisible, toVisibleJson } from './visible-text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** A shorter form for terminals. */
  readonly terminalText?: (row: Row) => string;
  /** Gives way first when the terminal is narrow. */
  readonly isFlexible?: boolean;
  /** Of the width that is usual, for tables whose rows come later. */
  readonly usualText?: string;
}

export interface Listing<Row> {
  readonly columns: readonly Column<Row>[];
  /** A row as scripts see it. */
  readonly toJson: (row: Row) => object;
}

/** Widths are taken from this many rows; later ones are cut to them. */
const MEASURED_ROWS = 500;
const GAP = '  ';
const MIN_FLEXIBLE_WIDTH = 8;
const MIN_WIDTH = 3;

/** Prints all rows and says how many there were. @throws OutputClosed */
export async function printRows<Row>(
  context: CommandContext,
  isJson: boolean,
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
): Promise<number> {
  const output = new PacedOutput(context);
  const print = isJson ? printJson : context.stdout.isTTY ? printTable : printTabbed;
  const count = await print(output, listing, rows, terminalWidth(context.stdout));
  await output.flush();
  return count;
}

/**
 * Prints the rows that there are and gives a function for those that come later: a table whose
 * widths stay, tab-separated lines, or JSON Lines. Each call is written at once.
 * @throws OutputClosed
 */
export async function startRows<Row>(
  context: CommandContext,
  isJson: boolean,
  { columns, toJson }: Listing<Row>,
  rows: readonly Row[],
): Promise<(rows: readonly Row[]) => Promise<void>> {
  const output = new PacedOutput(context);
  const titles = columns.map(({ title }) => title);
  const isTable = context.stdout.isTTY;
  const cellsOf = (row: Row) =>
    columns.map(({ text, terminalText }) =>
      toVisible(isTable ? (terminalText ?? text)(row) : text(row)),
    );
  const usual = columns.map(({ usualText = '' }) => usualText);
  const widths = isTable
    ? columnWidths(columns, [titles, usual, ...rows.map(cellsOf)], terminalWidth(context.stdout))
    : null;
  const lineOf = (cells: string[]) =>
    widths === null ? `${cells.join('\t')}\n` : formatRow(cells, widths);
  const addRows = async (more: readonly Row[]) => {
    for (const row of more) {
      await output.add(isJson ? `${toVisibleJson(toJson(row))}\n` : lineOf(cellsOf(row)));
    }
    await output.flush();
  };
  if (!isJson) await output.add(lineOf(titles));
  await addRows(rows);
  return addRows;
}

/** A terminal that does not say how wide it is (0 or nothing) is taken for the usual one. */
export function terminalWidth({ columns }: { columns?: number }): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/** One array, one row a line, so that it can be read as a whole or as it comes. */
async function printJson<Row>(
  output: PacedOutput,
  { toJson }: Listing<Row>,
  rows: AsyncIterable<Row>,
): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    await output.add(`${count === 0 ? '[\n' : ',\n'}  ${toVisibleJson(toJson(row))}`);
    count += 1;
  }
  await output.add(count === 0 ? '[]\n' : '\n]\n');
  return count;
}

async function printTabbed<Row>(
  output: PacedOutput,
  { columns }: Listing<Row>,
  rows: AsyncIterable<Row>,
): Promise<number> {
  let count = 0;
  await output.add(`${columns.map(({ title }) => title).join('\t')}\n`);
  for await (const row of rows) {
    await output.add(`${columns.map(({ text }) => toVisible(text(row))).join('\t')}\n`);
    count += 1;
  }
  return count;
}

async function printTable<Row>(
  output: PacedOutput,
  { columns }: Listing<Row>,
  rows: AsyncIterable<Row>,
  terminalWidth: number,
): Promise<number> {
  const titles = columns.map(({ title }) => title);
  const measured: string[][] = [];
  let widths: number[] | null = null;
  let count = 0;
  const printMeasured = async () => {
    widths = columnWidths(columns, [titles, ...measured], terminalWidth);
    await output.add(formatRow(titles, widths));
    for (const cells of measured) await output.add(formatRow(cells, widths));
    return widths;
  };
  for await (const row of rows) {
    count += 1;
    const cells = columns.map(({ text, terminalText }) => toVisible((terminalText ?? text)(row)));
    if (widths !== null) await output.add(formatRow(cells, widths));
    else if (measured.push(cells) === MEASURED_ROWS) widths = await printMeasured();
  }
  if (widths === null) await printMeasured();
  return count;
}

/** What the cells need; where that is too wide, flexible columns give way first. */
export function columnWidths(
  columns: readonly { readonly isFlexible?: boolean }[],
  rows: readonly (readonly string[])[],
  terminalWidth: number,
): number[] {
  const widths = columns.map((_, i) =>
    Math.max(...rows.map((cells) => stringWidth(cells[i] ?? ''))),
  );
  const gaps = GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - terminalWidth;
  const narrow = (index: number, minWidth: number) => {
    const width = widths[index] ?? 0;
    const cut = Math.max(0, Math.min(excess, width - minWidth));
    widths[index] = width - cut;
    excess -= cut;
  };
  columns.forEach(({ isFlexible }, i) => {
    if (isFlexible) narrow(i, MIN_FLEXIBLE_WIDTH);
  });
  // A terminal too narrow even for that: from the last column on, which is the least telling.
  for (let i = columns.length - 1; i >= 0; i -= 1) narrow(i, MIN_WIDTH);
  return widths;
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const fitted = cells.map((cell, i) => fit(cell, widths[i] ?? 0));
  return `${fitted.join(GAP).trimEnd()}\n`;
}

/** Exactly `width` columns of the terminal: padded, or cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const excess = stringWidth(text) - width;
  if (excess <= 0) return text + ' '.repeat(-excess);
  let kept = '';
  // Graphemes, so that neither an accent nor half an emoji is left over.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…${' '.repeat(width - 1 - stringWidth(kept))}`;
}
