/**
 * The embedded database while it is moved: nobody else has it open, and nothing in it changes but
 * the mark that it has been moved.
 */

import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { claimDatabase, type DatabaseLock } from './database-lock.ts';
import { finishReplacement } from './database-replacement.ts';
import { migrateSqlite } from './migrate.ts';
import { MOVED_TO } from './move-marks.ts';
import {
  keyOf,
  listTables,
  type MovedTable,
  PAGE_ROWS,
  pageSql,
  quoted,
  type Row,
} from './moved-tables.ts';
import { DatabaseInUseError } from './restored-database.ts';
import { requireIntegrity } from './sqlite-snapshot.ts';

export class MoveSource {
  readonly tables: readonly MovedTable[];
  readonly #connection: BetterSqlite3.Database;
  readonly #lock: DatabaseLock;

  private constructor(connection: BetterSqlite3.Database, lock: DatabaseLock) {
    this.#connection = connection;
    this.#lock = lock;
    this.tables = listTables(connection);
  }

  /**
   * Brings the file to this release's schema, as a start would. Null when there is none.
   * @throws DatabaseInUseError, DatabaseDamagedError, NewerSchemaError, or the driver's error
   */
  static async open(file: string): Promise<MoveSource | null> {
    // No lock file beside a database that is not there.
    if (!existsSync(file) && !existsSync(`${file}.restored`)) return null;
    const lock = claimDatabase(file);
    if (lock === null) throw new DatabaseInUseError();
    try {
      finishReplacement(file);
      return new MoveSource(await openAlone(file), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Null in a database that no server has ever started on. */
  get paramsFingerprint(): string | null {
    return this.#setting('params_fingerprint');
  }

  /** Where it has been moved to; null while it is the installation. */
  get movedTo(): string | null {
    return this.#setting(MOVED_TO);
  }

  countRows(): number {
    const counts = this.tables.map(({ name }) =>
      this.#connection
        .prepare(`select count(*) from ${quoted(name)}`)
        .pluck()
        .get(),
    );
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  /** From behind `start`, or from the beginning. */
  async *pages(table: MovedTable, start: Row | null = null): AsyncGenerator<readonly Row[]> {
    const first = this.#connection.prepare(pageSql(table, false, () => '?')).raw();
    const next = this.#connection.prepare(pageSql(table, true, () => '?')).raw();
    for (let after = start; ; ) {
      const page = (after === null ? first.all() : next.all(...after)) as Row[];
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      if (page.length < PAGE_ROWS) return;
      after = keyOf(table, last);
      // The driver never waits, and without this nobody would hear Ctrl-C.
      await setImmediate();
    }
  }

  /** The greatest id that was ever given, by table. */
  greatestIds(): [table: string, id: number][] {
    const rows = this.#connection.prepare('select name, seq from sqlite_sequence').raw().all();
    return rows as [string, number][];
  }

  /** Durable when it returns. From then on no server starts here. */
  markMoved(target: string): void {
    this.#connection
      .prepare('insert or replace into settings (name, value) values (?, ?)')
      .run(MOVED_TO, target);
    this.#connection.exec('commit; begin immediate');
  }

  /** Servers may start here again. */
  removeMark(): void {
    this.#connection.prepare('delete from settings where name = ?').run(MOVED_TO);
    this.#connection.exec('commit; begin immediate');
  }

  close(): void {
    this.#connection.close();
    this.#lock.release();
  }

  #setting(name: string): string | null {
    const found = this.#connection.prepare('select value from settings where name = ?').pluck();
    return (found.get(name) as string | undefined) ?? null;
  }
}

async function openAlone(file: string): Promise<BetterSqlite3.Database> {
  const connection = new BetterSqlite3(file, { fileMustExist: true, timeout: 0 });
  try {
    connection.pragma('synchronous = FULL');
    requireIntegrity(connection);
    await migrateSqlite(connection);
    // Programs that take no part in our lock, such as an SQLite shell, can read and no more.
    connection.exec('begin immediate');
    return connection;
  } catch (error) {
    connection.close();
    const code = error instanceof BetterSqlite3.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY')) throw new DatabaseInUseError();
    throw error;
  }
}
