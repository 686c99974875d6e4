/** Conformance: what a signed-in person does with their own sessions and password. */

import assert from 'node:assert/strict';
import type { ActingSession } from '../../src/core/repository.ts';
import {
  accountOf,
  addUser,
  BY,
  DAY_MS,
  failUntilLimited,
  hashOf,
  KIND,
  keyOf,
  LIFETIMES,
  ORIGIN,
  openSession,
  reserve,
  rotationInput,
} from './samples.ts';
import { callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

export function conformsInOwnSessions(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInListing(test);
  conformsInEnding(test);
  conformsInOwnPassword(test);
}

/** Maria with the sessions `one` and `two`, and Bert with `other`. */
async function people(store: Store) {
  const [maria, bert] = [await addUser(store, 'maria'), await addUser(store, 'bert')];
  await openSession(store, maria, { sessionId: 'one' });
  store.advanceMs(1_000);
  await openSession(store, maria, { sessionId: 'two' });
  await openSession(store, bert, { sessionId: 'other' });
  return { maria, bert, acting: { userId: maria.id, actingSessionId: 'one', origin: ORIGIN } };
}

async function liveSessions(store: Store, userId: number): Promise<string[]> {
  const sessions = await store.repository.listLiveSessions({ userId, limit: 100 });
  return sessions.map(({ sessionId }) => sessionId).sort();
}

/** Every way in which the acting session is none. */
const NOT_ACTING: [what: string, spoil: (store: Store) => Promise<unknown>][] = [
  [
    'has ended',
    ({ repository }) => repository.endSession({ sessionId: 'one', reason: 'signed_out', by: BY }),
  ],
  [
    'has expired',
    (store) => store.sql('update sessions set refresh_expires_at_s = 1 where id = ?', ['one']),
  ],
  ['is of a disabled user', (store) => store.sql('update users set is_enabled = 0')],
  [
    'is another person’s',
    (store) =>
      store.sql(
        'update sessions set user_id = (select id from users where username = ?) where id = ?',
        ['bert', 'one'],
      ),
  ],
];

function conformsInListing(test: StoreTest): void {
  test('live sessions of one person are listed, the last issued first', async (store) => {
    const { maria } = await people(store);
    store.advanceMs(5_000);
    await store.repository.rotateRefreshToken(rotationInput('one', 1));
    const listed = await store.repository.listLiveSessions({ userId: maria.id, limit: 100 });
    assert.deepEqual(
      listed.map(({ sessionId }) => sessionId),
      ['one', 'two'],
    );
    const nowMs = store.nowMs();
    assert.deepEqual(listed[0], {
      sessionId: 'one',
      createdAtMs: nowMs - 6_000,
      refreshedAtMs: nowMs,
      createdAddress: '198.51.100.7',
      lastAddress: '203.0.113.9',
      userAgent: 'a test',
    });
    const bounded = await store.repository.listLiveSessions({ userId: maria.id, limit: 1 });
    assert.equal(bounded.length, 1);
  });

  test('ended and expired sessions are not listed', async (store) => {
    const { maria } = await people(store);
    await store.repository.endSession({ sessionId: 'two', reason: 'signed_out', by: BY });
    assert.deepEqual(await liveSessions(store, maria.id), ['one']);
    store.advanceMs(7 * DAY_MS);
    assert.deepEqual(await liveSessions(store, maria.id), []);
  });
}

function conformsInEnding(test: StoreTest): void {
  test('a person ends one of their sessions, and another’s never', async (store) => {
    const { maria, bert, acting } = await people(store);
    const { repository } = store;
    const end = (sessionId: string) => repository.endOwnSession({ ...acting, sessionId });
    for (const sessionId of ['other', 'nothing', ''])
      assert.equal(await end(sessionId), 'not_live');
    assert.equal(await end('two'), 'ended');
    assert.equal(await end('two'), 'not_live');
    assert.deepEqual(await liveSessions(store, maria.id), ['one']);
    assert.deepEqual(await liveSessions(store, bert.id), ['other']);
    const rows = await store.sql('select end_reason from sessions where id = ?', ['two']);
    assert.equal(rows[0]?.end_reason, 'ended_by_user');
  });

  test('a person ends all but the acting session', async (store) => {
    const { maria, bert, acting } = await people(store);
    await openSession(store, maria, { sessionId: 'three' });
    const ended = { outcome: 'ended', endedSessions: 2 };
    assert.deepEqual(await store.repository.endOtherSessions(acting), ended);
    assert.deepEqual(await liveSessions(store, maria.id), ['one']);
    assert.deepEqual(await liveSessions(store, bert.id), ['other']);
    const none = { outcome: 'ended', endedSessions: 0 };
    assert.deepEqual(await store.repository.endOtherSessions(acting), none);
  });

  for (const [what, spoil] of NOT_ACTING) {
    test(`a session that ${what} ends nothing`, async (store) => {
      const { acting } = await people(store);
      await spoil(store);
      const before = await store.sql('select id, ended_at_ms from sessions order by id');
      const { repository } = store;
      assert.equal(await repository.endOwnSession({ ...acting, sessionId: 'two' }), 'not_live');
      assert.deepEqual(await repository.endOtherSessions(acting), { outcome: 'not_live' });
      assert.deepEqual(await store.sql('select id, ended_at_ms from sessions order by id'), before);
    });
  }
}

async function ownPasswordInput(store: Store, acting: ActingSession) {
  return {
    ...acting,
    attempt: await reserve(store, accountOf('maria')),
    checkedHash: hashOf('first'),
    passwordHash: hashOf('second'),
    passwordKind: KIND,
    sessionId: 'fresh',
    lifetimes: LIFETIMES,
  };
}

function conformsInOwnPassword(test: StoreTest): void {
  test('a changed password ends all of the person’s sessions and opens a new one', async (store) => {
    const { maria, bert, acting } = await people(store);
    const changed = await store.repository.changeOwnPassword(await ownPasswordInput(store, acting));
    assert.equal(changed.outcome, 'changed');
    if (changed.outcome !== 'changed') return;
    assert.equal(changed.endedSessions, 2);
    const issuedAt = Math.floor(store.nowMs() / 1000);
    assert.deepEqual(changed.tokens, {
      sessionId: 'fresh',
      userId: maria.id,
      username: 'maria',
      roleIssued: 'STANDARD',
      generation: 1,
      issuedAt,
      accessExpiresAt: issuedAt + LIFETIMES.accessTtlSeconds,
      refreshExpiresAt: issuedAt + LIFETIMES.refreshTtlSeconds,
    });
    assert.deepEqual(await liveSessions(store, maria.id), ['fresh']);
    assert.deepEqual(await liveSessions(store, bert.id), ['other']);
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, hashOf('second'));
    const rotation = await store.repository.rotateRefreshToken(rotationInput('fresh', 1));
    assert.equal(rotation.outcome, 'rotated');
  });

  test('a changed password gives the attempt back', async (store) => {
    const { acting } = await people(store);
    await failUntilLimited(store, 3, accountOf('maria'));
    await store.repository.changeOwnPassword(await ownPasswordInput(store, acting));
    assert.equal(await failUntilLimited(store, 9, accountOf('maria')), 5);
  });

  test('a new kind of hash is remembered', async (store) => {
    const { acting } = await people(store);
    const input = { ...(await ownPasswordInput(store, acting)), passwordKind: 'argon2id:1:1:1' };
    await store.repository.changeOwnPassword(input);
    assert.ok((await store.repository.listPasswordKinds()).includes('argon2id:1:1:1'));
  });

  const spoilt: typeof NOT_ACTING = [
    ...NOT_ACTING,
    ['checked another hash', (store) => store.sql('update users set password_hash = ?', ['other'])],
  ];
  for (const [what, spoil] of spoilt) {
    test(`a session that ${what} changes no password`, async (store) => {
      const { acting } = await people(store);
      const input = await ownPasswordInput(store, acting);
      await spoil(store);
      const look = async () => [
        await store.sql('select id, ended_at_ms from sessions order by id'),
        await store.sql('select id, password_hash from users order by id'),
        await store.sql('select * from failure_counters order by key'),
      ];
      const before = await look();
      const refused = { outcome: 'credentials_changed' };
      assert.deepEqual(await store.repository.changeOwnPassword(input), refused);
      assert.deepEqual(await look(), before);
    });
  }

  test('of many changes at once, in many processes, one is made', async (store) => {
    const { maria, acting } = await people(store);
    const input = await ownPasswordInput(store, acting);
    const calls = Array.from({ length: 8 }, (_, index) =>
      callOf('changeOwnPassword', {
        ...input,
        sessionId: `fresh-${index}`,
        passwordHash: hashOf(`number ${index}`),
      }),
    );
    const results = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls, 2)));
    const made = results.flatMap(({ outcome }, index) => (outcome === 'changed' ? [index] : []));
    assert.equal(made.length, 1);
    assert.equal((await liveSessions(store, maria.id)).length, 1);
  });
}
