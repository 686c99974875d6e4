/** Conformance: user accounts and their passwords. */

import assert from 'node:assert/strict';
import {
  accountOf,
  addUser,
  BY,
  failUntilLimited,
  hashOf,
  KIND,
  keyOf,
  newPasswordInput,
  openSession,
  reserve,
  signInInput,
  userInput,
} from './samples.ts';
import type { OpenStore } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

export function conformsInUsers(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInAccounts(test);
  conformsInListing(test);
  conformsInPasswords(test);
  conformsInPasswordKinds(test);
}

function conformsInAccounts(test: StoreTest): void {
  test('a created user is found by key, as it was given', async (store) => {
    const { repository } = store;
    const created = await repository.createUser({ ...userInput('Maria'), role: 'ADMIN' });
    assert.equal(created.outcome, 'created');
    if (created.outcome !== 'created') return;
    const { user } = created;
    assert.deepEqual(user, {
      id: user.id,
      username: 'Maria',
      role: 'ADMIN',
      isEnabled: true,
      createdAtMs: store.nowMs(),
      lastSignInAtMs: null,
    });
    const found = await repository.findUserByKey(keyOf('Maria'));
    assert.deepEqual(found, { ...user, passwordHash: hashOf('first') });
    assert.equal(await repository.findUserByKey(keyOf('nobody')), null);
  });

  test('a second user with the same key is refused and changes nothing', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    const second = { ...userInput('MARIA', 'second'), role: 'ADMIN' as const };
    const taken = { outcome: 'username_taken' };
    assert.deepEqual(await repository.createUser(second), taken);
    const found = await repository.findUserByKey(keyOf('maria'));
    assert.deepEqual(found, { ...user, passwordHash: hashOf('first') });
    assert.equal((await repository.listUsers({ afterId: 0, limit: 9 })).length, 1);
  });

  test('a user without a password is stored without one', async (store) => {
    await store.repository.createUser(userInput('maria', null));
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, null);
    assert.deepEqual(await store.repository.listPasswordKinds(), []);
  });

  test('the id of a deleted user is never given to another', async (store) => {
    const first = await addUser(store, 'first');
    await store.sql('delete from users where id = ?', [first.id]);
    const second = await addUser(store, 'second');
    assert.ok(second.id > first.id);
  });

  test('the sessions of a deleted user are gone with the user', async (store) => {
    const user = await addUser(store, 'maria');
    const { sessionId } = await openSession(store, user);
    await store.sql('delete from users where id = ?', [user.id]);
    assert.equal(await store.repository.findSession(sessionId), null);
    assert.deepEqual(await store.sql('select id from sessions'), []);
  });

  test('a disabled user is shown as disabled', async (store) => {
    await addUser(store, 'maria');
    await store.sql('update users set is_enabled = 0');
    assert.equal((await store.repository.findUserByKey(keyOf('maria')))?.isEnabled, false);
  });
}

function conformsInListing(test: StoreTest): void {
  test('users are listed by id, after the given one and within the limit', async (store) => {
    const names = ['carol', 'anna', 'bert', 'dora', 'emil'];
    for (const name of names) await addUser(store, name);
    const { repository } = store;
    const firstPage = await repository.listUsers({ afterId: 0, limit: 2 });
    assert.deepEqual(
      firstPage.map((user) => user.username),
      ['carol', 'anna'],
    );
    const rest = await repository.listUsers({ afterId: firstPage[1]?.id ?? 0, limit: 9 });
    assert.deepEqual(
      rest.map((user) => user.username),
      ['bert', 'dora', 'emil'],
    );
    assert.equal('passwordHash' in (rest[0] ?? {}), false);
    const beyond = await repository.listUsers({ afterId: rest[2]?.id ?? 0, limit: 9 });
    assert.deepEqual(beyond, []);
  });
}

