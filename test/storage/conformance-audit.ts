/** Conformance: every transition enters what it found into the audit trail, and nothing else does. */

import assert from 'node:assert/strict';
import { MAX_ONCE_ROWS_PER_MINUTE } from '../../src/core/audit-rules.ts';
import type { SecurityEventName } from '../../src/core/events.ts';
import type { AuditRecord } from '../../src/core/repository.ts';
import {
  ADDRESS,
  accessTokenInput,
  accountOf,
  addUser,
  adminInput,
  attemptInput,
  BY,
  DAY_MS,
  hashOf,
  identityInput,
  KIND,
  LIFETIMES,
  newPasswordInput,
  ORIGIN,
  openSession,
  originAt,
  reserve,
  rotationInput,
  signInInput,
  tokenHashOf,
  userInput,
} from './samples.ts';
import { callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const ID = 'session-1';

export function conformsInAudit(openStore: OpenStore): void {
  const test = testsWith(openStore);
  auditsAccounts(test);
  auditsSessions(test);
  auditsIdentities(test);
  auditsAccessTokens(test);
  auditsRefusals(test);
  auditsAllOrNothing(test);
  readsTheTrail(test);
  keepsForItsTime(test);
}

const allOf = (store: Store) =>
  store.repository.listAuditEventsAfter({ afterId: 0, limit: 10_000 });

/** The rows that `act` enters, as `event reason` with whoever acted and whom it concerned. */
export async function enteredBy(store: Store, act: () => Promise<unknown>): Promise<string[]> {
  const before = (await allOf(store)).length;
  await act();
  return (await allOf(store)).slice(before).map(shortOf);
}

function shortOf(row: AuditRecord): string {
  const { name, reason, actorKind, actorId, subject, accessTokenId, endedSessions } = row;
  const actor = actorId === null ? actorKind : `${actorKind} ${actorId}`;
  const more = [
    ...(reason === null ? [] : [reason]),
    ...(subject === null ? [] : [`on ${subject}`]),
    ...(accessTokenId === null ? [] : [`token ${accessTokenId}`]),
    ...(endedSessions === null ? [] : [`${endedSessions} ended`]),
  ];
  return [`${actor}: ${name}`, ...more].join(', ');
}

function auditsAccounts(test: StoreTest): void {
  test('the trail has each change of the admin, the switch and the parameters', async (store) => {
    const { repository } = store;
    const first = { paramsFingerprint: 'ours', authEnabledAtFirst: false };
    const entered = await enteredBy(store, async () => {
      await repository.adoptDatabase(first);
      await repository.adoptDatabase(first);
      await repository.createOnlyAdmin(adminInput('first'));
      await repository.createOnlyAdmin(adminInput('second'));
      const attempt = await reserve(store, 'admin');
      const signIn = { attempt, upgradedHash: null, origin: ORIGIN };
      await repository.signInAdmin({ ...signIn, checkedHash: hashOf('first') });
      await repository.signInAdmin({ ...signIn, checkedHash: hashOf('other') });
      await repository.replaceAdminPassword({ ...adminInput('third'), accountKey: 'admin' });
      await repository.setAuthEnabled({ isEnabled: true, by: BY });
      await repository.setAuthEnabled({ isEnabled: false, by: BY });
      await openSession(store, await addUser(store, 'maria'));
      await repository.replaceParamsFingerprint({ paramsFingerprint: 'new', by: {} });
    });
    assert.deepEqual(entered, [
      'server: auth.disabled, at_first',
      'admin: admin.created, on admin',
      'admin: admin.signed_in, on admin',
      'admin: admin.password_reset, on admin',
      'admin: auth.enabled, on admin',
      'admin: auth.disabled, on admin',
      'server: user.created, on 1',
      'user 1: session.signed_in, on 1',
      'server: params.renewed, 1 ended',
    ]);
  });

  test('the trail has each user, and each password with the sessions it ended', async (store) => {
    const { repository } = store;
    const entered = await enteredBy(store, async () => {
      const user = await addUser(store, 'maria');
      await repository.createUser(userInput('MARIA'));
      await openSession(store, user, { sessionId: 'one' });
      await openSession(store, user, { sessionId: 'two' });
      await repository.replacePasswordAndEndSessions(newPasswordInput('maria', 'second'));
      await repository.replacePasswordAndEndSessions(newPasswordInput('nobody', 'second'));
    });
    assert.deepEqual(entered, [
      'server: user.created, on 1',
      'user 1: session.signed_in, on 1',
      'user 1: session.signed_in, on 1',
      'admin: user.password_set, on 1, 2 ended',
    ]);
  });

  test('what people do to their own sessions and password is entered as their doing', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    for (const sessionId of ['one', 'two', 'three']) await openSession(store, user, { sessionId });
    const acting = { userId: user.id, actingSessionId: 'one', origin: ORIGIN };
    const attempt = await reserve(store, accountOf('maria'));
    const about = {
      actor: { kind: 'user', id: user.id },
      subject: user.id,
      origin: ORIGIN,
    } as const;
    const entered = await enteredBy(store, async () => {
      await repository.endOwnSession({ ...acting, sessionId: 'two' });
      await repository.endOwnSession({ ...acting, sessionId: 'two' });
      await repository.endOtherSessions(acting);
      await repository.recordRefusal({ name: 'user.password_change_failed', ...about });
      await repository.changeOwnPassword({
        ...acting,
        attempt,
        checkedHash: hashOf('first'),
        passwordHash: hashOf('second'),
        passwordKind: KIND,
        sessionId: 'fresh',
        lifetimes: LIFETIMES,
      });
    });
    assert.deepEqual(entered, [
      'user 1: session.ended, ended_by_user, on 1',
      'user 1: session.ended, others_ended_by_user, on 1, 1 ended',
      'user 1: user.password_change_failed, on 1',
      'user 1: user.password_changed, on 1, 1 ended',
    ]);
  });

  test('a row says when, from where and with what program', async (store) => {
    const user = await addUser(store, 'maria');
    store.advanceMs(1_234);
    await openSession(store, user);
    const row = (await allOf(store)).at(-1);
    assert.deepEqual(row, {
      id: 2,
      atMs: store.nowMs(),
      name: 'session.signed_in',
      actorKind: 'user',
      actorId: '1',
      subject: '1',
      sessionId: ID,
      accessTokenId: null,
      nameHash: null,
      reason: null,
      endedSessions: null,
      address: ADDRESS,
      requestId: ORIGIN.requestId,
      userAgent: ORIGIN.userAgent,
    });
  });
}

