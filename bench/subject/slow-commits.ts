/**
 * Loaded before a server (`--import`), in each of its threads: whatever waits for the disk waits
 * 20 ms longer, where it waits. That is the thread that commits with `synchronous=FULL`, the one
 * that makes a checkpoint (which syncs twice), and who has asked Node to sync a file. Reads and
 * commits that sync nothing are as fast as ever.
 *
 * Not seen from here is the sync of the log's header, once each time that the log begins anew.
 */

import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';

const SYNC_MS = 20;
const COMMIT = /^\s*(commit|end)\b/i;
const CHECKPOINT = /^\s*wal_checkpoint(?!\s*[(=]\s*noop)/i;
const SYNCS_OF_CHECKPOINT = 2;
/** `PRAGMA synchronous` from which on each commit is synced. */
const FULL = 2;

const clock = new Int32Array(new SharedArrayBuffer(4));
const waitForDisk = (syncs = 1) => void Atomics.wait(clock, 0, 0, syncs * SYNC_MS);

// That of the checkout which is started, and it may have a version of its own.
const driver: typeof BetterSqlite3 = createRequire(join(process.cwd(), 'package.json'))(
  'better-sqlite3',
);

type Connection = BetterSqlite3.Database;

const { exec, pragma, prepare } = driver.prototype;

function waitIfSynced(connection: Connection): void {
  const level = pragma.call(connection, 'synchronous', { simple: true });
  if (Number(level) >= FULL) waitForDisk();
}

driver.prototype.exec = function slowExec(this: Connection, sql: string) {
  if (COMMIT.test(sql)) waitIfSynced(this);
  return exec.call(this, sql);
};

driver.prototype.pragma = function slowPragma(this: Connection, source, options) {
  if (CHECKPOINT.test(source)) waitForDisk(SYNCS_OF_CHECKPOINT);
  return pragma.call(this, source, options);
};

function slowPrepare(this: Connection, sql: string): BetterSqlite3.Statement {
  const statement: BetterSqlite3.Statement = prepare.call(this, sql);
  if (!COMMIT.test(sql)) return statement;
  const run = statement.run.bind(statement);
  statement.run = (...values) => {
    waitIfSynced(this);
    return run(...values);
  };
  return statement;
}

driver.prototype.prepare = slowPrepare as typeof prepare;

const { fdatasync, fsync } = fs;

const later = (sync: typeof fsync) => (descriptor: number, done: fs.NoParamCallback) =>
  void setTimeout(() => sync(descriptor, done), SYNC_MS);

Object.assign(fs, { fdatasync: later(fdatasync), fsync: later(fsync) });
// What is imported by name is one of these copies.
syncBuiltinESMExports();
