/** Which migrations a database file has had, read without changing it. */

import { existsSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { holdWholeDatabase } from './database-replacement.ts';

const WAIT_MS = 5_000;

export interface AppliedMigration {
  readonly name: string;
  /** RFC 3339. */
  readonly appliedAt: string;
  /** Of a newer release, which says that this one may work on the database. */
  readonly isCompatible?: boolean;
}

/** By name; null when there is no file. @throws DatabaseReplacedError, or the driver's error */
export async function readMigrationHistory(file: string): Promise<AppliedMigration[] | null> {
  // No lock file beside a database that is not there.
  if (!existsSync(file) && !existsSync(`${file}.restored`)) return null;
  const lock = await holdWholeDatabase(file, performance.now() + WAIT_MS);
  try {
    const connection = new BetterSqlite3(file, { fileMustExist: true, timeout: WAIT_MS });
    try {
      return historyIn(connection);
    } finally {
      connection.close();
    }
  } finally {
    lock.release();
  }
}

function historyIn(connection: BetterSqlite3.Database): AppliedMigration[] {
  const table = connection.prepare('select 1 from sqlite_master where name = ?');
  if (table.get('kysely_migration') === undefined) return [];
  const rows = connection.prepare(
    'select name, timestamp as appliedAt from kysely_migration order by name',
  );
  return rows.all() as AppliedMigration[];
}
