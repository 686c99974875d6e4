/**
 * Lists of any length, a row at a time: a table that fits the terminal, tab-separated lines
 * without one, a JSON array when asked for.
 */

import { toVisible, toVisibleJson } from '../core/visible-text.ts';
import { type Mark, paint } from './colours.ts';
import type { CommandContext } from './context.ts';
import { PacedOutput } from './output.ts';
import { type ColumnLayout, columnWidths, fit, GAP, terminalWidth } from './table-layout.ts';

export interface Column<Row> extends ColumnLayout {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** A shorter form for terminals. */
  readonly terminalText?: (row: Row) => string;
  /** Of the width that is usual, for tables whose rows come later. */
  readonly usualText?: string;
  /** What should catch the eye on a terminal; the text says it too. */
  readonly mark?: (row: Row) => Mark | null;
}

export interface Listing<Row> {
  readonly columns: readonly Column<Row>[];
  /** What is to be copied from a row: on a line of its own where its cell had to be cut. */
  readonly copyable?: (row: Row) => string | null;
  /** A row as scripts see it. */
  readonly toJson: (row: Row) => object;
}

/** Widths are taken from this many rows; later ones are cut to them. */
const MEASURED_ROWS = 500;

/** Prints all rows and says how many there were. @throws OutputClosed */
export async function printRows<Row>(
  context: CommandContext,
  isJson: boolean,
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
): Promise<number> {
  const output = new PacedOutput(context);
  const print = isJson ? printJson : context.stdout.isTTY ? printTable : printTabbed;
  const count = await print(output, listing, rows, context.stdout);
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
  listing: Listing<Row>,
  rows: readonly Row[],
): Promise<(rows: readonly Row[]) => Promise<void>> {
  const output = new PacedOutput(context);
  const { toJson } = listing;
  const table = context.stdout.isTTY ? new Table(listing, context.stdout, rows) : null;
  const lineOf = (row: Row) => table?.line(row) ?? tabbedLine(listing, row);
  const addRows = async (more: readonly Row[]) => {
    for (const row of more) {
      await output.add(isJson ? `${toVisibleJson(toJson(row))}\n` : lineOf(row));
    }
    await output.flush();
  };
  if (!isJson) await output.add(table?.titles() ?? tabbedTitles(listing));
  await addRows(rows);
  return addRows;
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
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
): Promise<number> {
  let count = 0;
  await output.add(tabbedTitles(listing));
  for await (const row of rows) {
    await output.add(tabbedLine(listing, row));
    count += 1;
  }
  return count;
}

function tabbedTitles<Row>({ columns }: Listing<Row>): string {
  return `${columns.map(({ title }) => title).join('\t')}\n`;
}

function tabbedLine<Row>({ columns }: Listing<Row>, row: Row): string {
  return `${columns.map(({ text }) => toVisible(text(row))).join('\t')}\n`;
}

async function printTable<Row>(
  output: PacedOutput,
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
  stdout: NodeJS.WriteStream,
): Promise<number> {
  const measured: Row[] = [];
  let table: Table<Row> | null = null;
  let count = 0;
  const printMeasured = async () => {
    const started = new Table(listing, stdout, measured);
    await output.add(started.titles());
    for (const row of measured) await output.add(started.line(row));
    return started;
  };
  for await (const row of rows) {
    count += 1;
    if (table !== null) await output.add(table.line(row));
    else if (measured.push(row) === MEASURED_ROWS) table = await printMeasured();
  }
  if (table === null) await printMeasured();
  return count;
}

/** A table whose widths have been settled. */
class Table<Row> {
  readonly #listing: Listing<Row>;
  readonly #stdout: NodeJS.WriteStream;
  readonly #widths: readonly (number | null)[];

  constructor(listing: Listing<Row>, stdout: NodeJS.WriteStream, rows: readonly Row[]) {
    const { columns } = listing;
    this.#listing = listing;
    this.#stdout = stdout;
    const titles = columns.map(({ title }) => title);
    const usual = columns.map(({ usualText = '' }) => usualText);
    const cells = rows.map((row) => terminalCells(listing, row));
    this.#widths = columnWidths(columns, [titles, usual, ...cells], terminalWidth(stdout));
  }

  titles(): string {
    return this.#format(this.#listing.columns.map(({ title }) => title));
  }

  line(row: Row): string {
    const { columns, copyable } = this.#listing;
    const marks = columns.map(({ mark }) => mark?.(row) ?? null);
    const line = this.#format(terminalCells(this.#listing, row), marks);
    const whole = copyable?.(row) ?? null;
    const isCut = whole !== null && !line.includes(toVisible(whole));
    return isCut ? `${line}${GAP}${toVisible(whole)}\n` : line;
  }

  #format(cells: readonly string[], marks: readonly (Mark | null)[] = []): string {
    const fitted = cells.flatMap((cell, i) => {
      const width = this.#widths[i] ?? null;
      return width === null ? [] : [{ text: fit(cell, width), mark: marks[i] ?? null }];
    });
    const last = fitted.at(-1);
    if (last !== undefined) last.text = last.text.trimEnd();
    const painted = fitted.map(({ text, mark }) => paint(this.#stdout, mark, text));
    return `${painted.join(GAP).trimEnd()}\n`;
  }
}

function terminalCells<Row>({ columns }: Listing<Row>, row: Row): string[] {
  return columns.map(({ text, terminalText }) => toVisible((terminalText ?? text)(row)));
}

/** For lists that come as a whole. */
export async function* eachOf<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}
