/**
 * Loaded before a server (`--import`): every commit of better-sqlite3 takes 20 ms longer, in the
 * thread that commits, as a slow disk would make it. Reads are as fast as ever.
 */

import BetterSqlite3 from 'better-sqlite3';

const COMMIT_MS = 20;
const COMMIT = /^\s*(commit|end)\b/i;

const clock = new Int32Array(new SharedArrayBuffer(4));
const waitForDisk = () => void Atomics.wait(clock, 0, 0, COMMIT_MS);

type Connection = BetterSqlite3.Database;

const { exec, prepare } = BetterSqlite3.prototype;

BetterSqlite3.prototype.exec = function slowExec(this: Connection, sql: string) {
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

BetterSqlite3.prototype.prepare = slowPrepare as typeof prepare;
