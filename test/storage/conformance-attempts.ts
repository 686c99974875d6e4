/** Conformance: failed password checks are counted exactly, and taken back exactly. */

import assert from 'node:assert/strict';
import {
  ADDRESS,
  accountOf,
  addUser,
  attemptInput,
  DAY_MS,
  failUntilLimited,
  openSession,
  reserve,
} from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const ACCOUNT = accountOf('maria');

export function conformsInAttempts(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInReservation(test);
  conformsInWithdrawal(test);
  conformsInKnownAddresses(test);
  conformsInBounds(test);
}

const countersOf = (store: Store) => store.sql('select * from failure_counters order by key');

function conformsInBounds(test: StoreTest): void {
  test('of too many counters the oldest go, a few at a time, and no more than too many', async (store) => {
    const { repository } = store;
    for (let n = 0; n < 6; n += 1) {
      store.advanceMs(1_000);
      await repository.reserveLoginAttempt(attemptInput(accountOf(`name ${n}`), `203.0.113.${n}`));
    }
    const before = (await countersOf(store)).length;
    const keep = before - 5;
    assert.equal(await repository.purgeOldestCounters({ keep: before, limit: 100 }), 0);
    assert.equal(await repository.purgeOldestCounters({ keep, limit: 3 }), 3);
    assert.equal(await repository.purgeOldestCounters({ keep, limit: 3 }), 2);
    assert.equal(await repository.purgeOldestCounters({ keep, limit: 3 }), 0);
    assert.equal((await countersOf(store)).length, keep);
    const left = (await countersOf(store)).map(({ key }) => String(key));
    assert.ok(left.includes(`unfamiliar:${accountOf('name 5')}`), 'the newest stays');
    assert.ok(!left.some((key) => key.startsWith('address:203.0.113.0')), 'the oldest went');
  });
}

function conformsInReservation(test: StoreTest): void {
  test('an attempt is entered in each of its counters', async (store) => {
    const input = attemptInput(ACCOUNT);
    assert.deepEqual(await store.repository.reserveLoginAttempt(input), {
      outcome: 'reserved',
      attempt: {
        enteredAtMs: store.nowMs(),
        limits: [...input.limits, input.unfamiliarLimit],
        accountKey: ACCOUNT,
        addressKey: ADDRESS,
      },
    });
    const counters = await countersOf(store);
    const keys = [`account:${ACCOUNT}@${ADDRESS}`, `address:${ADDRESS}`, `unfamiliar:${ACCOUNT}`];
    assert.deepEqual(
      counters.map((counter) => counter.key),
      keys,
    );
  });

  test('an attempt that one counter refuses is entered in none', async (store) => {
    await failUntilLimited(store, 3, accountOf('bert'), ADDRESS, { perAddress: 3 });
    const before = await countersOf(store);
    const input = attemptInput(ACCOUNT, ADDRESS, { perAddress: 3 });
    assert.deepEqual(await store.repository.reserveLoginAttempt(input), {
      outcome: 'limited',
      limitKey: `address:${ADDRESS}`,
      retryAfterMs: 60_000,
    });
    assert.deepEqual(await countersOf(store), before);
  });

  test('the last counter that refuses keeps the first ones from counting', async (store) => {
    await failUntilLimited(store, 2, ACCOUNT, '203.0.113.1', { inARow: 2 });
    const before = await countersOf(store);
    const input = attemptInput(ACCOUNT, ADDRESS, { inARow: 2 });
    const refused = await store.repository.reserveLoginAttempt(input);
    assert.equal(refused.outcome === 'limited' && refused.limitKey, `unfamiliar:${ACCOUNT}`);
    assert.deepEqual(await countersOf(store), before);
  });

  test('a budget comes back as its minute passes', async (store) => {
    const budget = { perAddress: 3, perAccount: 100 };
    await reserve(store, ACCOUNT, ADDRESS, budget);
    store.advanceMs(30_000);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, budget), 2);
    store.advanceMs(29_999);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, budget), 0);
    store.advanceMs(1);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, budget), 1);
  });

  test('a clock that was set back shortens a wait for good', async (store) => {
    await failUntilLimited(store, 9, ACCOUNT);
    store.advanceMs(-10 * DAY_MS);
    const refused = await store.repository.reserveLoginAttempt(attemptInput(ACCOUNT));
    assert.equal(refused.outcome === 'limited' && refused.retryAfterMs, 60_000);
    store.advanceMs(60_000);
    assert.ok((await failUntilLimited(store, 9, ACCOUNT)) > 0);
  });
}

