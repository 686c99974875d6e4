/**
 * A process of its own that uses the database of a test at the same moment as others do.
 * Started by contenders.ts; speaks with it over the IPC channel.
 */

import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Call, makeCall } from './store.ts';

export type ContenderOrder =
  | {
      readonly kind: 'prepare';
      readonly file: string;
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
  const database = await SqliteDatabase.open(order.file, new FakeClock(order.nowMs));
  const repository = createRepository(database);
  const { promise, resolve } = Promise.withResolvers<void>();
  go = resolve;
  process.send?.({ kind: 'ready' });
  await promise;
  const results = await Promise.all(order.calls.map((call) => makeCall(repository, call)));
  await database.close();
  process.send?.({ kind: 'done', results });
});