function auditsSessions(test: StoreTest): void {
  test('the trail has each rotation, retry, replay and refusal', async (store) => {
    const { repository } = store;
    await openSession(store, await addUser(store, 'maria'));
    const rotate = (generation: number) =>
      repository.rotateRefreshToken(rotationInput(ID, generation));
    const entered = await enteredBy(store, async () => {
      await rotate(1);
      await rotate(1);
      await rotate(2);
      await rotate(1);
      await rotate(3);
    });
    assert.deepEqual(entered, [
      'user 1: session.refreshed, on 1',
      'user 1: session.refresh_retried, on 1',
      'user 1: session.refreshed, on 1',
      'anonymous: session.refresh_reused, superseded, on 1',
      'anonymous: session.refresh_failed, session_not_live, on 1',
    ]);
    const rows = await allOf(store);
    assert.ok(rows.slice(2).every((row) => row.sessionId === ID && row.address === '203.0.113.9'));
  });

  test('the trail has each end of a session, and the replay that ended one', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    for (const sessionId of ['one', 'two', 'three']) await openSession(store, user, { sessionId });
    await repository.rotateRefreshToken(rotationInput('three', 1));
    await repository.rotateRefreshToken(rotationInput('three', 2));
    const by = { actor: { kind: 'user', id: user.id }, origin: ORIGIN } as const;
    const byToken = { generation: 1, graceSeconds: 30, origin: ORIGIN };
    const entered = await enteredBy(store, async () => {
      await repository.endSession({ sessionId: 'one', reason: 'signed_out', by });
      await repository.endSession({ sessionId: 'one', reason: 'signed_out', by });
      await repository.endSessionByRefreshToken({ sessionId: 'two', ...byToken });
      await repository.endSessionByRefreshToken({ sessionId: 'two', ...byToken });
      await repository.endSessionByRefreshToken({ sessionId: 'three', ...byToken });
    });
    assert.deepEqual(entered, [
      'user 1: session.ended, signed_out, on 1',
      'user 1: session.ended, signed_out, on 1',
      'anonymous: session.refresh_reused, at_sign_out, on 1',
    ]);
  });

  test('of fifty refreshes at once each has its row, and ids are never shared', async (store) => {
    await openSession(store, await addUser(store, 'maria'));
    const calls = Array.from({ length: 50 }, () =>
      callOf('rotateRefreshToken', rotationInput(ID, 1)),
    );
    resultsOf(await store.contend(dealOut(calls)));
    const rows = await allOf(store);
    const count = (name: string) => rows.filter((row) => row.name === name).length;
    assert.equal(count('session.refreshed'), 1);
    assert.equal(count('session.refresh_retried'), 49);
    assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
  });
}

