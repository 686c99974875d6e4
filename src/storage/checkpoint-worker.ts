/**
 * A thread that moves the log of an SQLite file into it. It has a connection of its own, which
 * writes nothing else: a checkpoint is no commit, and `PRAGMA data_version` does not move by it.
 */

import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';

/** What is left in the log that the file has not, in pages; or the driver's code and message. */
export type CheckpointResult =
  | { readonly remainingPages: number }
  | { readonly code: string; readonly message: string };

/** How long to try for the writer's lock, which is held for the time of one batch. */
const WRITER_WAIT_MS = 200;

const connection = new BetterSqlite3(workerData as string, {
  fileMustExist: true,
  timeout: WRITER_WAIT_MS,
});
// What a checkpoint needs to be sound: it syncs the log before, and the file after.
connection.pragma('synchronous = NORMAL');
// SQLite finds the log with the first read.
connection.prepare('select 1 from sqlite_master').get();
// Kept for the next thread: without it, stripping the types takes more than all the rest.
flushCompileCache();

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    connection.close();
    parentPort?.close();
  } else {
    parentPort?.postMessage(checkpoint());
  }
});

function checkpoint(): CheckpointResult {
  try {
    // Most of it while others write. Then what has come meanwhile, with the writer's lock: there
    // would always be one more commit, and the log only begins anew when the file has them all.
    moveLog('passive');
    return { remainingPages: moveLog('full') };
  } catch (error) {
    const { code = 'unknown', message } = error as Error & { code?: string };
    return { code, message };
  }
}

function moveLog(mode: 'passive' | 'full'): number {
  const rows = connection.pragma(`wal_checkpoint(${mode})`) as {
    log: number;
    checkpointed: number;
  }[];
  const { log = 0, checkpointed = 0 } = rows[0] ?? {};
  return log - checkpointed;
}