function conformsInPasswords(test: StoreTest): void {
  test('a replaced password ends the sessions of that user and of nobody else', async (store) => {
    const { repository } = store;
    const maria = await addUser(store, 'maria');
    const bert = await addUser(store, 'bert');
    await openSession(store, maria, { sessionId: 'ended before' });
    await repository.endSession({ sessionId: 'ended before', reason: 'signed_out', by: BY });
    await openSession(store, maria, { sessionId: 'one' });
    await openSession(store, maria, { sessionId: 'two' });
    await openSession(store, bert, { sessionId: 'other' });
    const endedBefore = await repository.findSession('ended before');
    store.advanceMs(1_000);
    const input = newPasswordInput('maria', 'second');
    const replaced = { outcome: 'replaced', userId: maria.id, endedSessions: 2 };
    assert.deepEqual(await repository.replacePasswordAndEndSessions(input), replaced);
    assert.equal((await repository.findSession('one'))?.endedAtMs, store.nowMs());
    assert.equal((await repository.findSession('two'))?.endedAtMs, store.nowMs());
    assert.deepEqual(await repository.findSession('ended before'), endedBefore);
    assert.equal((await repository.findSession('other'))?.endedAtMs, null);
    const found = await repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, hashOf('second'));
  });

  test('a replaced password forgets the failures of that account alone', async (store) => {
    await addUser(store, 'maria');
    const maria = accountOf('maria');
    const others = [accountOf('mari'), accountOf('mariab')];
    for (const address of ['198.51.100.1', '198.51.100.2']) {
      assert.equal((await failUntilLimited(store, 9, maria, address, { inARow: 8 })) > 0, true);
    }
    for (const other of others) await failUntilLimited(store, 5, other, '198.51.100.3');
    const input = newPasswordInput('maria', 'second');
    await store.repository.replacePasswordAndEndSessions(input);
    const budget = { perAddress: 100, inARow: 8 };
    assert.equal(await failUntilLimited(store, 9, maria, '198.51.100.1', budget), 5);
    assert.equal(await failUntilLimited(store, 9, maria, '198.51.100.2', budget), 3);
    for (const other of others) {
      assert.equal(await failUntilLimited(store, 9, other, '198.51.100.3', budget), 0);
    }
  });

  test('replacing the password of nobody changes nothing', async (store) => {
    const account = accountOf('nobody');
    await failUntilLimited(store, 9, account);
    const input = newPasswordInput('nobody', 'second');
    const missing = { outcome: 'not_found' };
    assert.deepEqual(await store.repository.replacePasswordAndEndSessions(input), missing);
    assert.deepEqual(await store.repository.listPasswordKinds(), []);
    assert.equal(await failUntilLimited(store, 9, account), 0);
  });
}

function conformsInPasswordKinds(test: StoreTest): void {
  test('every kind of hash that was ever stored is listed, each once', async (store) => {
    const { repository } = store;
    assert.deepEqual(await repository.listPasswordKinds(), []);
    const maria = await addUser(store, 'maria');
    await addUser(store, 'bert');
    assert.deepEqual(await repository.listPasswordKinds(), [KIND]);
    const second = { ...newPasswordInput('bert', 'second'), passwordKind: 'bcrypt:12' };
    await repository.replacePasswordAndEndSessions(second);
    assert.deepEqual(await repository.listPasswordKinds(), [KIND, 'bcrypt:12']);
    const attempt = await reserve(store, accountOf('maria'));
    const upgrade = { upgradedHash: hashOf('upgraded'), upgradedKind: 'argon2id:1:1:1' };
    await repository.signInUser({ ...signInInput(attempt, maria), ...upgrade });
    const kinds = ['argon2id:1:1:1', KIND, 'bcrypt:12'];
    assert.deepEqual(await repository.listPasswordKinds(), kinds);
  });

  test('a purge forgets a kind when its last user has another', async (store) => {
    const { repository } = store;
    await addUser(store, 'maria');
    await addUser(store, 'bert');
    for (const name of ['maria', 'bert']) {
      await repository.purgeExpired(100);
      assert.ok((await repository.listPasswordKinds()).includes(KIND));
      const input = { ...newPasswordInput(name, 'second'), passwordKind: 'bcrypt:12' };
      await repository.replacePasswordAndEndSessions(input);
    }
    await repository.purgeExpired(100);
    assert.deepEqual(await repository.listPasswordKinds(), ['bcrypt:12']);
  });
}
