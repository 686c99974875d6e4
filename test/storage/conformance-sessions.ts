/** Conformance: sessions, from sign-in over rotation to their end (contract decision 5). */

import assert from 'node:assert/strict';
import {
  ADDRESS,
  accountOf,
  addUser,
  BY,
  failUntilLimited,
  hashOf,
  keyOf,
  LIFETIMES,
  newPasswordInput,
  ORIGIN,
  openSession,
  reserve,
  rotationInput,
  signInInput,
} from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const ID = 'session-1';

export function conformsInSessions(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInSignIn(test);
  conformsInSignInDetails(test);
  conformsInRotation(test);
  conformsInReplay(test);
  conformsInEnds(test);
}

const secondsOf = (store: Store) => Math.floor(store.nowMs() / 1000);

function conformsInSignIn(test: StoreTest): void {
  test('a sign-in opens a session of the first generation and records itself', async (store) => {
    store.advanceMs(678);
    const user = await addUser(store, 'maria');
    const issuedAt = secondsOf(store);
    assert.deepEqual(await openSession(store, user), {
      sessionId: ID,
      userId: user.id,
      username: 'maria',
      roleIssued: 'STANDARD',
      generation: 1,
      issuedAt,
      accessExpiresAt: issuedAt + LIFETIMES.accessTtlSeconds,
      refreshExpiresAt: issuedAt + LIFETIMES.refreshTtlSeconds,
    });
    assert.deepEqual(await store.repository.findSession(ID), {
      userId: user.id,
      username: 'maria',
      role: 'STANDARD',
      isUserEnabled: true,
      endedAtMs: null,
      refreshExpiresAt: issuedAt + LIFETIMES.refreshTtlSeconds,
    });
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.lastSignInAtMs, store.nowMs());
    assert.equal(await store.repository.findSession('another'), null);
  });

  const changes = {
    'whose password was replaced': (store) =>
      store.repository.replacePasswordAndEndSessions(newPasswordInput('maria', 'second')),
    'who was disabled': (store) => store.sql('update users set is_enabled = 0'),
    'who was deleted': (store) => store.sql('delete from users'),
  } satisfies Record<string, (store: Store) => Promise<unknown>>;
  for (const [change, make] of Object.entries(changes)) {
    test(`a user ${change} meanwhile gets no session and the attempt stays`, async (store) => {
      const user = await addUser(store, 'maria');
      await make(store);
      const account = accountOf('maria');
      const attempt = await reserve(store, account);
      const upgrade = { upgradedHash: hashOf('upgraded'), upgradedKind: 'bcrypt:12' };
      const input = { ...signInInput(attempt, user), ...upgrade };
      const changed = { outcome: 'credentials_changed' };
      assert.deepEqual(await store.repository.signInUser(input), changed);
      assert.equal(await store.repository.findSession(ID), null);
      const found = await store.repository.findUserByKey(keyOf('maria'));
      assert.notEqual(found?.passwordHash, hashOf('upgraded'));
      assert.ok(!(await store.repository.listPasswordKinds()).includes('bcrypt:12'));
      assert.equal(await failUntilLimited(store, 9, account), 4);
    });
  }
}

function conformsInSignInDetails(test: StoreTest): void {
  test('a sign-in stores the upgraded hash, under which alone one signs in', async (store) => {
    const user = await addUser(store, 'maria');
    const attempt = await reserve(store, accountOf('maria'));
    const upgrade = { upgradedHash: hashOf('upgraded'), upgradedKind: 'bcrypt:12' };
    await store.repository.signInUser({ ...signInInput(attempt, user), ...upgrade });
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, hashOf('upgraded'));
    const again = await reserve(store, accountOf('maria'));
    const old = await store.repository.signInUser(signInInput(again, user, { sessionId: 'old' }));
    assert.equal(old.outcome, 'credentials_changed');
  });

  test('a session id that is taken opens nothing and settles nothing', async (store) => {
    const user = await addUser(store, 'maria');
    const tokens = await openSession(store, user);
    const attempt = await reserve(store, accountOf('maria'), '203.0.113.1');
    await assert.rejects(store.repository.signInUser(signInInput(attempt, user)));
    assert.equal(await failUntilLimited(store, 9, accountOf('maria'), '203.0.113.1'), 4);
    const rotation = await store.repository.rotateRefreshToken(rotationInput(ID, 1));
    assert.equal(rotation.outcome === 'rotated' && rotation.tokens.userId, tokens.userId);
  });
}

