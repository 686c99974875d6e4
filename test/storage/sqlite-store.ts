/** A store of the conformance suites on a new SQLite file. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import type { SyncFile } from '../../src/storage/sqlite-log.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runSqlite } from '../support/test-database.ts';
import { contendOn } from './contenders.ts';
import { withoutMemory } from './forgetful-database.ts';
import { UNHEARD } from './samples.ts';
import type { Store } from './store.ts';

export interface SqliteStore extends Store {
  readonly folder: string;
  readonly file: string;
  readonly clock: FakeClock;
  readonly database: SqliteDatabase;
}

export async function openSqliteStore(
  options: { busyDeadlineMs?: number; sync?: SyncFile } = {},
): Promise<SqliteStore> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
  const file = join(folder, 'store.db');
  const clock = new FakeClock();
  const database = await SqliteDatabase.open(file, clock, options.busyDeadlineMs, options.sync);
  const others: SqliteDatabase[] = [];
  return {
    folder,
    file,
    clock,
    database,
    repository: createRepository(database, UNHEARD),
    forgetful: createRepository(withoutMemory(database), UNHEARD),
    nowMs: () => clock.nowMs(),
    advanceMs: (ms) => clock.advanceMs(ms),
    sql: async (text, values = []) => runSqlite(file, text, values),
    contend: (calls) => contendOn({ kind: 'sqlite', file }, clock.nowMs(), calls),
    another: async () => {
      const other = await SqliteDatabase.open(file, clock);
      others.push(other);
      return { repository: createRepository(other, UNHEARD), settled: async () => undefined };
    },
    settled: async () => undefined,
    close: async () => {
      for (const other of others) await other.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
