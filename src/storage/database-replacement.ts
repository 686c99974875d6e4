/**
 * Puts another database in the place of the present one. A database in use is several files (its
 * log belongs to it alone and would ruin another), and only one can be renamed at a time. So the
 * new one first gets a name that decides: from then on whoever opens the database finishes the
 * replacement before anything else. Killed before that, the old one is untouched; after it, the
 * new one is what opens.
 */

import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  claimDatabase,
  type DatabaseLock,
  DatabaseReplacedError,
  holdDatabase,
  lockFileOf,
} from './database-lock.ts';
import { syncFolder } from './durable-files.ts';

/** Where a database that is not decided on yet is made. */
export function preparedFileOf(file: string): string {
  return `${file}.restoring`;
}

function decidedFileOf(file: string): string {
  return `${file}.restored`;
}

/**
 * Holds the database for use, and finishes a replacement that was cut off.
 * @throws DatabaseReplacedError after `deadlineMs` on the monotonic clock
 */
export async function holdWholeDatabase(file: string, deadlineMs: number): Promise<DatabaseLock> {
  for (;;) {
    const held = holdDatabase(file);
    if (held !== null && !existsSync(decidedFileOf(file))) return held;
    held?.release();
    if (held !== null) finishIfAlone(file);
    if (performance.now() > deadlineMs) throw new DatabaseReplacedError();
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

const WAIT_MS = 3;

function finishIfAlone(file: string): void {
  const claim = claimDatabase(file);
  if (claim === null) return;
  try {
    finishReplacement(file);
  } finally {
    claim.release();
  }
}

/**
 * Replaces the database by the one at {@link preparedFileOf}, which must be synced and closed.
 * The caller claims the database.
 * @returns the name under which the old one is kept, or null if there was none
 */
export function replaceDatabase(file: string): string | null {
  renameSync(preparedFileOf(file), decidedFileOf(file));
  syncFolder(dirname(file));
  return finishReplacement(file);
}

/** Every step is left out when it was done before; the last one ends it. Needs the claim. */
export function finishReplacement(file: string): string | null {
  const decided = decidedFileOf(file);
  const found = statSync(decided, { throwIfNoEntry: false });
  if (found === undefined) return null;
  // The same at every attempt, so that the old files stay together.
  const aside = `${file}.${Math.trunc(found.mtimeMs)}.old`;
  // The log first: without its database it harms nobody, and beside another it would.
  for (const part of ['-wal', '-journal', '']) {
    if (existsSync(`${file}${part}`)) renameSync(`${file}${part}`, `${aside}${part}`);
  }
  rmSync(`${file}-shm`, { force: true });
  syncFolder(dirname(file));
  renameSync(decided, file);
  syncFolder(dirname(file));
  return existsSync(aside) ? aside : null;
}

/** What an attempt that was killed has left. Needs the claim. */
export function removePrepared(file: string): void {
  const prepared = basename(preparedFileOf(file));
  for (const name of readdirSync(dirname(file))) {
    if (name.startsWith(prepared)) rmSync(join(dirname(file), name), { force: true });
  }
}

/** The lock file of the prepared database has no use once that has its place. */
export function removePreparedLock(file: string): void {
  rmSync(lockFileOf(preparedFileOf(file)), { force: true });
}
