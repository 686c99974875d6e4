/** Conformance: what operators do to users and sessions is in the audit trail. */

import assert from 'node:assert/strict';
import { enteredBy } from './conformance-audit.ts';
import { importInput, incoming } from './conformance-transfers.ts';
import {
  accessTokenInput,
  accountOf,
  addUser,
  BY,
  ORIGIN,
  openSession,
  tokenHashOf,
  userInput,
} from './samples.ts';
import type { OpenStore } from './store.ts';
import { testsWith } from './with-store.ts';

const WITH_TOKEN = { actor: { kind: 'access_token', id: 7 }, origin: ORIGIN } as const;

export function conformsInOperationsAudit(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('the trail has each change of an access token that happened', async (store) => {
    const { repository } = store;
    const { id } = await repository.createAccessToken(accessTokenInput('ci'));
    const change = { id, by: WITH_TOKEN };
    const entered = await enteredBy(store, async () => {
      await repository.changeAccessToken({ ...change, name: 'nightly' });
      await repository.changeAccessToken({ ...change, name: 'nightly' });
      await repository.changeAccessToken({ ...change, expectedVersion: 1, name: 'stale' });
      await repository.endAccessTokenOverlap(change);
      const next = { ...change, secretHash: tokenHashOf('next') };
      await repository.rotateAccessToken({ ...next, overlapSeconds: 60 });
      await repository.endAccessTokenOverlap({ ...change, expectedVersion: 1 });
      await repository.endAccessTokenOverlap(change);
      await repository.endAccessTokenOverlap(change);
      await repository.rotateAccessToken({ ...next, expectedVersion: 1 });
      await repository.deleteAccessToken({ ...change, expectedVersion: 1 });
      await repository.changeAccessToken({ ...change, id: 99, name: 'none' });
    });
    assert.deepEqual(entered, [
      'access_token 7: access_token.changed, token 1',
      'access_token 7: access_token.rotated, with_overlap, token 1',
      'access_token 7: access_token.overlap_ended, token 1',
    ]);
  });

  test('the trail has each change of a user, with the sessions it ended', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    await addUser(store, 'bert');
    await openSession(store, user);
    const change = { userId: user.id, expectedVersion: null, mayTouchAdmins: true, by: BY };
    const entered = await enteredBy(store, async () => {
      await repository.changeUser({ ...change, isEnabled: false });
      await repository.changeUser({ ...change, isEnabled: false });
      await repository.changeUser({ ...change, expectedVersion: 1, isEnabled: true });
      await repository.changeUser({ ...change, isEnabled: true, role: 'ADMIN' });
      await repository.changeUser({ ...change, userId: 99, isEnabled: true });
      await repository.changeUser({ ...change, userId: 2, role: 'ADMIN' });
      await repository.changeUser({ ...change, role: 'STANDARD' });
      await openSession(store, user, { sessionId: 'another' });
      await repository.deleteUser({ ...change, accountKey: accountOf('maria') });
      await repository.deleteUser({ ...change, accountKey: accountOf('maria') });
    });
    assert.deepEqual(entered, [
      'admin: user.disabled, on 1, 1 ended',
      'admin: user.role_changed, to_admin, on 1',
      'admin: user.enabled, on 1',
      'admin: user.role_changed, to_admin, on 2',
      'admin: user.role_changed, to_standard, on 1',
      'user 1: session.signed_in, on 1',
      'admin: user.deleted, on 1, 1 ended',
    ]);
    const kept = await repository.listNewestAuditEvents({ subject: '1', limit: 99 });
    assert.equal(kept.length, 8, 'the rows of a deleted user stay');
  });

  test('the trail has each end that an operator puts to sessions', async (store) => {
    const { repository } = store;
    const user = await addUser(store, 'maria');
    for (const sessionId of ['one', 'two', 'three']) await openSession(store, user, { sessionId });
    const acting = { mayTouchAdmins: false, by: WITH_TOKEN };
    const entered = await enteredBy(store, async () => {
      await repository.endManagedSession({ ...acting, sessionId: 'one' });
      await repository.endManagedSession({ ...acting, sessionId: 'one' });
      await repository.endSessionsOfUser({ ...acting, userId: user.id });
      await repository.endSessionsOfUser({ ...acting, userId: 99 });
    });
    assert.deepEqual(entered, [
      'access_token 7: session.ended, ended_by_operator, on 1',
      'access_token 7: session.ended, ended_by_operator, on 1, 2 ended',
    ]);
  });

  test('refused operations are one row for each of actor, user, reason and minute', async (store) => {
    const { repository } = store;
    const created = await repository.createUser({ ...userInput('maria'), role: 'ADMIN' });
    assert.ok(created.outcome === 'created');
    const { user } = created;
    await openSession(store, user);
    const forbidden = { userId: user.id, expectedVersion: null, mayTouchAdmins: false } as const;
    const accountKey = accountOf('maria');
    const entered = await enteredBy(store, async () => {
      const last = { ...forbidden, mayTouchAdmins: true, by: BY };
      await repository.changeUser({ ...last, isEnabled: false });
      await repository.changeUser({ ...last, role: 'STANDARD' });
      await repository.deleteUser({ ...last, accountKey });
      const denied = { ...forbidden, by: WITH_TOKEN };
      await repository.changeUser({ ...denied, isEnabled: false });
      await repository.deleteUser({ ...denied, accountKey });
      await repository.endSessionsOfUser(denied);
      await repository.endManagedSession({ ...denied, sessionId: 'session-1' });
    });
    assert.deepEqual(entered, [
      'admin: operation.refused, last_admin, on 1',
      'access_token 7: operation.refused, permission_denied, on 1',
    ]);
  });

  test('the trail has each user who was imported, and each export', async (store) => {
    const entered = await enteredBy(store, async () => {
      await store.repository.importUsers(importInput(incoming('anna'), incoming('bert')));
      await store.repository.importUsers(importInput(incoming('anna')));
      await store.repository.checkUsers(importInput(incoming('carl')));
      await store.repository.recordUserExport({ by: BY });
    });
    assert.deepEqual(entered, [
      'admin: user.created, imported, on 1',
      'admin: user.created, imported, on 2',
      'admin: users.exported',
    ]);
  });
}