function conformsInRotation(test: StoreTest): void {
  test('a rotation moves the generation and all issue times', async (store) => {
    const user = await addUser(store, 'maria');
    const opened = await openSession(store, user);
    await store.sql("update users set role = 'ADMIN'");
    store.advanceMs(7_777_400);
    const issuedAt = secondsOf(store);
    const rotated = await store.repository.rotateRefreshToken(rotationInput(ID, 1));
    assert.deepEqual(rotated, {
      outcome: 'rotated',
      tokens: {
        ...opened,
        roleIssued: 'ADMIN',
        generation: 2,
        issuedAt,
        accessExpiresAt: issuedAt + LIFETIMES.accessTtlSeconds,
        refreshExpiresAt: issuedAt + LIFETIMES.refreshTtlSeconds,
      },
    });
    const live = await store.repository.findSession(ID);
    assert.equal(live?.refreshExpiresAt, issuedAt + LIFETIMES.refreshTtlSeconds);
    const [row] = await store.sql('select created_address, last_address from sessions');
    assert.deepEqual({ ...row }, { created_address: ADDRESS, last_address: '203.0.113.9' });
  });

  test('rotation renews a session up to its greatest age and never beyond', async (store) => {
    const lifetimes = { ...LIFETIMES, refreshTtlSeconds: 86_400, maxAgeSeconds: 2 * 86_400 };
    const opened = await openSession(store, await addUser(store, 'maria'), { lifetimes });
    const latest = opened.issuedAt + lifetimes.maxAgeSeconds;
    let { generation } = opened;
    const step = async () => {
      const input = rotationInput(ID, generation, lifetimes);
      const rotation = await store.repository.rotateRefreshToken(input);
      generation += 1;
      return rotation.outcome === 'rotated' ? rotation.tokens : null;
    };
    store.advanceMs(80_000_000);
    assert.equal((await step())?.refreshExpiresAt, secondsOf(store) + 86_400);
    store.advanceMs(80_000_000);
    assert.equal((await step())?.refreshExpiresAt, latest);
    store.advanceMs(latest * 1000 - store.nowMs() - 1);
    const last = await step();
    assert.deepEqual([last?.accessExpiresAt, last?.refreshExpiresAt], [latest, latest]);
    store.advanceMs(1);
    assert.equal(await step(), null);
  });

  test('a retry gets the successor of the first call, whatever has changed', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    await store.sql("update users set role = 'ADMIN'");
    const first = await store.repository.rotateRefreshToken(rotationInput(ID, 1));
    await store.sql("update users set role = 'STANDARD'");
    store.advanceMs(30_000);
    const other = rotationInput(ID, 1, { accessTtlSeconds: 1, refreshTtlSeconds: 2 });
    const second = await store.repository.rotateRefreshToken(other);
    assert.equal(second.outcome, 'retried');
    assert.deepEqual(
      second.outcome === 'retried' && second.tokens,
      'tokens' in first && first.tokens,
    );
    assert.equal((await store.repository.findSession(ID))?.endedAtMs, null);
  });
}

function conformsInReplay(test: StoreTest): void {
  // How often it was rotated, what is waited, which generation is presented, grace, and the reason.
  const replays: Record<string, [number, number, number, number, string]> = {
    'the predecessor after the grace': [1, 30_001, 1, 30, 'after_grace'],
    'the predecessor with a clock set back': [1, -1, 1, 30, 'after_grace'],
    'the predecessor at once without any grace': [1, 0, 1, 0, 'after_grace'],
    'a token two generations old': [2, 0, 1, 30, 'superseded'],
    'a generation that was never issued': [1, 0, 3, 30, 'from_the_future'],
  };
  for (const [what, replay] of Object.entries(replays)) {
    const [rotations, waitMs, presents, graceSeconds, reason] = replay;
    const prepare = async (store: Store) => {
      const user = await addUser(store, 'maria');
      await openSession(store, user);
      await openSession(store, user, { sessionId: 'other' });
      for (let generation = 1; generation <= rotations; generation += 1) {
        await store.repository.rotateRefreshToken(rotationInput(ID, generation));
      }
      store.advanceMs(waitMs);
      return user;
    };
    test(`${what} ends that session alone and at once`, async (store) => {
      const user = await prepare(store);
      const input = rotationInput(ID, presents, { graceSeconds });
      const reused = { outcome: 'reused', userId: user.id, reason };
      assert.deepEqual(await store.repository.rotateRefreshToken(input), reused);
      assert.equal((await store.repository.findSession(ID))?.endedAtMs, store.nowMs());
      assert.equal((await store.repository.findSession('other'))?.endedAtMs, null);
      const current = rotationInput(ID, rotations + 1);
      const dead = { outcome: 'not_live' };
      assert.deepEqual(await store.repository.rotateRefreshToken(current), dead);
      const [row] = await store.sql("select end_reason from sessions where id = 'session-1'");
      assert.equal(row?.end_reason, 'refresh_token_reused');
    });
    test(`${what} at a sign-out ends the session as reused`, async (store) => {
      await prepare(store);
      const input = { sessionId: ID, generation: presents, graceSeconds, origin: ORIGIN };
      assert.equal(await store.repository.endSessionByRefreshToken(input), 'reused');
      assert.equal((await store.repository.findSession(ID))?.endedAtMs, store.nowMs());
      assert.equal(await store.repository.endSessionByRefreshToken(input), 'not_live');
    });
  }
}

