/**
 * When what SQLite has committed is durable. Commits write the log (`-wal`) and do not sync it; it
 * is synced here, on a descriptor of its own and not on the main thread. One sync at a time: who
 * comes while one is under way that began before their commit shares the next one.
 *
 * After a sync that failed nothing can be relied on: the system has reported the error once and may
 * have thrown away what it could not write, so that the next sync would succeed without it. All is
 * refused from then on, and the next start reads the log anew (docs/decisions, asynchronous sync).
 */

import { closeSync, fdatasync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { SallyportError } from '../core/errors.ts';

/** Calls back when what was written to the file before the call is on disk, or with an error. */
export type SyncFile = (descriptor: number, done: (error: Error | null) => void) => void;

/** libuv's pool; on macOS it asks the drive as well (F_FULLFSYNC), which SQLite does not. */
export const syncOnPool: SyncFile = fdatasync;

/** Null when everything is durable, else why nobody may be told. */
type Settle = (fault: unknown) => void;

const REWRITTEN_AT_ONCE = 1 << 20;

export class SqliteLog {
  readonly #descriptor: number;
  readonly #sync: SyncFile;
  readonly #readVersion: () => unknown;
  readonly #onSynced: () => void;
  /** Of other connections, at the last look. */
  #version: unknown;
  /**
   * Our own, and others' as often as they are noticed. The first stands for what was in the log
   * before: a process that was killed has left it unsynced.
   */
  #commits = 1;
  #commitsBeforeSync = 0;
  #durableCommits = 0;
  #isSyncing = false;
  #isClosed = false;
  #sharing: Settle[] = [];
  #waiting: Settle[] = [];
  readonly #ends: (() => void)[] = [];
  #fault: SallyportError | null = null;

  /**
   * `readVersion` says when other connections have committed. `onSynced` is called after each sync,
   * when those that it was for have been told.
   */
  constructor(
    file: string,
    sync: SyncFile,
    { readVersion, onSynced }: { readVersion: () => unknown; onSynced: () => void },
  ) {
    // Closing it ends no lock: SQLite locks the database and `-shm`, and opens the log without.
    // While a connection is open nobody can delete or replace the log, because that needs a lock
    // on the database which excludes every other connection.
    this.#descriptor = openSync(logFileOf(file), 'r+');
    this.#sync = sync;
    this.#readVersion = readVersion;
    this.#version = readVersion();
    this.#onSynced = onSynced;
  }

  /** Commits that were made meanwhile would only wait for the next one. */
  get isSyncing(): boolean {
    return this.#isSyncing;
  }

  /** Why all is refused until a restart. */
  get fault(): SallyportError | null {
    return this.#fault;
  }

  /** Resolves when the sync that is under way has ended, well or not. */
  syncEnd(): Promise<void> {
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  noteCommit(): void {
    this.#commits += 1;
  }

  /** Calls back when all that can be read now is durable: at once if it is, otherwise in order. */
  whenDurable(settle: Settle): void {
    if (this.#fault !== null) settle(this.#fault);
    else if (this.#isDurable()) settle(null);
    else this.#await(settle);
  }

  /** The same as a promise, or null when there is nothing to wait for. */
  durable(): Promise<void> | null {
    if (this.#fault === null && this.#isDurable()) return null;
    return new Promise((resolve, reject) => {
      const settle: Settle = (fault) => (fault === null ? resolve() : reject(fault));
      if (this.#fault === null) this.#await(settle);
      else settle(this.#fault);
    });
  }

  /** Also of somebody else: whose sync of this file has failed. */
  fail(cause: unknown): void {
    if (this.#fault !== null) return;
    this.#fault = new SallyportError('storage_unavailable', {}, new LogNotSynced(cause));
    for (const settle of this.#sharing.splice(0)) settle(this.#fault);
    for (const settle of this.#waiting.splice(0)) settle(this.#fault);
  }

  /** Resolves when nothing uses the descriptor any more. */
  async close(): Promise<void> {
    while (this.#isSyncing) await this.syncEnd();
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }

  #isDurable(): boolean {
    this.#noteOthers();
    return this.#commits === this.#durableCommits;
  }

  #await(settle: Settle): void {
    if (this.#isSyncing && this.#commits === this.#commitsBeforeSync) {
      this.#sharing.push(settle);
      return;
    }
    this.#waiting.push(settle);
    if (!this.#isSyncing) this.#startSync();
  }

  #noteOthers(): void {
    try {
      const version = this.#readVersion();
      if (version === this.#version) return;
      this.#version = version;
    } catch {
      // It is in doubt, as if there had been one.
    }
    this.#commits += 1;
  }

  #startSync(): void {
    this.#isSyncing = true;
    this.#sharing = this.#waiting;
    this.#waiting = [];
    this.#commitsBeforeSync = this.#commits;
    this.#sync(this.#descriptor, (error) => this.#endSync(error));
  }

  #endSync(error: Error | null): void {
    this.#isSyncing = false;
    if (error !== null) this.fail(error);
    if (this.#fault === null) {
      this.#durableCommits = this.#commitsBeforeSync;
      for (const settle of this.#sharing.splice(0)) settle(null);
      if (this.#waiting.length > 0) this.#startSync();
    }
    for (const end of this.#ends.splice(0)) end();
    this.#onSynced();
  }
}

/** For who is at the server's terminal; callers are told that the storage is unavailable. */
export class LogNotSynced extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`the disk has failed to keep what was written (${reason}); restart when it is sound`);
    this.name = 'LogNotSynced';
    this.cause = cause;
  }
}

export function logFileOf(file: string): string {
  return `${file}-wal`;
}

/** Whether somebody has ended without closing the database, or has it open. */
export function hasLog(file: string): boolean {
  return (statSync(logFileOf(file), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Writes all of the log anew, as it is, for the next sync. After one that failed the system may
 * take content for written that the disk has not, and would never write it. Nobody may write to
 * the log meanwhile; readers and checkpoints find the same bytes at any moment.
 */
export function rewriteLog(file: string): void {
  const descriptor = openSync(logFileOf(file), 'r+');
  try {
    const chunk = Buffer.allocUnsafe(REWRITTEN_AT_ONCE);
    const { size } = fstatSync(descriptor);
    for (let at = 0; at < size; ) {
      const bytes = readSync(descriptor, chunk, 0, Math.min(chunk.length, size - at), at);
      if (bytes === 0) break;
      for (let written = 0; written < bytes; ) {
        written += writeSync(descriptor, chunk, written, bytes - written, at + written);
      }
      at += bytes;
    }
  } finally {
    closeSync(descriptor);
  }
}
