/**
 * Makes a database from a backup, beside the one that it will replace: brings it to this release's
 * schema, carries over what was taken away since, ends what was signed in. Nothing of it is in use
 * before {@link replaceDatabase}.
 */

import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import BetterSqlite3 from 'better-sqlite3';
import type { Actor } from '../core/events.ts';
import type { Clock } from '../core/ports.ts';
import { type Backup, isDatabaseFile } from './backup-file.ts';
import { preparedFileOf, removePreparedLock } from './database-replacement.ts';
import { carryOverNothing, carryOverRevocations, type Succession } from './restore-rules.ts';
import { SqliteDatabase } from './sqlite.ts';
import { contentOf, requireIntegrity } from './sqlite-snapshot.ts';
import { createRepository } from './stored-repository.ts';

/** What could be found out from the database that is replaced. */
export type OldDatabase = Succession | 'none' | 'unreadable' | 'newer';

export interface PreparedRestore {
  readonly oldDatabase: OldDatabase;
  readonly endedSessions: number;
  readonly suspendedAccessTokens: number;
}

/** A program that takes no part in our lock has the database open, such as an SQLite shell. */
export class DatabaseInUseError extends Error {}

/**
 * Whether the present database can say what was taken away. Leaves a readable one as one file,
 * without a log. The caller claims it.
 * @throws DatabaseInUseError, or the driver's error when that says nothing about the file itself
 */
export function examineOldDatabase(file: string): 'none' | 'readable' | 'unreadable' | 'newer' {
  if (!existsSync(file)) return 'none';
  // SQLite would throw away the log of a file that is none of its own.
  if (!isDatabaseFile(file)) return 'unreadable';
  try {
    const connection = new BetterSqlite3(file, { timeout: 0 });
    try {
      // SQLite does this for who is alone with the file and for nobody else.
      connection.pragma('journal_mode = DELETE');
      requireIntegrity(connection);
      const { migrations, unknownMigrations } = contentOf(connection);
      if (migrations.length === 0) return 'none';
      return unknownMigrations.length === 0 ? 'readable' : 'newer';
    } finally {
      connection.close();
    }
  } catch (error) {
    const code = error instanceof BetterSqlite3.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY')) throw new DatabaseInUseError();
    if (/^SQLITE_(CANTOPEN|READONLY|PERM|FULL|NOMEM)/.test(code)) throw error;
    return 'unreadable';
  }
}

/** Makes the database at {@link preparedFileOf}; {@link syncPrepared} makes it last. */
export async function prepareRestore(
  file: string,
  source: { readonly path: string; readonly backup: Backup },
  { clock, operator }: { readonly clock: Clock; readonly operator: Actor },
): Promise<PreparedRestore> {
  const found = examineOldDatabase(file);
  const prepared = preparedFileOf(file);
  await copyDatabasePart(source.path, source.backup.databaseBytes, prepared);
  const database = await SqliteDatabase.open(prepared, clock);
  try {
    const oldDatabase = found === 'readable' ? carryOver(prepared, file) : found;
    if (found !== 'readable') carryOver(prepared, null);
    const reporting = { events: { record: () => undefined }, processActor: operator };
    const repository = createRepository(database, reporting);
    const suspendsAccessTokens = oldDatabase !== 'continued';
    const concluded = await repository.concludeRestore({ suspendsAccessTokens, by: {} });
    return { oldDatabase, ...concluded };
  } finally {
    await database.close();
    removePreparedLock(file);
  }
}

/** Without an old file nothing is known of what has happened since the backup. */
function carryOver(prepared: string, oldFile: string | null): Succession {
  const connection = new BetterSqlite3(prepared);
  try {
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    if (oldFile !== null) return carryOverRevocations(connection, oldFile);
    carryOverNothing(connection);
    return 'unrelated';
  } finally {
    connection.close();
  }
}

async function copyDatabasePart(from: string, bytes: number, to: string): Promise<void> {
  const output = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  await pipeline(createReadStream(from, { end: bytes - 1 }), output);
}

/** @throws Error when it is not one whole file */
export function syncPrepared(databaseFile: string): void {
  const file = preparedFileOf(databaseFile);
  if (existsSync(`${file}-wal`)) throw new Error(`${file} has a log of its own`);
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
