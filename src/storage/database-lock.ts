/**
 * Who uses a database file: any number of programs at once, or one that puts another file in its
 * place. SQLite's own lock does not tell: it belongs to the file and not to its name, so a server
 * that waited for it would go on with the file that has been put aside.
 *
 * The lock is a lock of the operating system on an empty file beside the database, which SQLite
 * takes for us; it goes when the process ends, however it ends. The file stays: taking it away
 * would let two programs lock two files of one name.
 */

import { closeSync, openSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';

export interface DatabaseLock {
  release(): void;
}

/** Another program is putting a file in the place of the database, and does not come to an end. */
export class DatabaseReplacedError extends Error {
  constructor() {
    super('it is being replaced by a restore; try again when that has ended');
    this.name = 'DatabaseReplacedError';
  }
}

/** Null while another program claims it. */
export function holdDatabase(file: string): DatabaseLock | null {
  // A read that has begun and does not end is a shared lock, also on an empty file.
  return lockWith(file, ['begin', 'select 1 from sqlite_master']);
}

/** Null while any program holds or claims it. */
export function claimDatabase(file: string): DatabaseLock | null {
  return lockWith(file, ['begin exclusive']);
}

export function lockFileOf(file: string): string {
  return `${file}.lock`;
}

function lockWith(file: string, statements: readonly string[]): DatabaseLock | null {
  createOnce(lockFileOf(file));
  const connection = new BetterSqlite3(lockFileOf(file), { timeout: 0 });
  try {
    // Otherwise an exclusive lock makes a journal beside the file, which a kill would leave.
    for (const sql of ['pragma journal_mode = memory', ...statements]) {
      const statement = connection.prepare(sql);
      if (statement.reader) statement.all();
      else statement.run();
    }
    return { release: () => void connection.close() };
  } catch (error) {
    connection.close();
    if (error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      return null;
    }
    throw error;
  }
}

/** Never opened again but by SQLite: closing any descriptor ends all locks of this process. */
function createOnce(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