function conformsInWithdrawal(test: StoreTest): void {
  test('a withdrawn attempt has never been made', async (store) => {
    await reserve(store, ACCOUNT, ADDRESS);
    const before = await countersOf(store);
    store.advanceMs(5);
    const attempt = await reserve(store, ACCOUNT, ADDRESS);
    await store.repository.withdrawLoginAttempt(attempt);
    const withoutMemory = (rows: Awaited<ReturnType<typeof countersOf>>) =>
      rows.map(({ expires_at_ms: _, ...row }) => row);
    assert.deepEqual(withoutMemory(await countersOf(store)), withoutMemory(before));
  });

  test('a withdrawn attempt gives back the wait that it began', async (store) => {
    await failUntilLimited(store, 4, ACCOUNT);
    const attempt = await reserve(store, ACCOUNT);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT), 0);
    await store.repository.withdrawLoginAttempt(attempt);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT), 1);
  });

  test('withdrawing frees the budget of the address and of the account', async (store) => {
    const budget = { perAddress: 2, inARow: 2 };
    const attempts = [
      await reserve(store, ACCOUNT, ADDRESS, budget),
      await reserve(store, ACCOUNT, ADDRESS, budget),
    ];
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, budget), 0);
    for (const attempt of attempts) await store.repository.withdrawLoginAttempt(attempt);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, budget), 2);
  });
}

function conformsInKnownAddresses(test: StoreTest): void {
  const strangers = { inARow: 2, perAddress: 100, perAccount: 100 };

  test('an address is known after a sign-in, to that account only', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    const attempt = await reserve(store, ACCOUNT);
    assert.equal(attempt.limits.length, 2);
    const elsewhere = await reserve(store, ACCOUNT, '203.0.113.1');
    assert.equal(elsewhere.limits.at(-1)?.key, `unfamiliar:${ACCOUNT}`);
    const other = await reserve(store, accountOf('bert'));
    assert.equal(other.limits.at(-1)?.key, `unfamiliar:${accountOf('bert')}`);
  });

  test('strangers use up their failures and not those of a known address', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, '203.0.113.1', strangers), 2);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, '203.0.113.2', strangers), 0);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, ADDRESS, strangers), 9);
  });

  test('an address stays known for thirty days after its last sign-in', async (store) => {
    const user = await addUser(store, 'maria');
    await openSession(store, user, { sessionId: 'first' });
    store.advanceMs(20 * DAY_MS);
    await openSession(store, user, { sessionId: 'second' });
    store.advanceMs(30 * DAY_MS - 1);
    await store.repository.purgeExpired(100);
    assert.equal((await reserve(store, ACCOUNT)).limits.length, 2);
    store.advanceMs(1);
    assert.equal((await reserve(store, ACCOUNT)).limits.length, 3);
  });

  test('a sign-in clears the account here and not the failures of the address', async (store) => {
    const user = await addUser(store, 'maria');
    const away = '203.0.113.1';
    await failUntilLimited(store, 3, accountOf('bert'));
    await failUntilLimited(store, 4, ACCOUNT);
    await failUntilLimited(store, 5, ACCOUNT, away);
    store.advanceMs(1);
    await openSession(store, user);
    assert.equal(await failUntilLimited(store, 9, ACCOUNT), 3, 'seven of ten failed here');
    assert.equal(await failUntilLimited(store, 9, ACCOUNT, away), 0);
    const counters = await store.sql('select key from failure_counters');
    assert.ok(!counters.some((counter) => counter.key === `unfamiliar:${ACCOUNT}`));
  });
}