function auditsAccessTokens(test: StoreTest): void {
  test('the trail has each token that is made, rotated and deleted, and by whom', async (store) => {
    const { repository } = store;
    const by = { actor: { kind: 'access_token', id: 9 }, origin: ORIGIN } as const;
    const entered = await enteredBy(store, async () => {
      const { id } = await repository.createAccessToken(accessTokenInput('ci'));
      const secretHash = tokenHashOf('next');
      await repository.rotateAccessToken({ id, secretHash, by });
      await repository.deleteAccessToken({ id, by });
      await repository.deleteAccessToken({ id, by });
      await repository.rotateAccessToken({ id, secretHash, by });
      const input = accessTokenInput('short', { expiresInSeconds: 1 });
      const short = await repository.createAccessToken(input);
      store.advanceMs(1_000);
      await repository.rotateAccessToken({ id: short.id, secretHash, by });
      await repository.recordAccessTokenUses([{ id: short.id, secretHash, usedAtMs: 1 }]);
    });
    assert.deepEqual(entered, [
      'admin: access_token.created, token 1',
      'access_token 9: access_token.rotated, token 1',
      'access_token 9: access_token.deleted, token 1',
      'admin: access_token.created, token 2',
    ]);
  });

  test('the trail has a restore, and each suspended token that is accepted', async (store) => {
    const { repository } = store;
    for (const name of ['one', 'two']) await repository.createAccessToken(accessTokenInput(name));
    await openSession(store, await addUser(store, 'maria'));
    const entered = await enteredBy(store, async () => {
      await repository.concludeRestore({ suspendsAccessTokens: true, by: {} });
      await repository.acceptSuspendedAccessTokens({ by: {} });
      await repository.acceptSuspendedAccessTokens({ by: {} });
      await repository.concludeRestore({ suspendsAccessTokens: false, by: {} });
    });
    assert.deepEqual(entered, [
      'server: database.restored, access_tokens_suspended, 1 ended',
      'server: access_token.accepted, token 1',
      'server: access_token.accepted, token 2',
      'server: database.restored, revocations_carried_over, 0 ended',
    ]);
  });
}

function auditsIdentities(test: StoreTest): void {
  test('a sign-in by a provider enters what came of it, and who did it', async (store) => {
    const { repository } = store;
    await addUser(store, 'bert@example.com');
    const bert = { email: 'bert@example.com' };
    const entered = await enteredBy(store, async () => {
      await repository.signInByIdentity(identityInput('1'));
      await repository.signInByIdentity(identityInput('1'));
      await repository.signInByIdentity(identityInput('2', bert));
      await repository.signInByIdentity(identityInput('3', bert));
    });
    assert.deepEqual(entered, [
      'user 2: user.created, google, on 2',
      'user 2: session.signed_in, google, on 2',
      'user 2: session.signed_in, google, on 2',
      'user 1: user.identity_linked, google, on 1',
      'user 1: session.signed_in, google, on 1',
    ]);
  });
}

