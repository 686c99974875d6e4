/** Conformance: what operators change about users and sessions, and who stays out of reach. */

import assert from 'node:assert/strict';
import type { ManagedUser, UserChangeOutcome } from '../../src/core/operations-repository.ts';
import type { Repository, UserRecord, UserRole } from '../../src/core/repository.ts';
import {
  accountOf,
  addUser,
  BY,
  DAY_MS,
  failUntilLimited,
  newPasswordInput,
  openSession,
  reserve,
  rotationInput,
  signInInput,
  userInput,
} from './samples.ts';
import { callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const WHATEVER = { expectedVersion: null, mayTouchAdmins: true, by: BY } as const;

export function conformsInOperations(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInChanges(test);
  conformsInDeletion(test);
  conformsInLastAdmin(test);
  conformsInReach(test);
  conformsInSessions(test);
}

async function addWithRole(store: Store, name: string, role: UserRole): Promise<UserRecord> {
  const created = await store.repository.createUser({ ...userInput(name), role });
  if (created.outcome !== 'created') throw new Error(`${name} was taken`);
  return created.user;
}

async function managed(store: Store, userId: number): Promise<ManagedUser> {
  const user = await store.repository.findManagedUser(userId);
  if (user === null) throw new Error(`there is no user ${userId}`);
  return user;
}

const isLive = async (store: Store, sessionId: string) => {
  const session = await store.repository.findSession(sessionId);
  return session !== null && session.endedAtMs === null;
};

function conformsInChanges(test: StoreTest): void {
  test('a disabled user has no session, gets none, and none comes back', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    await openSession(store, user, { sessionId: 'two' });
    const before = await managed(store, user.id);
    const disabling = { ...WHATEVER, userId: user.id, isEnabled: false };
    assert.deepEqual(await repository.changeUser(disabling), {
      outcome: 'changed',
      user: { ...before, isEnabled: false, version: 2, liveSessions: 0 },
      endedSessions: 2,
    });
    const rotation = await repository.rotateRefreshToken(rotationInput('session-1', 1));
    assert.equal(rotation.outcome, 'not_live');
    const attempt = await reserve(store, accountOf('maria'));
    const signIn = await repository.signInUser(signInInput(attempt, user, { sessionId: 'new' }));
    assert.equal(signIn.outcome, 'credentials_changed');
    await repository.changeUser({ ...disabling, isEnabled: true });
    assert.equal(await isLive(store, 'session-1'), false);
    await openSession(store, user, { sessionId: 'new' });
    const rows = await store.sql('select end_reason from sessions where id = ?', ['two']);
    assert.equal(rows[0]?.end_reason, 'ended_by_operator');
  });

  test('what is so already changes nothing, not even the version', async (store) => {
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    const before = await managed(store, user.id);
    for (const same of [{ isEnabled: true }, { role: 'STANDARD' }, {}] as const) {
      const outcome = await store.repository.changeUser({ ...WHATEVER, userId: user.id, ...same });
      assert.deepEqual(outcome, { outcome: 'unchanged', user: before });
    }
    assert.equal(await isLive(store, 'session-1'), true);
  });

  test('a role changes for the sessions that are, and both at once move the version once', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    const promotion = { ...WHATEVER, userId: user.id, role: 'ADMIN' } as const;
    const changed = await repository.changeUser(promotion);
    assert.ok(changed.outcome === 'changed');
    assert.deepEqual([changed.user.role, changed.user.version], ['ADMIN', 2]);
    assert.equal((await repository.findSession('session-1'))?.role, 'ADMIN');
    await addWithRole(store, 'bert', 'ADMIN');
    const both = { ...WHATEVER, userId: user.id, role: 'STANDARD', isEnabled: false } as const;
    const outcome = await repository.changeUser(both);
    assert.ok(outcome.outcome === 'changed');
    const { role, isEnabled, version } = outcome.user;
    assert.deepEqual([role, isEnabled, version], ['STANDARD', false, 3]);
  });

  test('the version moves with what operators do, and not with sign-ins', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    await repository.rotateRefreshToken(rotationInput('session-1', 1));
    assert.equal((await managed(store, user.id)).version, 1);
    await repository.replacePasswordAndEndSessions(newPasswordInput('maria', 'second'));
    assert.equal((await managed(store, user.id)).version, 2);
  });

  test('a change that expects another version does not happen', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    const stale = { ...WHATEVER, userId: user.id, expectedVersion: 2 };
    const outcome = { outcome: 'stale' };
    assert.deepEqual(await repository.changeUser({ ...stale, isEnabled: false }), outcome);
    const deletion = { ...stale, accountKey: accountOf('maria') };
    assert.deepEqual(await repository.deleteUser(deletion), outcome);
    assert.deepEqual((await managed(store, user.id)).version, 1);
    const fresh = { ...stale, expectedVersion: 1, isEnabled: false };
    assert.equal((await repository.changeUser(fresh)).outcome, 'changed');
    const unknown = { ...stale, userId: 99, isEnabled: false };
    assert.deepEqual(await repository.changeUser(unknown), { outcome: 'not_found' });
  });

  test('of fifty changes that expect one version in four processes one happens', async (store) => {
    const user = await addUser(store, 'maria');
    const change = { userId: user.id, expectedVersion: 1, mayTouchAdmins: true, by: BY };
    const calls = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0
        ? callOf('changeUser', { ...change, isEnabled: false })
        : callOf('changeUser', { ...change, role: 'ADMIN' }),
    );
    const results = resultsOf<UserChangeOutcome>(await store.contend(dealOut(calls)));
    const count = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).length;
    assert.equal(count('changed'), 1);
    assert.equal(count('stale'), 49);
    assert.equal((await managed(store, user.id)).version, 2);
  });
}

