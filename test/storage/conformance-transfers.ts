/** Conformance: many users in and out, each wholly or not at all. */

import assert from 'node:assert/strict';
import type { Repository } from '../../src/core/repository.ts';
import type { IncomingOutcome, IncomingUser } from '../../src/core/transfer-repository.ts';
import { addUser, BY, hashOf, KIND, keyOf } from './samples.ts';
import { callOf, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const LIMIT = { maxKinds: 3, presentKinds: [KIND] };
const ISSUER = 'https://id.example.com';

export function conformsInTransfers(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInImports(test);
  conformsInKinds(test);
  conformsInExports(test);
}

export function incoming(name: string, more: Partial<IncomingUser> = {}): IncomingUser {
  return {
    username: name,
    usernameKey: keyOf(name),
    passwordHash: hashOf(name),
    passwordKind: KIND,
    role: 'STANDARD',
    isEnabled: true,
    origin: 'imported',
    createdAtMs: null,
    lastSignInAtMs: null,
    identities: [],
    ...more,
  };
}

const identityOf = (subject: string, issuer = ISSUER) => ({
  issuer,
  subject,
  providerId: 'company',
  linkedAtMs: 5,
});

export const importInput = (...users: IncomingUser[]) => ({ users, by: BY, ...LIMIT });

async function everything(store: Store) {
  return store.repository.listOutgoingUsers({ afterId: 0, limit: 1000 });
}

function conformsInImports(test: StoreTest): void {
  test('what comes in goes out again as it was, but for its id', async (store) => {
    const full = incoming('Maria', {
      role: 'ADMIN',
      isEnabled: false,
      origin: 'operator',
      createdAtMs: 1_000,
      lastSignInAtMs: 2_000,
      identities: [identityOf('s-1'), identityOf('s-2', 'https://z.example.com')],
    });
    const bare = incoming('bert', { passwordHash: null, passwordKind: null });
    const outcomes = await store.repository.importUsers(importInput(full, bare));
    assert.deepEqual(outcomes, ['created', 'created']);
    const { usernameKey: _, passwordKind: __, ...expected } = full;
    const [maria, bert] = await everything(store);
    assert.deepEqual({ ...maria, id: 0 }, { id: 0, ...expected });
    assert.equal(bert?.passwordHash, null);
    assert.equal(bert?.createdAtMs, store.nowMs());
    assert.ok((maria?.id ?? 0) < (bert?.id ?? 0), 'ids are given in the order of the lines');
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, hashOf('Maria'));
  });

  test('a name that is taken stays whose it was, and the others are added', async (store) => {
    const before = await addUser(store, 'maria', 'hers');
    const input = importInput(incoming('anna'), incoming('MARIA'), incoming('zoe'));
    const check = await store.repository.checkUsers(input);
    assert.deepEqual(check, ['created', 'exists', 'created']);
    assert.equal((await everything(store)).length, 1, 'a check adds nobody');
    assert.deepEqual(await store.repository.importUsers(input), check);
    const maria = await store.repository.findUserByKey(keyOf('maria'));
    assert.deepEqual([maria?.id, maria?.passwordHash], [before.id, hashOf('hers')]);
    assert.deepEqual(await store.repository.importUsers(input), ['exists', 'exists', 'exists']);
  });

  test('a user whose identity is another one’s is not added, not even in part', async (store) => {
    const first = incoming('first', { identities: [identityOf('theirs')] });
    await store.repository.importUsers(importInput(first));
    const thief = incoming('thief', {
      identities: [identityOf('own', 'https://a.example.com'), identityOf('theirs')],
    });
    const input = importInput(incoming('anna'), thief, incoming('zoe'));
    const expected: IncomingOutcome[] = ['created', 'identity_taken', 'created'];
    assert.deepEqual(await store.repository.checkUsers(input), expected);
    assert.deepEqual(await store.repository.importUsers(input), expected);
    assert.equal(await store.repository.findUserByKey(keyOf('thief')), null);
    const rows = await store.sql('select subject from user_identities');
    assert.deepEqual(rows, [{ subject: 'theirs' }]);
    const events = await store.repository.listNewestAuditEvents({ name: 'user.created', limit: 9 });
    assert.equal(events.length, 3, 'nobody was created who is not there');
    assert.deepEqual([...new Set(events.map(({ reason }) => reason))], ['imported']);
  });

  test('of several imports of the same users at once each user is added by one', async (store) => {
    const names = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const users = names.map((name) => incoming(name, { identities: [identityOf(name)] }));
    const lists = [users, [...users].reverse(), users, [...users].reverse()];
    const results = resultsOf<IncomingOutcome[]>(
      await store.contend(lists.map((list) => [callOf('importUsers', importInput(...list))])),
    );
    const created = results.flat().filter((outcome) => outcome === 'created');
    assert.equal(created.length, names.length);
    assert.equal((await everything(store)).length, names.length);
  });
}

function conformsInKinds(test: StoreTest): void {
  const ofKind = (name: string, passwordKind: string) => incoming(name, { passwordKind });

  test('the kinds of imported hashes are remembered with them', async (store) => {
    await store.repository.importUsers(importInput(ofKind('anna', 'a:1'), ofKind('bert', 'b:1')));
    assert.deepEqual(await store.repository.listPasswordKinds(), ['a:1', 'b:1']);
  });

  test('a kind too many is refused, and its place is free once another one has gone', async (store) => {
    const { repository } = store;
    await repository.importUsers(importInput(ofKind('anna', 'a:1'), ofKind('bert', 'b:1')));
    const input = importInput(ofKind('carl', 'c:1'), ofKind('dora', 'b:1'), ofKind('emil', KIND));
    const expected: IncomingOutcome[] = ['too_many_kinds', 'created', 'created'];
    assert.deepEqual(await repository.checkUsers(input), expected);
    assert.deepEqual(await repository.importUsers(input), expected);
    await store.sql('update users set password_kind = ? where username = ?', [KIND, 'anna']);
    await repository.purgeExpired(10);
    const [carl = 'exists'] = await repository.importUsers(input);
    assert.equal(carl, 'created');
  });

  test('imports at once do not bring more kinds together than there may be', async (store) => {
    const calls = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [
      callOf('importUsers', importInput(ofKind(`user-${name}`, `${name}:1`))),
    ]);
    const outcomes = resultsOf<IncomingOutcome[]>(await store.contend(calls)).flat();
    // One of the three is the present kind, which nobody here has.
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 2);
    assert.equal((await store.repository.listPasswordKinds()).length, 2);
  });
}

function conformsInExports(test: StoreTest): void {
  test('pages of users hold each once, whoever is added or deleted meanwhile', async (store) => {
    const names = ['anna', 'bert', 'carl', 'dora', 'emil'];
    for (const name of names) await addUser(store, name);
    const { repository } = store;
    const first = await repository.listOutgoingUsers({ afterId: 0, limit: 2 });
    const gone: Parameters<Repository['deleteUser']>[0] = {
      userId: first[1]?.id ?? 0,
      accountKey: 'none',
      expectedVersion: null,
      mayTouchAdmins: true,
      by: BY,
    };
    await repository.deleteUser(gone);
    await addUser(store, 'zoe');
    const afterId = first.at(-1)?.id ?? 0;
    const rest = await repository.listOutgoingUsers({ afterId, limit: 10 });
    const listed = [...first, ...rest].map(({ username }) => username);
    assert.deepEqual(listed, [...names, 'zoe']);
    const end = await repository.listOutgoingUsers({ afterId: 1_000, limit: 10 });
    assert.deepEqual(end, []);
  });
}