function auditsRefusals(test: StoreTest): void {
  test('a thousand limited attempts in a minute are one row for each counter', async (store) => {
    store.advanceMs(30_000);
    const entered = await enteredBy(store, async () => {
      for (const address of [ADDRESS, '203.0.113.1']) {
        for (let n = 0; n < 5; n += 1) await reserve(store, accountOf('maria'), address);
        const input = attemptInput(accountOf('maria'), address);
        const attempts = Array.from({ length: 1_000 }, () =>
          store.repository.reserveLoginAttempt(input),
        );
        await Promise.all(attempts);
      }
    });
    const row = 'anonymous: sign_in.limited, account';
    assert.deepEqual(entered, [row, row]);
    store.advanceMs(40_000);
    const input = attemptInput(accountOf('maria'));
    const later = await enteredBy(store, () => store.repository.reserveLoginAttempt(input));
    assert.deepEqual(later, [row], 'the next minute has its own');
  });

  const noise = ['bearer.rejected', 'local_call.refused', 'sign_in.busy', 'bearer.denied'] as const;
  const more = ['session.refresh_failed', 'sign_in.provider_refused'] as const;
  for (const name of [...noise, ...more] as const) {
    test(`a thousand times ${name} in a minute are one row for each key`, async (store) => {
      const refuse = (address: string, accessTokenId: number) =>
        store.repository.recordRefusal({ name, origin: originAt(address), accessTokenId });
      const entered = await enteredBy(store, async () => {
        const refusals = Array.from({ length: 1_000 }, () => refuse(ADDRESS, 1));
        await Promise.all(refusals);
        await refuse('203.0.113.1', 2);
      });
      assert.equal(entered.length, 2);
    });
  }

  test('a flood from ever new addresses fills its bound and not the disk', async (store) => {
    const name = 'bearer.rejected';
    const refuse = (n: number) =>
      store.repository.recordRefusal({ name, origin: originAt(`2001:db8:0:${n}::/64`) });
    // Seventy at once: of a thousand some are refused for the load they are, and leave no row.
    for (let from = 0; from < MAX_ONCE_ROWS_PER_MINUTE + 200; from += 70) {
      await Promise.all(Array.from({ length: 70 }, (_, n) => refuse(from + n)));
    }
    assert.equal((await allOf(store)).length, MAX_ONCE_ROWS_PER_MINUTE);
    await store.repository.recordRefusal({ name: 'sign_in.busy', origin: ORIGIN });
    assert.equal((await allOf(store)).at(-1)?.name, 'sign_in.busy', 'others have their own bound');
  });

  test('each failed sign-in has its row, with the hash of the name that was tried', async (store) => {
    const name = 'session.sign_in_failed';
    const failure = { name, origin: ORIGIN, nameHash: 'h', reason: 'unknown_user' } as const;
    for (let n = 0; n < 3; n += 1) await store.repository.recordRefusal(failure);
    await store.repository.recordRefusal({
      name: 'admin.sign_in_failed',
      origin: ORIGIN,
      subject: 'admin',
    });
    const rows = await allOf(store);
    assert.deepEqual(rows.map(shortOf), [
      ...Array(3).fill('anonymous: session.sign_in_failed, unknown_user'),
      'anonymous: admin.sign_in_failed, on admin',
    ]);
    assert.equal(rows[0]?.nameHash, 'h');
  });
}

