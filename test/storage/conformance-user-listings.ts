/** Conformance: users as operators list them, by every sort, in pages, filtered. */

import assert from 'node:assert/strict';
import {
  USER_SORTS,
  type UserCursor,
  type UserSort,
} from '../../src/core/operations-repository.ts';
import type { Repository } from '../../src/core/repository.ts';
import { addUser, BY, keyOf, openSession, userInput } from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

type Filter = Omit<Parameters<Repository['listManagedUsers']>[0], 'sort' | 'after' | 'limit'>;

export function conformsInUserListings(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInFinding(test);
  conformsInOrders(test);
  conformsInFilters(test);
}

/**
 * Of both roles and states, some created at once, some never signed in; one name ends where others
 * go on, and two that UTF-8 and UTF-16 order differently.
 */
async function crowd(store: Store): Promise<void> {
  const names = ['mara', 'maria', 'bert', 'marianne', 'ana', 'zoe\uff5e', 'zoe\u{1f600}'];
  for (const [index, name] of names.entries()) {
    const role = index % 3 === 0 ? 'ADMIN' : 'STANDARD';
    const created = await store.repository.createUser({ ...userInput(name), role });
    assert.ok(created.outcome === 'created');
    if (index % 2 === 0) store.advanceMs(1_000);
  }
  const users = await store.repository.listUsers({ afterId: 0, limit: 99 });
  for (const index of [5, 2, 3]) {
    const user = users[index];
    assert.ok(user);
    await openSession(store, user, { sessionId: `of ${user.id}` });
  }
  const change = { expectedVersion: null, mayTouchAdmins: true, isEnabled: false, by: BY };
  for (const userId of [1, 3, 6]) await store.repository.changeUser({ ...change, userId });
}

/** All that match, in pages of `limit`. */
async function idsOf(store: Store, sort: UserSort, filter: Filter, limit: number) {
  const ids: number[] = [];
  let after: UserCursor | undefined;
  for (;;) {
    const input = { ...filter, ...(after && { after }), sort, limit };
    const page = await store.repository.listManagedUsers(input);
    ids.push(...page.map(({ user }) => user.id));
    if (page.length < limit) return ids;
    after = page.at(-1)?.cursor;
  }
}

/** Zoe of the wave dash is before Zoe of the face: code points decide. */
const IN_ORDER: Record<string, number[]> = {
  id: [1, 2, 3, 4, 5, 6, 7],
  username: [5, 3, 1, 2, 4, 6, 7],
  created_at: [1, 2, 3, 4, 5, 6, 7],
  last_sign_in_at: [1, 2, 5, 7, 3, 4, 6],
};

function conformsInFinding(test: StoreTest): void {
  test('a user is found by id and by name, with what operators must know', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await openSession(store, user, { sessionId: 'one' });
    await openSession(store, user, { sessionId: 'two' });
    await repository.endSession({ sessionId: 'one', reason: 'signed_out', by: BY });
    const found = {
      ...user,
      lastSignInAtMs: store.nowMs(),
      origin: 'operator',
      hasPassword: true,
      version: 1,
      liveSessions: 1,
    };
    assert.deepEqual(await repository.findManagedUser(user.id), found);
    assert.deepEqual(await repository.findManagedUserByKey(keyOf('maria')), found);
    assert.equal(await repository.findManagedUser(99), null);
    assert.equal(await repository.findManagedUserByKey(keyOf('bert')), null);
    await repository.createUser({ ...userInput('bert', null), origin: 'environment' });
    const bert = await repository.findManagedUser(2);
    assert.deepEqual([bert?.hasPassword, bert?.origin], [false, 'environment']);
  });
}

function conformsInOrders(test: StoreTest): void {
  for (const sort of USER_SORTS) {
    test(`users by ${sort} come each once and in order, whatever the page`, async (store) => {
      await crowd(store);
      const ascending = IN_ORDER[sort.replace('-', '')] ?? [];
      const expected = sort.startsWith('-') ? ascending.toReversed() : ascending;
      for (const limit of [1, 2, 3, 7, 99]) {
        assert.deepEqual(await idsOf(store, sort, {}, limit), expected, `pages of ${limit}`);
      }
    });
  }

  test('a page begins behind its cursor also when that user is gone', async (store) => {
    await crowd(store);
    const input = { sort: 'username', limit: 3 } as const;
    const after = (await store.repository.listManagedUsers(input)).at(-1)?.cursor;
    assert.ok(after);
    await store.sql('delete from users where id = ?', [after.id]);
    await addUser(store, 'aaa');
    await addUser(store, 'mara2');
    const rest = await store.repository.listManagedUsers({ ...input, after, limit: 9 });
    assert.deepEqual(
      rest.map(({ user }) => user.username),
      ['mara2', 'maria', 'marianne', 'zoe\uff5e', 'zoe\u{1f600}'],
    );
  });
}

function conformsInFilters(test: StoreTest): void {
  test('roles and states filter every sort', async (store) => {
    await crowd(store);
    for (const sort of USER_SORTS) {
      const all = await idsOf(store, sort, {}, 99);
      const only = (...ids: number[]) => all.filter((id) => ids.includes(id));
      const listed = (filter: Filter) => idsOf(store, sort, filter, 2);
      assert.deepEqual(await listed({ role: 'ADMIN' }), only(1, 4, 7), sort);
      assert.deepEqual(await listed({ isEnabled: false }), only(1, 3, 6), sort);
      assert.deepEqual(await listed({ role: 'STANDARD', isEnabled: true }), only(2, 5), sort);
    }
  });

  test('a prefix finds the names that begin with it, and the one that is it', async (store) => {
    await crowd(store);
    const listed = (prefix: string, sort: UserSort, limit = 1) =>
      idsOf(store, sort, { keyPrefix: keyOf(prefix) }, limit);
    assert.deepEqual(await listed('mar', 'username'), [1, 2, 4]);
    assert.deepEqual(await listed('mar', '-username', 2), [4, 2, 1]);
    assert.deepEqual(await listed('maria', 'username'), [2, 4]);
    assert.deepEqual(await listed('maria', '-username'), [4, 2]);
    assert.deepEqual(await listed('zoe\u{1f600}', 'username'), [7]);
    assert.deepEqual(await listed('x', 'username'), []);
    for (const [sort, id] of [
      ['username', 5],
      ['-username', 7],
    ] as const) {
      const key = id === 5 ? 'ana' : 'zoe\u{1f600}';
      const after = { sort, key, id };
      const input = { keyPrefix: keyOf('mar'), sort, after, limit: 9 };
      const behind = await store.repository.listManagedUsers(input);
      assert.equal(behind.length, 3, `the bounds of the prefix hold behind ${key}`);
    }
    for (const wildcard of ['%', '_', 'm%'])
      assert.deepEqual(await listed(wildcard, 'username'), []);
  });
}
