/**
 * The tables that a move copies, as both databases spell them: read in pages, in the order of
 * their primary keys, which is the same on both sides (text is sorted by its bytes). What there is
 * to copy is asked of the database and not listed here, so that a new table cannot be forgotten.
 */

import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import { SETTINGS_OF_ONE_SIDE } from './move-marks.ts';

/** What is in memory at once. */
export const PAGE_ROWS = 1_000;

export type Value = string | number | null;
export type Row = readonly Value[];

export interface MovedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** What a table holds, in brief. */
export interface TableDigest {
  readonly rows: number;
  /** SHA-256 over the rows in the order of their keys, each as a line of JSON. */
  readonly checksum: string;
}

/** All tables but the record of migrations; those that refer to others come last. */
export function listTables(connection: BetterSqlite3.Database): MovedTable[] {
  const names = connection
    .prepare(
      `select name from sqlite_master where type = 'table'
         and name not like 'sqlite\\_%' escape '\\' and name not like 'kysely\\_%' escape '\\'
       order by exists (select 1 from pragma_foreign_key_list(sqlite_master.name)), name`,
    )
    .pluck()
    .all() as string[];
  return names.map((name) => describeTable(connection, name));
}

function describeTable(connection: BetterSqlite3.Database, name: string): MovedTable {
  const columns = connection
    .prepare('select name, pk from pragma_table_info(?) order by cid')
    .all(name) as { name: string; pk: number }[];
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  if (key.length === 0) throw new Error(`the table ${name} has no primary key`);
  return { name, columns: columns.map((one) => one.name), key: key.map((one) => one.name) };
}

/** One page; with `isContinued` its parameters are the key after which it begins. */
export function pageSql(
  table: MovedTable,
  isContinued: boolean,
  placeholder: (position: number) => string,
): string {
  const key = table.key.map(quoted).join(', ');
  const marks = table.key.map((_, index) => placeholder(index + 1)).join(', ');
  const after = isContinued ? [`(${key}) > (${marks})`] : [];
  const where = [...conditionsOf(table), ...after].map((one) => `(${one})`).join(' and ');
  return `select ${table.columns.map(quoted).join(', ')} from ${quoted(table.name)}
    ${where === '' ? '' : `where ${where}`} order by ${key} limit ${PAGE_ROWS}`;
}

/** Which rows are copied; none means all. */
export function conditionsOf({ name }: MovedTable): string[] {
  if (name !== 'settings') return [];
  return [`name not in (${SETTINGS_OF_ONE_SIDE.map((one) => `'${one}'`).join(', ')})`];
}

export function keyOf(table: MovedTable, row: Row): Row {
  return table.key.map((column) => row[table.columns.indexOf(column)] ?? null);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `report` hears of each page before the next one is read, and may end it by throwing. */
export async function digestPages(
  pages: AsyncIterable<readonly Row[]>,
  report: (rows: number) => void,
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of pages) {
    for (const row of page) hash.update(`${JSON.stringify(row)}\n`);
    rows += page.length;
    report(page.length);
  }
  return { rows, checksum: hash.digest('hex') };
}

/** One for all tables together. */
export function checksumOf(digests: ReadonlyMap<string, TableDigest>): string {
  return createHash('sha256')
    .update(JSON.stringify([...digests]))
    .digest('hex');
}
