/**
 * The database of a server under test: the SQLite file in its folder, or with
 * `TEST_DATABASE=postgres` a PostgreSQL database for each folder. The tests are the same.
 */

import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
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
  return { DATA_DIR: folder, DATABASE_URL: (await database).url };
}

/** The folder is gone, and with it what was in the database of it. */
export async function forgetPlace(folder: string): Promise<void> {
  const database = taken.get(folder);
  taken.delete(folder);
  (await database)?.release();
}

/** Past the server, for what no call can do. `?` stands for a value. */
export async function sqlIn(
  folder: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<SqlRow[]> {
  const { DATABASE_URL } = await placeSettings(folder);
  if (DATABASE_URL !== undefined) return runSql(DATABASE_URL, text, values);
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
