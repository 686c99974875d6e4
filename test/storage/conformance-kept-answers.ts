/**
 * Conformance: what is kept in memory never differs from what is stored. Two servers share one
 * database and both keep answers; after each change, by either of them, both answer as one does
 * that keeps nothing.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Repository } from '../../src/core/repository.ts';
import {
  accountOf,
  addUser,
  adminInput,
  attemptInput,
  BY,
  hashOf,
  KIND,
  keyOf,
  LIFETIMES,
  ORIGIN,
  openSession,
  rotationInput,
  tokenHashOf,
} from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { testsWith } from './with-store.ts';

const NAMES = ['maria', 'otto'];
const SESSIONS = ['s1', 's2', 's3', 's4'];
const TOKENS = ['t1', 't2'];

const MANAGED = { userId: 2, expectedVersion: null, mayTouchAdmins: true, by: BY };

type Change = (repository: Repository) => Promise<unknown>;

/** Everything that can end, delete or change what is kept, and what must not disturb it. */
const CHANGES: Record<string, Change> = {
  'end a session': (repository) =>
    repository.endSession({ sessionId: 's1', reason: 'signed_out', by: BY }),
  'replay a refresh token': async (repository) => {
    await repository.rotateRefreshToken(rotationInput('s2', 1));
    await repository.rotateRefreshToken(rotationInput('s2', 2));
    await repository.rotateRefreshToken(rotationInput('s2', 1));
  },
  'sign out by a refresh token': (repository) =>
    repository.endSessionByRefreshToken({
      sessionId: 's3',
      generation: 1,
      graceSeconds: 30,
      origin: ORIGIN,
    }),
  'rotate a refresh token': (repository) => repository.rotateRefreshToken(rotationInput('s4', 1)),
  'end an own session': (repository) =>
    repository.endOwnSession({ userId: 1, actingSessionId: 's1', sessionId: 's3', origin: ORIGIN }),
  'end the others': (repository) =>
    repository.endOtherSessions({ userId: 1, actingSessionId: 's1', origin: ORIGIN }),
  'change the own password': async (repository) => {
    const reserved = await repository.reserveLoginAttempt(attemptInput(accountOf('maria')));
    if (reserved.outcome !== 'reserved') return;
    await repository.changeOwnPassword({
      userId: 1,
      actingSessionId: 's1',
      attempt: reserved.attempt,
      checkedHash: hashOf('first'),
      passwordHash: hashOf('second'),
      passwordKind: KIND,
      sessionId: 's5',
      lifetimes: LIFETIMES,
      origin: ORIGIN,
    });
  },
  'disable a user': (repository) => repository.changeUser({ ...MANAGED, isEnabled: false }),
  'enable a user': (repository) => repository.changeUser({ ...MANAGED, isEnabled: true }),
  'promote a user': (repository) => repository.changeUser({ ...MANAGED, role: 'ADMIN' }),
  'delete a user': (repository) =>
    repository.deleteUser({ ...MANAGED, accountKey: accountOf('otto') }),
  'end the sessions of a user': (repository) => repository.endSessionsOfUser(MANAGED),
  'end a managed session': (repository) =>
    repository.endManagedSession({ sessionId: 's1', mayTouchAdmins: true, by: BY }),
  'set a password': (repository) =>
    repository.replacePasswordAndEndSessions({
      usernameKey: keyOf('otto'),
      passwordHash: hashOf('set'),
      passwordKind: KIND,
      accountKey: accountOf('otto'),
      by: BY,
    }),
  'rotate an access token': (repository) =>
    repository.rotateAccessToken({ id: 1, secretHash: tokenHashOf('new'), by: BY }),
  'rotate an access token with an overlap': (repository) =>
    repository.rotateAccessToken({
      id: 1,
      secretHash: tokenHashOf('newer'),
      overlapSeconds: 60,
      by: BY,
    }),
  'end an overlap': async (repository) => {
    const secretHash = tokenHashOf('newest');
    await repository.rotateAccessToken({ id: 2, secretHash, overlapSeconds: 60, by: BY });
    await repository.findAccessToken('t2');
    await repository.endAccessTokenOverlap({ id: 2, by: BY });
  },
  'rename an access token': (repository) =>
    repository.changeAccessToken({ id: 1, name: 'renamed', by: BY }),
  'delete an access token': (repository) => repository.deleteAccessToken({ id: 2, by: BY }),
  'switch auth off': (repository) => repository.setAuthEnabled({ isEnabled: false, by: BY }),
  'switch auth on': (repository) => repository.setAuthEnabled({ isEnabled: true, by: BY }),
  'reset the admin': (repository) =>
    repository.replaceAdminPassword({ ...adminInput('reset'), accountKey: 'admin' }),
  'renew the parameters': (repository) =>
    repository.replaceParamsFingerprint({ paramsFingerprint: 'renewed', by: BY }),
};

