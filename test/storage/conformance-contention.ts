/** Conformance under contention: many callers in several processes want the same row at once. */

import assert from 'node:assert/strict';
import type { AttemptReservation, RotationOutcome } from '../../src/core/repository.ts';
import {
  accessTokenInput,
  accountOf,
  addUser,
  adminInput,
  attemptInput,
  BY,
  failUntilLimited,
  hashOf,
  keyOf,
  newPasswordInput,
  ORIGIN,
  openSession,
  reserve,
  rotationInput,
  signInInput,
  tokenHashOf,
  userInput,
} from './samples.ts';
import { type Call, callOf, dealOut, type OpenStore, resultsOf } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const ID = 'session-1';
const CALLERS = 50;

const fiftyTimes = (make: (index: number) => Call): Call[] =>
  Array.from({ length: CALLERS }, (_, index) => make(index));

const countOf = (results: readonly unknown[], wanted: unknown) =>
  results.filter((result) => result === wanted).length;

export function conformsInContention(openStore: OpenStore): void {
  const test = testsWith(openStore);
  contendsForFirstRows(test);
  contendsForAttempts(test);
  contendsForRotation(test);
  contendsForEnds(test);
  contendsForAccessTokens(test);
}

function contendsForFirstRows(test: StoreTest): void {
  test('of fifty callers in four processes one creates the admin', async (store) => {
    const calls = fiftyTimes((index) => callOf('createOnlyAdmin', adminInput(`admin ${index}`)));
    const results = resultsOf<string>(await store.contend(dealOut(calls)));
    assert.equal(countOf(results, 'created'), 1);
    assert.equal(countOf(results, 'already_exists'), CALLERS - 1);
    assert.equal((await store.repository.findAdmin())?.tokenGeneration, 1);
  });

  test('of fifty callers in four processes one creates the user', async (store) => {
    const calls = fiftyTimes((index) => callOf('createUser', userInput('maria', `p${index}`)));
    const results = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls)));
    const outcomes = results.map((result) => result.outcome);
    assert.equal(countOf(outcomes, 'created'), 1);
    assert.equal(countOf(outcomes, 'username_taken'), CALLERS - 1);
    assert.equal((await store.repository.listUsers({ afterId: 0, limit: 9 })).length, 1);
  });

  test('servers that adopt a database in use at once are all told the same', async (store) => {
    await store.repository.adoptDatabase({ paramsFingerprint: '0', authEnabledAtFirst: true });
    await store.repository.createOnlyAdmin(adminInput('admin'));
    const calls = fiftyTimes((index) => {
      const paramsFingerprint = String(index % 2);
      return callOf('adoptDatabase', { paramsFingerprint, authEnabledAtFirst: true });
    });
    const results = resultsOf<string>(await store.contend(dealOut(calls)));
    assert.equal(countOf(results, 'known'), CALLERS / 2);
    assert.equal(countOf(results, 'foreign'), CALLERS / 2);
  });
}

function contendsForAttempts(test: StoreTest): void {
  test('fifty attempts at once in four processes reserve exactly ten', async (store) => {
    const budget = { perAccount: 100 };
    const calls = fiftyTimes((index) =>
      callOf('reserveLoginAttempt', attemptInput(accountOf(`user ${index}`), undefined, budget)),
    );
    const results = resultsOf<AttemptReservation>(await store.contend(dealOut(calls)));
    const outcomes = results.map((result) => result.outcome);
    assert.equal(countOf(outcomes, 'reserved'), 10);
    assert.equal(countOf(outcomes, 'limited'), CALLERS - 10);
  });

  test('attempts withdrawn at once give back exactly what they took', async (store) => {
    const budget = { perAddress: 60, perAccount: 60, inARow: 60 };
    const attempts = [];
    for (let index = 0; index < CALLERS; index += 1) {
      attempts.push(await reserve(store, accountOf('maria'), undefined, budget));
    }
    const calls = attempts.map((attempt) => callOf('withdrawLoginAttempt', attempt));
    resultsOf(await store.contend(dealOut(calls)));
    const entered = await failUntilLimited(store, 99, accountOf('maria'), undefined, budget);
    assert.equal(entered, 60);
  });
}

function contendsForRotation(test: StoreTest): void {
  test('fifty callers with one refresh token get one and the same successor', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    const calls = fiftyTimes(() => callOf('rotateRefreshToken', rotationInput(ID, 1)));
    const results = resultsOf<RotationOutcome>(await store.contend(dealOut(calls)));
    const outcomes = results.map((result) => result.outcome);
    assert.equal(countOf(outcomes, 'rotated'), 1);
    assert.equal(countOf(outcomes, 'retried'), CALLERS - 1);
    const successors = results.map((result) => JSON.stringify('tokens' in result && result.tokens));
    assert.equal(new Set(successors).size, 1);
    const next = await store.repository.rotateRefreshToken(rotationInput(ID, 2));
    assert.equal(next.outcome, 'rotated');
  });

  test('without a grace one of fifty callers wins and the session ends for all', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    const input = rotationInput(ID, 1, { graceSeconds: 0 });
    const calls = fiftyTimes(() => callOf('rotateRefreshToken', input));
    const results = resultsOf<RotationOutcome>(await store.contend(dealOut(calls)));
    const outcomes = results.map((result) => result.outcome);
    assert.equal(countOf(outcomes, 'rotated'), 1);
    assert.equal(countOf(outcomes, 'reused'), 1);
    assert.equal(countOf(outcomes, 'not_live'), CALLERS - 2);
    assert.notEqual((await store.repository.findSession(ID))?.endedAtMs, null);
  });
}

