/**
 * Runs transitions on an SQLite file. Writes that arrive while the event loop is busy, or while the
 * log is synced, share one commit and one sync; one that fails takes nothing of the others with it.
 * The disk is waited for, and not by the event loop: no promise of this class is kept before all
 * that it has seen is durable, reads included (sqlite-log.ts).
 *
 * Another process may write to the same file. Waiting for it inside SQLite would freeze the event
 * loop, so the serving path never does: it asks again a little later.
 */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { SallyportError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { claimDatabase, type DatabaseLock } from './database-lock.ts';
import { holdWholeDatabase } from './database-replacement.ts';
import { syncFolder } from './durable-files.ts';
import { migrateSqlite } from './migrate.ts';
import { SqliteForeignChanges } from './sqlite-changes.ts';
import { isSyncFault, SqliteCheckpointer } from './sqlite-checkpointer.ts';
import { hasLog, rewriteLog, SqliteLog, type SyncFile, syncOnPool } from './sqlite-log.ts';
import type {
  CompiledStatement,
  Database,
  ForeignChanges,
  Statement,
  Step,
  StepResult,
  Transition,
} from './transition.ts';

/** As long as `Repository` promises to wait before `storage_busy`. */
const BUSY_DEADLINE_MS = 5_000;
/** How long SQLite itself waits while a server opens the file, before anybody is served. */
const OPEN_WAIT_MS = 250;
/** Pause before asking again: a commit elsewhere takes about this long. */
const BUSY_RETRY_MS = 3;
/** Most transitions in one commit, so that no batch holds the event loop for long. */
const MAX_BATCH = 256;
/**
 * Pages in the log at which SQLite moves them into the file itself, on the main thread: only when
 * the checkpointer cannot (CHECKPOINT_PAGES), so that the log ends somewhere.
 */
const BACKSTOP_PAGES = 16_000;

interface PendingWrite {
  readonly body: () => Transition<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly deadlineMs: number;
}

type Settlement = () => void;

export class SqliteDatabase implements Database {
  readonly clock: Clock;
  readonly foreignChanges: ForeignChanges;
  /** A file is refused that a newer release has written: its servers are not replaced in turn. */
  readonly newerMigrations: readonly string[] = [];
  readonly #connection: BetterSqlite3.Database;
  readonly #lock: DatabaseLock;
  readonly #busyDeadlineMs: number;
  readonly #log: SqliteLog;
  readonly #checkpointer: SqliteCheckpointer;
  readonly #logPages: BetterSqlite3.Statement;
  readonly #prepared = new Map<CompiledStatement, BetterSqlite3.Statement>();
  readonly #control: Record<'begin' | 'commit' | 'save' | 'release' | 'undo', () => void>;
  #pending: PendingWrite[] = [];
  #isScheduled = false;
  /** Whether the batch that is run may have changed something. */
  #mayHaveWritten = false;

  private constructor(
    connection: BetterSqlite3.Database,
    lock: DatabaseLock,
    { file, clock, busyDeadlineMs, sync }: Required<OpenOptions>,
  ) {
    this.#connection = connection;
    this.clock = clock;
    const foreignChanges = new SqliteForeignChanges(connection, () => this.#log.fault === null);
    this.foreignChanges = foreignChanges;
    this.#lock = lock;
    this.#busyDeadlineMs = busyDeadlineMs;
    const readVersion = () => foreignChanges.readVersion();
    this.#log = new SqliteLog(file, sync, { readVersion, onSynced: () => this.#goOn() });
    this.#checkpointer = new SqliteCheckpointer(file, (error) => this.#log.fail(error));
    this.#logPages = connection.prepare('pragma wal_checkpoint(noop)');
    const prepare = (sql: string) => {
      const prepared = connection.prepare(sql);
      return () => void prepared.run();
    };
    this.#control = {
      begin: prepare('begin immediate'),
      commit: prepare('commit'),
      save: prepare('savepoint transition'),
      release: prepare('release transition'),
      undo: prepare('rollback to transition'),
    };
  }

  /**
   * Opens or creates the file, mode 0600, and brings it to this release's schema.
   * `busyDeadlineMs` is how long a transition keeps asking for a database that others hold.
   * @throws NewerSchemaError, or the driver's error when the file is not a readable database
   */
  static async open(
    file: string,
    clock: Clock,
    busyDeadlineMs = BUSY_DEADLINE_MS,
    sync: SyncFile = syncOnPool,
  ): Promise<SqliteDatabase> {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const deadlineMs = performance.now() + busyDeadlineMs;
    const isAlone = isAloneWithLog(file);
    const lock = await holdWholeDatabase(file, deadlineMs);
    let database: SqliteDatabase;
    try {
      const connection = await openConnection(file, { deadlineMs, isAlone });
      database = new SqliteDatabase(connection, lock, { file, clock, busyDeadlineMs, sync });
    } catch (error) {
      lock.release();
      throw error;
    }
    try {
      await database.#log.durable();
      return database;
    } catch (error) {
      await database.close();
      throw database.#log.fault?.cause ?? error;
    }
  }

  async read<T>(body: () => Transition<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#busyDeadlineMs;
    try {
      if (this.#log.fault !== null) throw this.#log.fault;
      const value = await retryWhileBusy(deadlineMs, async () => this.#readNow(body));
      const durable = this.#log.durable();
      if (durable !== null) await durable;
      return value;
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /**
   * One statement is one view by itself, which is all that most bodies ask for. One that asks for
   * more begins again in a savepoint, which keeps them on the same view.
   */
  #readNow<T>(body: () => Transition<T>): T {
    const transition = body();
    let step = transition.next();
    for (let statements = 0; !step.done; ) {
      if (step.value.kind === 'statement') statements += 1;
      if (statements > 1) return this.#readInSavepoint(body);
      step = transition.next(this.#perform(step.value));
    }
    return step.value;
  }

  #readInSavepoint<T>(body: () => Transition<T>): T {
    this.#control.save();
    try {
      return this.#drive(body());
    } finally {
      this.#control.release();
    }
  }

  write<T>(body: () => Transition<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#log.fault !== null) return reject(this.#log.fault);
      this.#pending.push({
        body,
        resolve: resolve as (value: unknown) => void,
        reject,
        deadlineMs: performance.now() + this.#busyDeadlineMs,
      });
      this.#schedule(0);
    });
  }

  async ping(): Promise<void> {
    if (this.#log.fault !== null) throw this.#log.fault;
    try {
      this.#connection.prepare('select 1 from settings limit 1').get();
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /** The settings of the connection that decide durability, for tests and `config check`. */
  durability(): { journalMode: string; synchronous: number } {
    return {
      journalMode: String(this.#connection.pragma('journal_mode', { simple: true })),
      synchronous: Number(this.#connection.pragma('synchronous', { simple: true })),
    };
  }

  /** Writes what is pending, moves the log into the file and lets go of it. */
  async close(): Promise<void> {
    while (this.#pending.length > 0) {
      if (this.#log.isSyncing) await this.#log.syncEnd();
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await this.#log.close();
    await this.#checkpointer.close();
    try {
      // After a failed sync the log is what the next start needs.
      if (this.#log.fault === null) this.#connection.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // Another process still reads: the log stays, and the next open recovers from it.
    }
    this.#connection.close();
    this.#lock.release();
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const run = () => {
      this.#isScheduled = false;
      this.#commitBatch();
    };
    if (delayMs === 0) setImmediate(run);
    else setTimeout(run, delayMs);
  }

  /** After each sync of the log. */
  #goOn(): void {
    const { fault } = this.#log;
    if (fault !== null) {
      for (const write of this.#pending.splice(0)) write.reject(fault);
      return;
    }
    if (this.#pending.length > 0) this.#schedule(0);
    try {
      const { log, checkpointed } = this.#logPages.get() as { log: number; checkpointed: number };
      this.#checkpointer.consider(log - checkpointed);
    } catch {
      // Nobody has asked for this; it is looked at again after the next sync.
    }
  }

  #commitBatch(): void {
    // Committed now, they would wait for the next sync all the same, and each commit has its price.
    if (this.#log.isSyncing) return;
    const batch = this.#pending.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    this.#mayHaveWritten = false;
    try {
      this.#control.begin();
    } catch (error) {
      this.#retryOrReject(batch, error);
      return;
    }
    try {
      const settlements = this.#runTogether(batch);
      this.#control.commit();
      if (this.#mayHaveWritten) this.#log.noteCommit();
      // Also those that have changed nothing, or are refused: they may have seen what others did.
      this.#log.whenDurable((fault) => {
        if (fault === null) for (const settle of settlements) settle();
        else for (const write of batch) write.reject(fault);
      });
    } catch (error) {
      this.#rollBack();
      if (isSyncFault(error)) this.#log.fail(error);
      for (const write of batch) write.reject(toStorageError(error));
    }
    if (this.#pending.length > 0) this.#schedule(0);
  }

  /**
   * Nearly always all of them succeed, and need no savepoints. After a failure they all run again,
   * each in its own, so that the one that fails takes nothing with it.
   * @throws what ended the whole batch
   */
  #runTogether(batch: readonly PendingWrite[]): Settlement[] {
    try {
      return batch.map(({ body, resolve }) => {
        const value = this.#drive(body());
        return () => resolve(value);
      });
    } catch {
      this.#rollBack();
    }
    this.#control.begin();
    return batch.map((write) => this.#runInSavepoint(write));
  }

  /** @throws what ended the whole batch, which nothing of it may survive */
  #runInSavepoint({ body, resolve, reject }: PendingWrite): Settlement {
    try {
      this.#control.save();
      const value = this.#drive(body());
      this.#control.release();
      return () => resolve(value);
    } catch (error) {
      // A full disk can make SQLite roll back everything in the middle of it. What came after
      // would then be committed by itself, although its batch is refused.
      if (!this.#connection.inTransaction) throw error;
      this.#control.undo();
      this.#control.release();
      return () => reject(toStorageError(error));
    }
  }

  /** Nothing has happened yet: those who have waited long enough are told, the others stay. */
  #retryOrReject(batch: PendingWrite[], error: unknown): void {
    const nowMs = performance.now();
    const isWaiting = (write: PendingWrite) => isBusy(error) && write.deadlineMs > nowMs;
    for (const write of batch) if (!isWaiting(write)) write.reject(toStorageError(error));
    this.#pending = [...batch.filter(isWaiting), ...this.#pending];
    if (this.#pending.length > 0) this.#schedule(BUSY_RETRY_MS + Math.random() * BUSY_RETRY_MS);
  }

  #rollBack(): void {
    if (!this.#connection.inTransaction) return;
    try {
      this.#connection.exec('rollback');
    } catch {
      // SQLite has already rolled back.
    }
  }

  #drive<T>(transition: Transition<T>): T {
    let step = transition.next();
    while (!step.done) step = transition.next(this.#perform(step.value));
    return step.value;
  }

  #perform(step: Step): StepResult {
    if (step.kind === 'now') return { rows: [], changes: 0, nowMs: this.clock.nowMs() };
    // Here there are no round trips to save, and commits are shared by all transitions.
    if (step.kind === 'grouped') return { rows: [], changes: 0, nowMs: 0 };
    // There is one writer, which holds everything already.
    if (step.kind === 'lock') return { rows: [], changes: 0, nowMs: 0 };
    // Others see by `PRAGMA data_version` that there was a commit.
    if (step.kind === 'notify') return { rows: [], changes: 0, nowMs: 0 };
    const prepared = this.#prepare(step.statement);
    if (!prepared.readonly) this.#mayHaveWritten = true;
    const values = step.statement.sqlite.bind(step.values);
    if (!prepared.reader) {
      return { rows: [], changes: prepared.run(values).changes, nowMs: 0 };
    }
    const rows = prepared.all(values) as Record<string, unknown>[];
    return { rows, changes: rows.length, nowMs: 0 };
  }

  #prepare({ sqlite }: Statement): BetterSqlite3.Statement {
    let prepared = this.#prepared.get(sqlite);
    if (prepared === undefined) {
      prepared = this.#connection.prepare(sqlite.sql);
      this.#prepared.set(sqlite, prepared);
    }
    return prepared;
  }
}

interface OpenOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly busyDeadlineMs: number;
  readonly sync: SyncFile;
}

/** Somebody was killed, or could not go on, and nobody else uses the database at this moment. */
function isAloneWithLog(file: string): boolean {
  if (!hasLog(file)) return false;
  const claim = claimDatabase(file);
  claim?.release();
  return claim !== null;
}

/** A connection to the file at this release's schema, set up for {@link SqliteDatabase}. */
async function openConnection(
  file: string,
  { deadlineMs, isAlone }: { deadlineMs: number; isAlone: boolean },
): Promise<BetterSqlite3.Database> {
  // SQLite would create it readable for everybody; its -wal and -shm take over this mode.
  closeSync(openSync(file, 'a', 0o600));
  const connection = new BetterSqlite3(file, { timeout: OPEN_WAIT_MS });
  try {
    // Of servers that create the file at once, SQLite refuses some without a wait.
    await retryWhileBusy(deadlineMs, async () => connection.pragma('journal_mode = WAL'));
    // Neither is remembered by the file. NORMAL syncs what keeps the file sound, and no commit:
    // sqlite-log.ts does that. FULL would do it in every commit, on the main thread.
    connection.pragma('synchronous = NORMAL');
    connection.pragma(`wal_autocheckpoint = ${BACKSTOP_PAGES}`);
    connection.pragma('foreign_keys = ON');
    if (isAlone) await retryWhileBusy(deadlineMs, async () => renewLog(connection, file));
    await retryWhileBusy(deadlineMs, () => migrateSqlite(connection));
    connection.pragma('busy_timeout = 0');
    syncFolder(dirname(file));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Before anything of it is moved into the file. SQLite has checked it by its sums at the open. */
function renewLog(connection: BetterSqlite3.Database, file: string): void {
  connection.exec('begin immediate');
  try {
    rewriteLog(file);
  } finally {
    connection.exec('rollback');
  }
}

/** Asks again while others hold the file, up to a time on the monotonic clock. */
async function retryWhileBusy<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
    }
  }
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith('SQLITE_BUSY');
}

function sqliteCode(error: unknown): string {
  return error instanceof BetterSqlite3.SqliteError ? error.code : '';
}

/** Faults of the disk and the file are refusals; anything else is a bug and stays itself. */
function toStorageError(error: unknown): unknown {
  if (isBusy(error)) return new SallyportError('storage_busy', { retryAfterSeconds: 1 }, error);
  const isFault = /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|NOTADB|CANTOPEN|NOMEM|PERM)/;
  if (isFault.test(sqliteCode(error))) {
    return new SallyportError('storage_unavailable', {}, error);
  }
  return error;
}