function conformsInDeletion(test: StoreTest): void {
  test('a deleted user leaves no session, and the id is never given again', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    const bert = await addUser(store, 'bert');
    await openSession(store, user, { sessionId: 'one' });
    await openSession(store, user, { sessionId: 'two' });
    await openSession(store, bert, { sessionId: 'other' });
    await repository.endSession({ sessionId: 'two', reason: 'signed_out', by: BY });
    const deletion = { ...WHATEVER, userId: user.id, accountKey: accountOf('maria') };
    const deleted = { outcome: 'deleted', endedSessions: 1 };
    assert.deepEqual(await repository.deleteUser(deletion), deleted);
    assert.deepEqual(await repository.deleteUser(deletion), { outcome: 'not_found' });
    assert.equal(await repository.findSession('one'), null);
    assert.equal(await repository.findManagedUser(user.id), null);
    assert.equal(await isLive(store, 'other'), true);
    const namesake = await addUser(store, 'maria');
    assert.ok(namesake.id > bert.id);
  });

  test('a namesake inherits neither failures nor known addresses', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    const bert = await addUser(store, 'bert');
    await openSession(store, user);
    await openSession(store, bert, { sessionId: 'other' });
    await failUntilLimited(store, 99, accountOf('maria'));
    await failUntilLimited(store, 99, accountOf('maria'), '203.0.113.1');
    const accountKey = accountOf('maria');
    await repository.deleteUser({ ...WHATEVER, userId: user.id, accountKey });
    const known = await store.sql('select account_key from known_addresses');
    assert.deepEqual(known, [{ account_key: accountOf('bert') }]);
    const counters = await store.sql(
      "select key from failure_counters where key like '%user:maria%'",
    );
    assert.deepEqual(counters, []);
  });
}

function conformsInLastAdmin(test: StoreTest): void {
  test('the last enabled user with the role ADMIN stays one', async (store) => {
    const { repository } = store;
    const admin = await addWithRole(store, 'maria', 'ADMIN');
    const disabled = await addWithRole(store, 'bert', 'ADMIN');
    await addUser(store, 'anna');
    await repository.changeUser({ ...WHATEVER, userId: disabled.id, isEnabled: false });
    const change = { ...WHATEVER, userId: admin.id };
    const refused = { outcome: 'last_admin' };
    assert.deepEqual(await repository.changeUser({ ...change, isEnabled: false }), refused);
    assert.deepEqual(await repository.changeUser({ ...change, role: 'STANDARD' }), refused);
    const deletion = { ...change, accountKey: accountOf('maria') };
    assert.deepEqual(await repository.deleteUser(deletion), refused);
    assert.equal((await managed(store, admin.id)).version, 1);
    const gone = { ...WHATEVER, userId: disabled.id, accountKey: accountOf('bert') };
    assert.equal((await repository.deleteUser(gone)).outcome, 'deleted');
    await repository.changeUser({ ...WHATEVER, userId: 3, role: 'ADMIN' });
    assert.equal((await repository.deleteUser(deletion)).outcome, 'deleted');
  });

  test('of operators who remove the last admins at once one is refused', async (store) => {
    for (let round = 0; round < 3; round += 1) {
      const users = [];
      for (const n of [1, 2, 3, 4]) users.push(await addWithRole(store, `${round}-${n}`, 'ADMIN'));
      const calls = users.flatMap(({ id: userId, username }) => [
        callOf('changeUser', { ...WHATEVER, userId, isEnabled: false }),
        callOf('changeUser', { ...WHATEVER, userId, role: 'STANDARD' }),
        callOf('deleteUser', { ...WHATEVER, userId, accountKey: accountOf(username) }),
      ]);
      const results = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls)));
      assert.ok(results.some(({ outcome }) => outcome === 'last_admin'));
      const { users: counted } = await store.repository.countEverything();
      assert.equal(counted.enabledAdmins, 1);
      await store.sql('delete from users');
    }
  });
}

