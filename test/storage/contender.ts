/**
 * A process of its own that uses the database of a test at the same moment as others do.
 * Started by contenders.ts; speaks with it over the IPC channel.
 */

import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { UNHEARD } from './samples.ts';
import { type Call, makeCall } from './store.ts';

/** Where the processes meet. */
export type MeetingPlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export type ContenderOrder =
  | {
      readonly kind: 'prepare';
      readonly place: MeetingPlace;
      readonly nowMs: number;
      readonly calls: readonly Call[];
    }
  | { readonly kind: 'go' };

let go: () => void = () => undefined;

process.on('message', async (order: ContenderOrder) => {
  if (order.kind === 'go') {
    go();
    return;
  }
  const database = await openDatabase(order.place, new FakeClock(order.nowMs));
  const repository = createRepository(database, UNHEARD);
  const { promise, resolve } = Promise.withResolvers<void>();
  go = resolve;
  process.send?.({ kind: 'ready' });
  await promise;
  const results = await Promise.all(order.calls.map((call) => makeCall(repository, call)));
  await database.close();
  process.send?.({ kind: 'done', results });
});

function openDatabase(place: MeetingPlace, clock: FakeClock) {
  return place.kind === 'sqlite'
    ? SqliteDatabase.open(place.file, clock)
    : PostgresDatabase.open(place.url, { clock });
}
