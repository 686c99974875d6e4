/**
 * The database of a server under test: the SQLite file in its folder, or with
 * `TEST_DATABASE=postgres` a PostgreSQL database for each folder. The tests are the same.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { systemClock } from '../../src/crypto/identifiers.ts';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { writeChanges } from '../../src/storage/liveness-changes.ts';
import {
  createParamsFile,
  generateParams,
  PARAMS_FILE_NAME,
} from '../../src/storage/params-file.ts';
import { CHANGES_CHANNEL } from '../../src/storage/postgres-changes.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import type { Database } from '../../src/storage/transition.ts';
import { runSql, type SqlRow, type TestDatabase, takeTestDatabase } from './postgres-server.ts';

const taken = new Map<string, Promise<TestDatabase>>();

function isOnPostgres(): boolean {
  return process.env.TEST_DATABASE === 'postgres';
}

/** The settings with which a server has its data in this folder, or in the database of it. */
export async function placeSettings(folder: string): Promise<Record<string, string>> {
  if (!isOnPostgres()) return { DATA_DIR: folder };
  const database = taken.get(folder) ?? takeTestDatabase();
  taken.set(folder, database);
  // In a file, as on SQLite: some tests make tokens of their own with what is in it.
  createParamsFile(folder, generateParams());
  const SERVER_PARAMS_FILE = join(folder, PARAMS_FILE_NAME);
  return { DATA_DIR: folder, DATABASE_URL: (await database).url, SERVER_PARAMS_FILE };
}

let migrated: Promise<Buffer> | undefined;

/**
 * Gives a new folder an SQLite database without rows, as a start that ended at once leaves it: on
 * an empty folder half of what a start takes is the making of tables, each time the same.
 */
export async function prepareFolder(folder: string): Promise<void> {
  if (isOnPostgres()) return;
  migrated ??= migrateOnce();
  writeFileSync(join(folder, DATABASE_FILE_NAME), await migrated, { mode: 0o600 });
}

async function migrateOnce(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-migrated-'));
  const file = join(folder, DATABASE_FILE_NAME);
  try {
    const database = await SqliteDatabase.open(file, systemClock);
    await database.close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const opened = new Map<string, Set<Database>>();

/** A server of this process that has to hear of what is done past it. */
export function noteServer(folder: string, database: Database): void {
  opened.set(folder, (opened.get(folder) ?? new Set()).add(database));
}

/** What is done in PostgreSQL past all servers is news to those that keep answers. */
async function tellServers(folder: string, url: string): Promise<void> {
  const everything = writeChanges([{ of: 'everything' }]);
  await runSql(url, 'select pg_notify(?, ?)', [CHANGES_CHANNEL, everything]);
  for (const database of opened.get(folder) ?? []) await database.foreignChanges.settle();
}

/** The folder is gone, and with it what was in the database of it. */
export async function forgetPlace(folder: string): Promise<void> {
  const database = taken.get(folder);
  taken.delete(folder);
  opened.delete(folder);
  (await database)?.release();
}

/** Past the server, for what no call can do. `?` stands for a value. */
export async function sqlIn(
  folder: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<SqlRow[]> {
  const { DATABASE_URL } = await placeSettings(folder);
  if (DATABASE_URL !== undefined) {
    const rows = await runSql(DATABASE_URL, text, values);
    await tellServers(folder, DATABASE_URL);
    return rows;
  }
  return runSqlite(join(folder, DATABASE_FILE_NAME), text, values);
}

export function runSqlite(file: string, text: string, values: readonly unknown[]): SqlRow[] {
  const connection = new BetterSqlite3(file, { timeout: 5_000 });
  try {
    const statement = connection.prepare(text);
    if (statement.reader) return statement.all(...values) as SqlRow[];
    statement.run(...values);
    return [];
  } finally {
    connection.close();
  }
}