function auditsAllOrNothing(test: StoreTest): void {
  test('a transition that fails leaves no row', async (store) => {
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    const attempt = await reserve(store, accountOf('maria'));
    const entered = await enteredBy(store, async () => {
      await assert.rejects(store.repository.signInUser(signInInput(attempt, user)));
      await store.repository.createAccessToken(accessTokenInput('ci'));
      await assert.rejects(store.repository.createAccessToken(accessTokenInput('ci')));
    });
    assert.deepEqual(entered, ['admin: access_token.created, token 1']);
  });

  test('a change whose row cannot be written does not happen', async (store) => {
    const user = await addUser(store, 'maria');
    await openSession(store, user);
    await store.sql('alter table audit_events rename to audit_events_away');
    const end = { sessionId: ID, reason: 'signed_out', by: BY } as const;
    await assert.rejects(store.repository.endSession(end));
    await assert.rejects(store.repository.rotateRefreshToken(rotationInput(ID, 1)));
    assert.equal((await store.repository.findSession(ID))?.endedAtMs, null);
    await store.sql('alter table audit_events_away rename to audit_events');
    assert.equal(await store.repository.endSession(end), 'ended');
  });
}

function readsTheTrail(test: StoreTest): void {
  test('the trail is read by name and subject, from its end and from anywhere', async (store) => {
    const { repository } = store;
    for (const name of ['a', 'b', 'c'])
      await openSession(store, await addUser(store, name), { sessionId: name });
    const idsOf = (rows: AuditRecord[]) => rows.map((row) => row.id);
    const name: SecurityEventName = 'session.signed_in';
    const newest = repository.listNewestAuditEvents;
    assert.deepEqual(idsOf(await newest({ limit: 2 })), [6, 5]);
    assert.deepEqual(idsOf(await newest({ limit: 9, name })), [6, 4, 2]);
    assert.deepEqual(idsOf(await newest({ limit: 9, subject: '2' })), [4, 3]);
    assert.deepEqual(idsOf(await newest({ limit: 9, subject: '2', name })), [4]);
    const after = repository.listAuditEventsAfter;
    assert.deepEqual(idsOf(await after({ afterId: 3, limit: 2 })), [4, 5]);
    assert.deepEqual(idsOf(await after({ afterId: 2, limit: 9, name })), [4, 6]);
  });

  test('a span of time is read in pages, without its end and in the order of time', async (store) => {
    const startMs = store.nowMs();
    for (let n = 0; n < 3; n += 1) {
      await addUser(store, `early ${n}`);
      await addUser(store, `also early ${n}`);
      store.advanceMs(1_000);
    }
    const untilMs = startMs + 2_000;
    const ids: number[] = [];
    let after: { atMs: number; id: number } | null = { atMs: startMs, id: 0 };
    while (after !== null) {
      const input = { after, untilMs, limit: 3 };
      const look = await store.repository.listAuditEventsBetween(input);
      ids.push(...look.records.map((row) => row.id));
      after = look.lookedTo;
    }
    assert.deepEqual(ids, [1, 2, 3, 4]);
  });
}

function keepsForItsTime(test: StoreTest): void {
  test('an event goes when its time is over and not before, a few at a time', async (store) => {
    const keptMs = 400 * DAY_MS;
    for (let n = 0; n < 5; n += 1) await addUser(store, `user ${n}`);
    const purge = () => store.repository.purgeAuditEvents({ keptMs, limit: 2 });
    store.advanceMs(keptMs);
    assert.equal(await purge(), 0);
    await addUser(store, 'late');
    store.advanceMs(1);
    assert.deepEqual([await purge(), await purge(), await purge(), await purge()], [2, 2, 1, 0]);
    assert.deepEqual(
      (await allOf(store)).map((row) => row.id),
      [6],
    );
    const left = await store.sql("select name from settings where name like 'audit%'");
    assert.deepEqual(left, [], 'nothing may be deleted between purges');
  });

  test('an id is not given again when the newest rows are gone', async (store) => {
    await addUser(store, 'maria');
    store.advanceMs(2 * DAY_MS);
    assert.equal(await store.repository.purgeAuditEvents({ keptMs: DAY_MS, limit: 9 }), 1);
    await addUser(store, 'bert');
    assert.deepEqual(
      (await allOf(store)).map((row) => row.id),
      [2],
    );
  });
}
