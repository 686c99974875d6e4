/** A store of the conformance suites on a new PostgreSQL database. */

import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runSql, takeTestDatabase } from '../support/postgres-server.ts';
import { contendOn } from './contenders.ts';
import { UNHEARD } from './samples.ts';
import type { Store } from './store.ts';

export interface PostgresStore extends Store {
  readonly url: string;
  readonly clock: FakeClock;
  readonly database: PostgresDatabase;
}

export async function openPostgresStore(
  options: { busyDeadlineMs?: number } = {},
): Promise<PostgresStore> {
  const { url, release } = await takeTestDatabase();
  const clock = new FakeClock();
  const database = await PostgresDatabase.open(url, { clock, ...options });
  return {
    url,
    clock,
    database,
    repository: createRepository(database, UNHEARD),
    nowMs: () => clock.nowMs(),
    advanceMs: (ms) => clock.advanceMs(ms),
    sql: (text, values = []) => runSql(url, text, values),
    contend: (calls) => contendOn({ kind: 'postgres', url }, clock.nowMs(), calls),
    close: async () => {
      await database.close();
      release();
    },
  };
}
