/**
 * Copies a database that may be in use, as it is at one moment, and says what is in the copy.
 * Writers go on meanwhile: the copy is made inside one read transaction, which does not see them.
 */

import { closeSync, existsSync, openSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import type { BackupCounts } from './backup-file.ts';
import { holdWholeDatabase } from './database-replacement.ts';
import { MIGRATION_NAMES } from './migrations/catalogue.ts';

const PAGES_AT_ONCE = 500;
/** How long a restore may be under way, or a migration. */
const WAIT_MS = 5_000;

export interface SnapshotProgress {
  readonly isCancelled: () => boolean;
  /** From 0 to 1. */
  readonly report: (share: number) => void;
}

export interface DatabaseContent {
  readonly migrations: readonly string[];
  /** Of those in {@link migrations}, what this release does not know. */
  readonly unknownMigrations: readonly string[];
  readonly counts: BackupCounts;
  readonly paramsFingerprint: string | null;
}

/** SQLite finds something wrong inside of the database; `message` says what. */
export class DatabaseDamagedError extends Error {}

/** The copy was given up because it was asked to. */
export class SnapshotCancelled extends Error {}

/**
 * `destination` must not exist; it gets mode 0600. Null when there is no database.
 * @throws SnapshotCancelled, DatabaseReplacedError, or the driver's error
 */
export async function copySnapshot(
  file: string,
  destination: string,
  progress: SnapshotProgress,
): Promise<DatabaseContent | null> {
  const lock = await holdWholeDatabase(file, performance.now() + WAIT_MS);
  try {
    if (!existsSync(file)) return null;
    closeSync(openSync(destination, 'wx', 0o600));
    await copyPages(file, destination, progress);
    return readContent(destination);
  } finally {
    lock.release();
  }
}

async function copyPages(
  file: string,
  destination: string,
  { isCancelled, report }: SnapshotProgress,
): Promise<void> {
  const source = new BetterSqlite3(file, { fileMustExist: true, timeout: WAIT_MS });
  try {
    source.prepare('begin').run();
    // The transaction sees what is committed now. Without it every commit of a server would make
    // the copy begin again, and under load it would never end.
    source.prepare('select count(*) from sqlite_master').all();
    await source.backup(destination, {
      progress: ({ totalPages, remainingPages }) => {
        if (isCancelled()) throw new SnapshotCancelled();
        report(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return PAGES_AT_ONCE;
      },
    });
    report(1);
  } finally {
    source.close();
  }
}

/**
 * What a closed database file holds. Leaves it as one file, without a log beside it.
 * @throws DatabaseDamagedError, or the driver's error
 */
function readContent(file: string): DatabaseContent {
  const connection = new BetterSqlite3(file);
  try {
    connection.pragma('journal_mode = DELETE');
    requireIntegrity(connection);
    return contentOf(connection);
  } finally {
    connection.close();
  }
}

/** What SQLite says about the database in a backup. @throws DatabaseDamagedError */
export function checkDatabaseOf(backupFile: string): void {
  const connection = new BetterSqlite3(backupFile, { readonly: true });
  try {
    requireIntegrity(connection);
  } finally {
    connection.close();
  }
}

/** @throws DatabaseDamagedError */
export function requireIntegrity(connection: BetterSqlite3.Database): void {
  const found = connection.pragma('integrity_check(1)', { simple: true });
  if (found !== 'ok') throw new DatabaseDamagedError(String(found));
}

export function contentOf(connection: BetterSqlite3.Database): DatabaseContent {
  const tables = connection
    .prepare("select name from sqlite_master where type = 'table'")
    .pluck()
    .all() as string[];
  const count = (table: string) =>
    tables.includes(table)
      ? (connection.prepare(`select count(*) from "${table}"`).pluck().get() as number)
      : 0;
  const list = (table: string, sql: string) =>
    tables.includes(table) ? (connection.prepare(sql).pluck().all() as string[]) : [];
  const migrations = list('kysely_migration', 'select name from kysely_migration order by name');
  const [paramsFingerprint = null] = list(
    'settings',
    "select value from settings where name = 'params_fingerprint'",
  );
  return {
    migrations,
    unknownMigrations: migrations.filter((name) => !MIGRATION_NAMES.includes(name)),
    counts: {
      admins: count('admins'),
      users: count('users'),
      sessions: count('sessions'),
      access_tokens: count('access_tokens'),
      audit_events: count('audit_events'),
    },
    paramsFingerprint,
  };
}
