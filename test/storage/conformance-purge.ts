/** Conformance: housekeeping removes what says nothing any more, in bounded steps. */

import assert from 'node:assert/strict';
import {
  accessTokenInput,
  accountOf,
  addUser,
  DAY_MS,
  LIFETIMES,
  openSession,
  reserve,
} from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { testsWith } from './with-store.ts';

const TABLES = ['sessions', 'failure_counters', 'access_tokens', 'known_addresses'] as const;

async function countRows(store: Store): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const [row] = await store.sql(`select count(*) as count from ${table}`);
    counts[table] = Number(row?.count);
  }
  return counts;
}

/** Three rows of each kind, all of which expire sooner or later. */
async function fill(store: Store): Promise<void> {
  const user = await addUser(store, 'maria');
  for (const name of ['a', 'b', 'c']) {
    await openSession(store, user, { sessionId: name });
    await store.repository.createAccessToken(accessTokenInput(name, { expiresInSeconds: 1 }));
    await store.sql('insert into known_addresses values (?, ?, ?)', [
      'user:x',
      name,
      store.nowMs(),
    ]);
  }
  await store.sql('delete from failure_counters');
  await store.sql("delete from known_addresses where account_key <> 'user:x'");
  const noMemory = { inARow: 1_000 };
  await reserve(store, accountOf('x'), '203.0.113.1', noMemory);
}

export function conformsInPurge(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('a purge removes nothing that still counts', async (store) => {
    await fill(store);
    const before = await countRows(store);
    assert.equal(await store.repository.purgeExpired(100), 0);
    assert.deepEqual(await countRows(store), before);
    store.advanceMs(60_000);
    await store.repository.purgeExpired(100);
    assert.equal((await countRows(store)).failure_counters, before.failure_counters);
  });

  test('a purge removes each kind of row when it has expired and not before', async (store) => {
    await fill(store);
    const startMs = store.nowMs();
    const goTo = async (ms: number) => {
      store.advanceMs(startMs + ms - store.nowMs());
      await store.repository.purgeExpired(100);
      return countRows(store);
    };
    const sessionsEndMs = LIFETIMES.refreshTtlSeconds * 1000;
    assert.equal((await goTo(sessionsEndMs)).sessions, 3);
    assert.equal((await goTo(sessionsEndMs + 1_000)).sessions, 0);
    assert.equal((await goTo(30 * DAY_MS)).known_addresses, 3);
    assert.equal((await goTo(31 * DAY_MS + 1)).known_addresses, 0);
    assert.equal((await goTo(90 * DAY_MS)).access_tokens, 3);
    assert.equal((await goTo(90 * DAY_MS + 1_001)).access_tokens, 0);
    assert.equal((await goTo(365 * DAY_MS)).failure_counters, 1, 'the count of a silent year');
    assert.equal((await goTo(365 * DAY_MS + 1)).failure_counters, 0);
  });

  test('a purge leaves tokens that do not expire and users alone for ever', async (store) => {
    await addUser(store, 'maria');
    await store.repository.createAccessToken(accessTokenInput('for ever'));
    await store.repository.createOnlyAdmin('hash' as never);
    store.advanceMs(50 * 365 * DAY_MS);
    assert.equal(await store.repository.purgeExpired(100), 0);
    assert.equal((await store.repository.listAccessTokens()).length, 1);
    assert.equal((await store.repository.listUsers({ afterId: 0, limit: 9 })).length, 1);
    assert.notEqual(await store.repository.findAdmin(), null);
  });

  test('one purge takes at most its limit of each kind and says how many went', async (store) => {
    await fill(store);
    await store.sql(
      "insert into failure_counters values ('p', '[]', 0, 0, 0, 1), ('q', '[]', 0, 0, 0, 1)",
    );
    store.advanceMs(400 * DAY_MS);
    const all = Object.values(await countRows(store)).reduce((sum, count) => sum + count);
    const gone: number[] = [];
    for (let step = 0; step < 4; step += 1) {
      const before = await countRows(store);
      gone.push(await store.repository.purgeExpired(2));
      const after = await countRows(store);
      for (const table of TABLES) {
        assert.ok((before[table] ?? 0) - (after[table] ?? 0) <= 2, `${table} lost more than two`);
      }
    }
    assert.equal(
      gone.reduce((sum, count) => sum + count),
      all,
    );
    assert.equal(gone[3], 0);
  });
}