function contendsForEnds(test: StoreTest): void {
  test('of fifty callers one ends the session', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    const calls = fiftyTimes((index) =>
      index % 2 === 0
        ? callOf('endSession', { sessionId: ID, reason: 'signed_out', by: BY })
        : callOf('endSessionByRefreshToken', {
            sessionId: ID,
            generation: 1,
            graceSeconds: 30,
            origin: ORIGIN,
          }),
    );
    const results = resultsOf<string>(await store.contend(dealOut(calls)));
    assert.equal(countOf(results, 'ended'), 1);
    assert.equal(countOf(results, 'not_live'), CALLERS - 1);
  });

  test('a session that is ended amid rotations stays ended', async (store) => {
    const user = await addUser(store, 'maria');
    for (const sessionId of ['a', 'b', 'c']) {
      await openSession(store, user, { sessionId });
      const rotations = fiftyTimes(() => callOf('rotateRefreshToken', rotationInput(sessionId, 1)));
      rotations[25] = callOf('endSession', { sessionId, reason: 'signed_out', by: BY });
      const results = resultsOf<RotationOutcome | 'ended'>(await store.contend(dealOut(rotations)));
      assert.ok(results.includes('ended'));
      for (const generation of [1, 2, 3]) {
        const after = await store.repository.rotateRefreshToken(
          rotationInput(sessionId, generation),
        );
        assert.equal(after.outcome, 'not_live', `generation ${generation} lives`);
      }
    }
  });

  test('of two sessions that end each other at once one does', async (store) => {
    const user = await addUser(store, 'maria');
    for (let round = 0; round < 3; round += 1) {
      const [one, other] = [`one ${round}`, `other ${round}`];
      for (const sessionId of [one, other]) await openSession(store, user, { sessionId });
      const end = (actingSessionId: string, sessionId: string) =>
        callOf('endOwnSession', { userId: user.id, actingSessionId, sessionId, origin: ORIGIN });
      const calls = fiftyTimes((index) => (index % 2 === 0 ? end(one, other) : end(other, one)));
      const results = resultsOf<string>(await store.contend(dealOut(calls)));
      assert.equal(countOf(results, 'ended'), 1);
    }
  });

  test('no session survives a new password that was opened under the old one', async (store) => {
    const user = await addUser(store, 'maria');
    const budget = { perAddress: 100, perAccount: 100 };
    const attempts = [];
    for (let index = 0; index < CALLERS; index += 1) {
      attempts.push(await reserve(store, accountOf('maria'), undefined, budget));
    }
    const calls = attempts.map((attempt, index) =>
      callOf('signInUser', signInInput(attempt, user, { sessionId: `session ${index}` })),
    );
    calls.splice(
      20,
      0,
      callOf('replacePasswordAndEndSessions', newPasswordInput('maria', 'second')),
    );
    const results = resultsOf<{ outcome: string; endedSessions?: number }>(
      await store.contend(dealOut(calls)),
    );
    const signedIn = results.filter((result) => result.outcome === 'signed_in').length;
    const replaced = results.find((result) => result.outcome === 'replaced');
    assert.equal(replaced?.endedSessions, signedIn, 'each was opened before, and ended by it');
    const live = await store.sql('select id from sessions where ended_at_ms is null');
    assert.deepEqual(live, []);
    const found = await store.repository.findUserByKey(keyOf('maria'));
    assert.equal(found?.passwordHash, hashOf('second'));
  });
}

function contendsForAccessTokens(test: StoreTest): void {
  test('rotations at once leave the secret of one of them', async (store) => {
    const { id, publicId } = await store.repository.createAccessToken(accessTokenInput('ci'));
    const calls = fiftyTimes((index) =>
      callOf('rotateAccessToken', { id, secretHash: tokenHashOf(String(index)), by: BY }),
    );
    const results = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls)));
    assert.ok(results.every((result) => result.outcome === 'rotated'));
    const stored = await store.repository.findAccessToken(publicId);
    const secrets = fiftyTimes(() => calls[0] as Call).map((_, index) => tokenHashOf(`${index}`));
    assert.ok(secrets.includes(stored?.secretHash ?? tokenHashOf('none')));
  });

  test('a token that is deleted amid rotations is gone', async (store) => {
    const { id, publicId } = await store.repository.createAccessToken(accessTokenInput('ci'));
    const calls = fiftyTimes((index) =>
      index % 10 === 5
        ? callOf('deleteAccessToken', { id, by: BY })
        : callOf('rotateAccessToken', { id, secretHash: tokenHashOf(String(index)), by: BY }),
    );
    const results = resultsOf<unknown>(await store.contend(dealOut(calls)));
    assert.equal(countOf(results, 'deleted'), 1);
    assert.equal(countOf(results, 'not_found'), 4);
    assert.equal(await store.repository.findAccessToken(publicId), null);
    const secretHash = tokenHashOf('late');
    const late = await store.repository.rotateAccessToken({ id, secretHash, by: BY });
    assert.equal(late.outcome, 'not_found');
  });

  test('tokens created at once in four processes all get their own id', async (store) => {
    const calls = fiftyTimes((index) =>
      callOf('createAccessToken', accessTokenInput(String(index))),
    );
    const results = resultsOf<{ id: number }>(await store.contend(dealOut(calls)));
    assert.equal(new Set(results.map((result) => result.id)).size, CALLERS);
    assert.equal((await store.repository.listAccessTokens()).length, CALLERS);
  });
}