function conformsInEnds(test: StoreTest): void {
  test('a session ends once, by its id or by a refresh token of its own', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    for (const sessionId of ['one', 'two', 'three']) await openSession(store, user, { sessionId });
    const reason = 'ended_by_operator';
    assert.equal(await repository.endSession({ sessionId: 'one', reason, by: BY }), 'ended');
    store.advanceMs(5);
    assert.equal(await repository.endSession({ sessionId: 'one', reason, by: BY }), 'not_live');
    assert.equal((await repository.findSession('one'))?.endedAtMs, store.nowMs() - 5);
    const byToken = (sessionId: string, generation: number) =>
      repository.endSessionByRefreshToken({
        sessionId,
        generation,
        graceSeconds: 30,
        origin: ORIGIN,
      });
    assert.equal(await byToken('two', 1), 'ended');
    assert.equal(await byToken('two', 1), 'not_live');
    await repository.rotateRefreshToken(rotationInput('three', 1));
    assert.equal(await byToken('three', 1), 'ended', 'the predecessor, within its grace');
    assert.equal(await repository.endSession({ sessionId: 'none', reason, by: BY }), 'not_live');
    assert.equal(await byToken('none', 1), 'not_live');
  });

  test('nothing can be done with a session that has expired', async (store) => {
    const { repository } = store;
    const { refreshExpiresAt } = await openSession(store, await addUser(store, 'maria'));
    store.advanceMs(refreshExpiresAt * 1000 - store.nowMs());
    const dead = { outcome: 'not_live' };
    assert.deepEqual(await repository.rotateRefreshToken(rotationInput(ID, 1)), dead);
    const reason = 'signed_out';
    assert.equal(await repository.endSession({ sessionId: ID, reason, by: BY }), 'not_live');
    const byToken = { sessionId: ID, generation: 1, graceSeconds: 30, origin: ORIGIN };
    assert.equal(await repository.endSessionByRefreshToken(byToken), 'not_live');
    assert.equal((await repository.findSession(ID))?.endedAtMs, null);
  });

  test('the sessions of a disabled user do not rotate and show it', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    await store.sql('update users set is_enabled = 0');
    const rotation = await store.repository.rotateRefreshToken(rotationInput(ID, 1));
    assert.deepEqual(rotation, { outcome: 'not_live' });
    assert.equal((await store.repository.findSession(ID))?.isUserEnabled, false);
  });

  test('a replay ends the session of a disabled user too', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    for (const sessionId of [ID, 'other']) {
      await openSession(store, user, { sessionId });
      await repository.rotateRefreshToken(rotationInput(sessionId, 1));
      await repository.rotateRefreshToken(rotationInput(sessionId, 2));
    }
    await store.sql('update users set is_enabled = 0');
    const retry = { sessionId: ID, generation: 2, graceSeconds: 30, origin: ORIGIN };
    assert.equal(await repository.endSessionByRefreshToken(retry), 'not_live');
    assert.equal((await repository.rotateRefreshToken(rotationInput(ID, 2))).outcome, 'not_live');
    assert.equal((await repository.rotateRefreshToken(rotationInput(ID, 1))).outcome, 'reused');
    const replay = { sessionId: 'other', generation: 1, graceSeconds: 30, origin: ORIGIN };
    assert.equal(await repository.endSessionByRefreshToken(replay), 'reused');
    await store.sql('update users set is_enabled = 1');
    assert.equal((await repository.rotateRefreshToken(rotationInput(ID, 3))).outcome, 'not_live');
  });

  test('role and name of a session are those of its user now', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    await store.sql("update users set role = 'ADMIN', username = 'Maria'");
    const session = await store.repository.findSession(ID);
    assert.deepEqual([session?.role, session?.username], ['ADMIN', 'Maria']);
  });
}
