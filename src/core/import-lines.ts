/**
 * Splits what comes in pieces of bytes into the lines of JSON Lines or the records of CSV, in the
 * memory of one of them. A line that cannot be read is a fault of its own and no end of the others.
 */

import { readCsvRecord } from './csv-cells.ts';

/** Longer ones are faults; a user takes some hundred bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

export const TRANSFER_FORMATS = ['jsonl', 'csv'] as const;

export type TransferFormat = (typeof TRANSFER_FORMATS)[number];

export type LineFault =
  | 'too_long'
  | 'not_utf8'
  | 'not_json'
  | 'not_an_object'
  | 'json_array'
  | 'quotes'
  | 'cell_count';

/** One line of the input that is not blank. `number` counts from 1, as editors do. */
export type ImportLine =
  | { readonly number: number; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly number: number; readonly fault: LineFault };

/** The header of CSV names a field twice, or there is none. */
export class HeaderFault extends Error {}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BYTE_ORDER_MARK = /^\ufeff/;

/** @throws HeaderFault */
export async function* readImportLines(
  pieces: AsyncIterable<Uint8Array>,
  format: TransferFormat,
): AsyncGenerator<ImportLine> {
  if (format === 'csv') yield* readCsv(pieces);
  else yield* readJsonLines(pieces);
}

async function* readJsonLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ImportLine> {
  for await (const { number, bytes } of splitRecords(pieces, false)) {
    const text = decode(bytes, number === 1);
    if (text === null) yield { number, fault: bytes === null ? 'too_long' : 'not_utf8' };
    else if (text.trim() !== '') yield { number, ...parseJson(text) };
  }
}

function parseJson(text: string): { fields: Record<string, unknown> } | { fault: LineFault } {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return { fault: 'json_array' };
    if (typeof value !== 'object' || value === null) return { fault: 'not_an_object' };
    return { fields: value as Record<string, unknown> };
  } catch {
    return { fault: text.trim() === '[' ? 'json_array' : 'not_json' };
  }
}

async function* readCsv(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ImportLine> {
  let names: string[] | null = null;
  for await (const { number, bytes } of splitRecords(pieces, true)) {
    const text = decode(bytes, number === 1);
    if (text === '') continue;
    const cells = text === null ? null : readCsvRecord(text);
    if (names === null) {
      names = readHeader(cells);
      continue;
    }
    if (text === null) yield { number, fault: bytes === null ? 'too_long' : 'not_utf8' };
    else if (cells === null) yield { number, fault: 'quotes' };
    else if (cells.length !== names.length) yield { number, fault: 'cell_count' };
    else yield { number, fields: toFields(names, cells) };
  }
}

function readHeader(cells: readonly string[] | null): string[] {
  const names = cells?.map((name) => name.trim().toLowerCase()) ?? [];
  const isSound = names.length > 0 && new Set(names).size === names.length;
  if (!isSound || !names.includes('username')) {
    throw new HeaderFault('the first line of CSV must name the fields, each once');
  }
  return names;
}

/** An empty cell is a field that is not given. */
function toFields(names: readonly string[], cells: readonly string[]): Record<string, string> {
  const given = names.map((name, index) => [name, cells[index] ?? ''] as const);
  return Object.fromEntries(given.filter(([, cell]) => cell !== ''));
}

/** Null for bytes that are no UTF-8, or none at all. */
function decode(bytes: Uint8Array | null, isFirst: boolean): string | null {
  if (bytes === null) return null;
  try {
    const text = decoder.decode(bytes);
    return isFirst ? text.replace(BYTE_ORDER_MARK, '') : text;
  } catch {
    return null;
  }
}

interface SplitRecord {
  /** Of the line that it begins on. */
  readonly number: number;
  /** Without its end; null when there were too many. */
  readonly bytes: Uint8Array | null;
}

/** Where lines end inside quotes, a record goes on, unless it would never end. */
async function* splitRecords(
  pieces: AsyncIterable<Uint8Array>,
  hasQuotes: boolean,
): AsyncGenerator<SplitRecord> {
  const splitter = new RecordSplitter(hasQuotes);
  for await (const piece of pieces) yield* splitter.add(piece);
  yield* splitter.end();
}

class RecordSplitter {
  readonly #hasQuotes: boolean;
  #rest: Uint8Array = new Uint8Array();
  /** How far into the rest has been looked, and whether that is inside quotes. */
  #seen = 0;
  #isQuoted = false;
  #number = 1;
  /** Line ends inside the quotes of the present record. */
  #innerLines = 0;
  #firstInnerEnd = -1;
  /** The present line is too long: what is left of it is dropped. */
  #isDropping = false;

  constructor(hasQuotes: boolean) {
    this.#hasQuotes = hasQuotes;
  }

  *add(piece: Uint8Array): Generator<SplitRecord> {
    this.#rest = this.#rest.length === 0 ? piece : concat(this.#rest, piece);
    yield* this.#take();
    // A view would keep the whole piece that it is a part of.
    this.#rest = this.#rest.slice();
  }

  *end(): Generator<SplitRecord> {
    if (this.#isQuoted) yield* this.#giveUpQuotes();
    if (this.#rest.length > 0 && !this.#isDropping) yield this.#record(this.#rest.length, 0);
  }

  *#take(): Generator<SplitRecord> {
    for (;;) {
      const end = this.#findEnd();
      if (end >= 0) {
        const dropped = this.#isDropping;
        const record = this.#record(end, 1);
        this.#isDropping = false;
        if (!dropped) yield record;
      } else if (this.#rest.length <= MAX_LINE_BYTES) {
        return;
      } else if (this.#isQuoted && this.#firstInnerEnd >= 0) {
        yield* this.#giveUpQuotes();
      } else {
        if (!this.#isDropping) yield { number: this.#number, bytes: null };
        this.#isDropping = true;
        this.#isQuoted = false;
        this.#rest = this.#rest.subarray(this.#rest.length);
        this.#seen = 0;
        return;
      }
    }
  }

  /** The line feed that ends the present record; -1 when it has not come. */
  #findEnd(): number {
    const rest = this.#rest;
    for (; this.#seen < rest.length; this.#seen += 1) {
      const byte = rest[this.#seen];
      if (byte === QUOTE && this.#hasQuotes && !this.#isDropping) this.#isQuoted = !this.#isQuoted;
      if (byte !== LINE_FEED) continue;
      if (!this.#isQuoted) return this.#seen;
      this.#innerLines += 1;
      if (this.#firstInnerEnd < 0) this.#firstInnerEnd = this.#seen;
    }
    return -1;
  }

  /** The quotes of this line have no end: it is a record by itself, and the next line is another. */
  *#giveUpQuotes(): Generator<SplitRecord> {
    const end = this.#firstInnerEnd;
    this.#isQuoted = false;
    this.#innerLines = 0;
    if (end < 0) return;
    yield this.#record(end, 1);
    yield* this.#take();
    if (this.#isQuoted) yield* this.#giveUpQuotes();
  }

  #record(end: number, endBytes: number): SplitRecord {
    const hasReturn = end > 0 && this.#rest[end - 1] === RETURN;
    const bytes = this.#rest.subarray(0, hasReturn ? end - 1 : end);
    const record = { number: this.#number, bytes: bytes.length > MAX_LINE_BYTES ? null : bytes };
    this.#rest = this.#rest.subarray(end + endBytes);
    this.#number += 1 + this.#innerLines;
    this.#seen = 0;
    this.#innerLines = 0;
    this.#firstInnerEnd = -1;
    return record;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