function conformsInReach(test: StoreTest): void {
  test('who may not touch admins touches none, and makes none', async (store) => {
    const { repository } = store;
    const admin = await addWithRole(store, 'maria', 'ADMIN');
    await addWithRole(store, 'bert', 'ADMIN');
    const anna = await addUser(store, 'anna');
    await openSession(store, admin);
    await openSession(store, anna, { sessionId: 'of anna' });
    const limited = { expectedVersion: null, mayTouchAdmins: false, by: BY };
    const onAdmin = { ...limited, userId: admin.id };
    const denied = { outcome: 'permission_denied' };
    for (const change of [{ isEnabled: false }, { role: 'STANDARD' }, {}] as const) {
      assert.deepEqual(await repository.changeUser({ ...onAdmin, ...change }), denied);
    }
    const stale = { ...onAdmin, expectedVersion: 9, isEnabled: false };
    assert.deepEqual(await repository.changeUser(stale), denied);
    const deletion = { ...onAdmin, accountKey: accountOf('maria') };
    assert.deepEqual(await repository.deleteUser(deletion), denied);
    assert.deepEqual(await repository.endSessionsOfUser(onAdmin), denied);
    const session = { ...limited, sessionId: 'session-1' };
    assert.equal(await repository.endManagedSession(session), 'permission_denied');
    const promotion = { ...limited, userId: anna.id, role: 'ADMIN' } as const;
    assert.deepEqual(await repository.changeUser(promotion), denied);
    assert.equal(await isLive(store, 'session-1'), true);
    assert.equal(await repository.endManagedSession({ ...session, sessionId: 'of anna' }), 'ended');
    const allowed = { ...limited, userId: anna.id, isEnabled: false };
    assert.equal((await repository.changeUser(allowed)).outcome, 'changed');
    const removal = { ...limited, userId: anna.id, accountKey: accountOf('anna') };
    assert.equal((await repository.deleteUser(removal)).outcome, 'deleted');
  });
}

function conformsInSessions(test: StoreTest): void {
  const idsOf = async (
    store: Store,
    filter: Partial<Parameters<Repository['listManagedSessions']>[0]>,
  ) => {
    const listed = await store.repository.listManagedSessions({ limit: 99, ...filter });
    return listed.map(({ sessionId }) => sessionId);
  };

  test('live sessions are listed the newest first, in pages, a rotation moves none', async (store) => {
    const { repository } = store;
    const maria = await addUser(store, 'maria');
    const bert = await addWithRole(store, 'bert', 'ADMIN');
    await openSession(store, maria, { sessionId: 'a' });
    store.advanceMs(1_000);
    for (const sessionId of ['b', 'c']) await openSession(store, bert, { sessionId });
    await openSession(store, maria, { sessionId: 'd' });
    assert.deepEqual(await idsOf(store, {}), ['d', 'c', 'b', 'a']);
    const first = await repository.listManagedSessions({ limit: 2 });
    const { createdAtMs = 0, sessionId = '' } = first.at(-1) ?? {};
    store.advanceMs(5_000);
    await repository.rotateRefreshToken(rotationInput('d', 1));
    await openSession(store, maria, { sessionId: 'e' });
    assert.deepEqual(await idsOf(store, { after: { createdAtMs, sessionId } }), ['b', 'a']);
    assert.deepEqual(await idsOf(store, { userId: maria.id }), ['e', 'd', 'a']);
    assert.deepEqual(await idsOf(store, { ownerRole: 'STANDARD' }), ['e', 'd', 'a']);
    assert.deepEqual(await idsOf(store, { ownerRole: 'STANDARD', userId: bert.id }), []);
    const [, rotated] = await repository.listManagedSessions({ limit: 2 });
    assert.deepEqual(rotated, {
      sessionId: 'd',
      userId: maria.id,
      username: 'maria',
      createdAtMs: store.nowMs() - 5_000,
      refreshedAtMs: store.nowMs(),
      createdAddress: '198.51.100.7',
      lastAddress: '203.0.113.9',
      userAgent: 'a test',
    });
  });

  test('an operator ends one session, once, and all of a user', async (store) => {
    const { repository } = store;
    const maria = await addUser(store, 'maria');
    for (const sessionId of ['a', 'b', 'c']) await openSession(store, maria, { sessionId });
    const end = (sessionId: string) =>
      repository.endManagedSession({ sessionId, mayTouchAdmins: true, by: BY });
    assert.equal(await end('a'), 'ended');
    for (const sessionId of ['a', 'x', '']) assert.equal(await end(sessionId), 'not_live');
    assert.deepEqual(await idsOf(store, {}), ['c', 'b']);
    const all = { userId: maria.id, mayTouchAdmins: true, by: BY };
    const ended = (endedSessions: number) => ({ outcome: 'ended', endedSessions });
    assert.deepEqual(await repository.endSessionsOfUser(all), ended(2));
    assert.deepEqual(await repository.endSessionsOfUser(all), ended(0));
    const unknown = { ...all, userId: 99 };
    assert.deepEqual(await repository.endSessionsOfUser(unknown), { outcome: 'not_found' });
    assert.deepEqual(await idsOf(store, {}), []);
  });

  test('an expired session is not listed and not live', async (store) => {
    const maria = await addUser(store, 'maria');
    await openSession(store, maria, { sessionId: 'a' });
    store.advanceMs(7 * DAY_MS);
    assert.deepEqual(await idsOf(store, {}), []);
    const end = { sessionId: 'a', mayTouchAdmins: true, by: BY };
    assert.equal(await store.repository.endManagedSession(end), 'not_live');
    assert.equal((await managed(store, maria.id)).liveSessions, 0);
  });
}
