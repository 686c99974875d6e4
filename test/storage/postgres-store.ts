/** A store of the conformance suites on a new PostgreSQL database. */

import { writeChanges } from '../../src/storage/liveness-changes.ts';
import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { CHANGES_CHANNEL } from '../../src/storage/postgres-changes.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runSql, takeTestDatabase } from '../support/postgres-server.ts';
import { contendOn } from './contenders.ts';
import { withoutMemory } from './forgetful-database.ts';
import { UNHEARD } from './samples.ts';
import type { Store } from './store.ts';

export interface PostgresStore extends Store {
  readonly url: string;
  readonly clock: FakeClock;
  readonly database: PostgresDatabase;
}

/** Where a thousand calls are made at once, on a busy machine the last one waits for long. */
const PATIENCE_MS = 30_000;

export async function openPostgresStore({
  busyDeadlineMs = PATIENCE_MS,
}: {
  busyDeadlineMs?: number;
} = {}): Promise<PostgresStore> {
  const { url, release } = await takeTestDatabase();
  const clock = new FakeClock();
  const database = await PostgresDatabase.open(url, { clock, busyDeadlineMs });
  const others: PostgresDatabase[] = [];
  return {
    url,
    clock,
    database,
    repository: createRepository(database, UNHEARD),
    forgetful: createRepository(withoutMemory(database), UNHEARD),
    nowMs: () => clock.nowMs(),
    advanceMs: (ms) => clock.advanceMs(ms),
    sql: async (text, values = []) => {
      const rows = await runSql(url, text, values);
      // Nobody has told the servers of what was done behind their backs.
      const everything = writeChanges([{ of: 'everything' }]);
      await runSql(url, 'select pg_notify(?, ?)', [CHANGES_CHANNEL, everything]);
      for (const one of [database, ...others]) await one.foreignChanges.settle();
      return rows;
    },
    contend: (calls) => contendOn({ kind: 'postgres', url }, clock.nowMs(), calls),
    another: async () => {
      const other = await PostgresDatabase.open(url, { clock, busyDeadlineMs });
      others.push(other);
      const settled = () => other.foreignChanges.settle();
      return { repository: createRepository(other, UNHEARD), settled };
    },
    settled: () => database.foreignChanges.settle(),
    close: async () => {
      for (const other of others) await other.close();
      await database.close();
      release();
    },
  };
}
