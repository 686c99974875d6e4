/** Conformance: passwords that operators set, and the auth switch, at the version that was seen. */

import assert from 'node:assert/strict';
import { enteredBy } from './conformance-audit.ts';
import {
  accountOf,
  addUser,
  BY,
  failUntilLimited,
  hashOf,
  openSession,
  reserve,
  signInInput,
} from './samples.ts';
import { callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { testsWith } from './with-store.ts';

const passwordInput = (userId: number, expectedVersion: number | null, password = 'second') => ({
  userId,
  passwordHash: hashOf(password),
  passwordKind: 'argon2id:new',
  accountKey: accountOf('maria'),
  expectedVersion,
  mayTouchAdmins: true,
  by: BY,
});

export function conformsInSettings(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('a password set by an operator ends all sessions and is the one that counts', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    await openSession(store, user, { sessionId: 'two' });
    await failUntilLimited(store, 9, accountOf('maria'));
    const before = await repository.findManagedUser(user.id);
    const entered = await enteredBy(store, async () => {
      const outcome = await repository.replacePasswordOfUser(passwordInput(user.id, 1));
      const expected = { ...before, version: 2, liveSessions: 0 };
      assert.deepEqual(outcome, { outcome: 'replaced', user: expected, endedSessions: 2 });
    });
    assert.deepEqual(entered, [`admin: user.password_set, on ${user.id}, 2 ended`]);
    assert.deepEqual(await repository.listPasswordKinds(), ['argon2id:new', 'bcrypt:10']);
    const attempt = await reserve(store, accountOf('maria'));
    const old = await repository.signInUser(signInInput(attempt, user, { sessionId: 'old' }));
    assert.equal(old.outcome, 'credentials_changed');
    await openSession(store, user, { sessionId: 'new', password: 'second' });
  });

  test('no password is set for nobody, at another version, or of an admin without leave', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    const set = repository.replacePasswordOfUser;
    assert.deepEqual(await set(passwordInput(99, null)), { outcome: 'not_found' });
    assert.deepEqual(await set(passwordInput(user.id, 2)), { outcome: 'stale' });
    await store.sql("update users set role = 'ADMIN'");
    const without = { ...passwordInput(user.id, null), mayTouchAdmins: false };
    assert.deepEqual(await set(without), { outcome: 'permission_denied' });
    const [row] = await store.sql('select password_hash, version from users');
    assert.deepEqual({ ...row }, { password_hash: hashOf('first'), version: 1 });
    assert.equal((await set(passwordInput(user.id, null))).outcome, 'replaced', 'the last admin');
  });

  test('the auth switch has a version, which moves each time it is set', async (store) => {
    const { repository } = store;
    assert.deepEqual(await repository.readAuthSwitch(), { isEnabled: true, version: 1 });
    const set = (isEnabled: boolean, expectedVersion?: number) =>
      repository.setAuthEnabled({
        isEnabled,
        by: BY,
        ...(expectedVersion !== undefined && { expectedVersion }),
      });
    assert.deepEqual(await set(false, 1), { outcome: 'set', isEnabled: false, version: 2 });
    const entered = await enteredBy(store, async () => {
      assert.deepEqual(await set(true, 1), { outcome: 'stale' });
    });
    assert.deepEqual(entered, []);
    assert.deepEqual(await set(false), { outcome: 'set', isEnabled: false, version: 3 });
    assert.deepEqual(await repository.readAuthSwitch(), { isEnabled: false, version: 3 });
  });

  test('of fifty who turn the switch at one version, in four processes, one does', async (store: Store) => {
    const calls = Array.from({ length: 50 }, (_, n) =>
      callOf('setAuthEnabled', { isEnabled: n % 2 === 0, expectedVersion: 1, by: BY }),
    );
    const results = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls)));
    assert.equal(results.filter(({ outcome }) => outcome === 'set').length, 1);
    assert.equal((await store.repository.readAuthSwitch()).version, 2);
  });
}
