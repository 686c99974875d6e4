/**
 * Loaded before a server (`--import`): every commit of better-sqlite3 takes 20 ms longer, in the
 * thread that commits, as a slow disk would make it. Reads are as fast as ever.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';

const COMMIT_MS = 20;
const COMMIT = /^\s*(commit|end)\b/i;

const clock = new Int32Array(new SharedArrayBuffer(4));
const waitForDisk = () => void Atomics.wait(clock, 0, 0, COMMIT_MS);

// That of the checkout which is started, and it may have a version of its own.
const driver: typeof BetterSqlite3 = createRequire(join(process.cwd(), 'package.json'))(
  'better-sqlite3',
);

type Connection = BetterSqlite3.Database;

const { exec, prepare } = driver.prototype;

driver.prototype.exec = function slowExec(this: Connection, sql: string) {
  if (COMMIT.test(sql)) waitForDisk();
  return exec.call(this, sql);
};

function slowPrepare(this: Connection, sql: string): BetterSqlite3.Statement {
  const statement: BetterSqlite3.Statement = prepare.call(this, sql);
  if (!COMMIT.test(sql)) return statement;
  const run = statement.run.bind(statement);
  statement.run = (...values) => {
    waitForDisk();
    return run(...values);
  };
  return statement;
}

driver.prototype.prepare = slowPrepare as typeof prepare;