export function conformsInKeptAnswers(openStore: OpenStore): void {
  const test = testsWith(openStore);
  const names = Object.keys(CHANGES);
  for (const name of names) {
    test(`after another server was told to ${name}, nothing old is answered`, async (store) => {
      await followAll(store, [{ name, isElsewhere: true }]);
    });
  }
  test('kept answers are those of the database after any changes here and elsewhere', async () => {
    const change = fc.record({ name: fc.constantFrom(...names), isElsewhere: fc.boolean() });
    const changes = fc.array(change, { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(changes, async (list) => {
      const store = await openStore();
      try {
        await followAll(store, list);
      } finally {
        await store.close();
      }
    });
    await fc.assert(property, { numRuns: 8 });
  });

  test('a change that comes while an answer is on its way is not overwritten by it', async (store) => {
    await populate(store);
    const { repository } = store;
    for (const id of SESSIONS) {
      const end = { sessionId: id, reason: 'signed_out', by: BY } as const;
      const asked = Array.from({ length: 20 }, () => repository.findSession(id));
      await Promise.all([...asked, repository.endSession(end)]);
      assert.notEqual((await repository.findSession(id))?.endedAtMs, null, id);
    }
  });

  test('a session that is rotated lives on where the rotation was not noticed', async (store) => {
    await populate(store);
    const other = await store.another();
    await other.repository.findSession('s1');
    store.advanceMs((LIFETIMES.refreshTtlSeconds - 60) * 1000);
    await store.repository.rotateRefreshToken(rotationInput('s1', 1));
    store.advanceMs(120_000);
    const session = await other.repository.findSession('s1');
    assert.ok((session?.refreshExpiresAt ?? 0) * 1000 > store.nowMs());
  });
}

async function populate(store: Store): Promise<void> {
  const { repository } = store;
  await repository.createOnlyAdmin(adminInput('first'));
  const users = [];
  for (const name of NAMES) users.push(await addUser(store, name));
  const [maria, otto] = users;
  if (maria === undefined || otto === undefined) throw new Error('the users are missing');
  for (const sessionId of SESSIONS.slice(0, 3)) await openSession(store, maria, { sessionId });
  await openSession(store, otto, { sessionId: 's4' });
  for (const publicId of TOKENS) {
    await repository.createAccessToken({
      publicId,
      secretHash: tokenHashOf(publicId),
      name: publicId,
      description: '',
      permissions: 1,
      expiresInSeconds: null,
      by: BY,
    });
  }
}

async function followAll(
  store: Store,
  changes: readonly { name: string; isElsewhere: boolean }[],
): Promise<void> {
  await populate(store);
  const other = await store.another();
  const all = [store, other];
  const compare = async (what: string, told: readonly Pick<Store, 'repository' | 'settled'>[]) => {
    const expected = await answersOf(store.forgetful);
    for (const server of told) {
      assert.deepEqual(await answersOf(server.repository), expected, `after: ${what}`);
    }
  };
  for (const server of all) await server.settled();
  await compare('nothing', all);
  for (const { name, isElsewhere } of changes) {
    const changing = isElsewhere ? other : store;
    await CHANGES[name]?.(changing.repository);
    // At once where it was acknowledged, also without having heard of it.
    await compare(`${name}, where it was asked for`, [changing]);
    for (const server of all) await server.settled();
    await compare(`${name}, everywhere`, all);
  }
}

/** Twice: the second answers are those that were kept. A rotation may be noticed late. */
async function answersOf(repository: Repository): Promise<unknown> {
  let answers: unknown;
  for (let round = 0; round < 2; round += 1) {
    const sessions = [];
    for (const id of [...SESSIONS, 's5']) {
      const session = await repository.findSession(id);
      const recalled = repository.recallSession(id);
      if (recalled !== null) assert.deepEqual(recalled, session, `${id}, recalled`);
      sessions.push(session && { ...session, refreshExpiresAt: 'not compared' });
    }
    answers = {
      sessions,
      tokens: await Promise.all(TOKENS.map((id) => repository.findAccessToken(id))),
      admin: await repository.findAdmin(),
      isAuthEnabled: await repository.isAuthEnabled(),
    };
  }
  return answers;
}
