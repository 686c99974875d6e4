/** No statement that runs while people wait reads a whole table. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { USER_SORTS } from '../../src/core/operations-repository.ts';
import {
  accessTokenInput,
  accountOf,
  addUser,
  adminInput,
  attemptInput,
  BY,
  DAY_MS,
  hashOf,
  KIND,
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
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';
import { tapConnections } from './tapped-connections.ts';

/**
 * Statements that read all rows because they are asked for all, or run once at a start. What is
 * scanned is named, so that nothing else in them may be.
 */
const SCANS_ALLOWED: Record<string, RegExp> = {
  'select "id", "public_id"': /access_tokens/,
  'select "kind" from "password_kinds"': /password_kinds/,
  'delete from "password_kinds"': /password_kinds/,
  'select "id" from "admins" union all': /admins|users|access_tokens|\bu\b|\bt\b/,
  'select 1 from settings': /settings/,
  // Statistics: whole tables are counted by their pages, over the narrowest index there is.
  'select count(*) as "count" from "users"': /SCAN users USING COVERING INDEX/,
  'select count(*) as "count" from "sessions"': /SCAN sessions USING COVERING INDEX/,
  'select count(*) as "count" from "access_tokens"': /USING COVERING INDEX access_tokens/,
};
/** Ends the sessions of everybody: only `params renew` does. */
const ENDS_EVERYTHING =
  'update "sessions" set "ended_at_ms" = ?, "end_reason" = ? where "ended_at_ms" is null';
/** Housekeeping's, once a minute, over an index and at most some more than a million rows. */
const COUNTS_COUNTERS = 'select count(*) as "count" from "failure_counters"';

async function useEveryMethod(store: SqliteStore): Promise<void> {
  const { repository } = store;
  await repository.adoptDatabase({ paramsFingerprint: 'ours', authEnabledAtFirst: true });
  await repository.inspectDatabase();
  await repository.inspectMove();
  await repository.ping();
  await repository.isAuthEnabled();
  await repository.setAuthEnabled({ isEnabled: true, by: BY });
  await repository.createOnlyAdmin(adminInput('admin'));
  await repository.findAdmin();
  const attempt = await reserve(store, 'admin');
  await repository.signInAdmin({
    attempt,
    checkedHash: hashOf('admin'),
    upgradedHash: null,
    origin: ORIGIN,
  });
  await repository.replaceAdminPassword({
    passwordHash: hashOf('next'),
    accountKey: 'admin',
    by: BY,
  });
  const user = await addUser(store, 'maria');
  await repository.findUserByKey(newPasswordInput('maria', 'x').usernameKey);
  await repository.listUsers({ afterId: 0, limit: 10 });
  await repository.listPasswordKinds();
  await repository.withdrawLoginAttempt(await reserve(store, accountOf('maria')));
  await openSession(store, user);
  await repository.rotateRefreshToken(rotationInput('session-1', 1));
  await repository.findSession('session-1');
  await repository.endSessionByRefreshToken({
    sessionId: 'session-1',
    generation: 1,
    graceSeconds: 30,
    origin: ORIGIN,
  });
  await repository.endSession({ sessionId: 'session-1', reason: 'signed_out', by: BY });
  await repository.replacePasswordAndEndSessions(newPasswordInput('maria', 'second'));
  const acting = { userId: user.id, actingSessionId: 'session-2', origin: ORIGIN };
  await openSession(store, user, { sessionId: 'session-2', password: 'second' });
  await repository.listLiveSessions({ userId: user.id, limit: 10 });
  await repository.endOwnSession({ ...acting, sessionId: 'session-1' });
  await repository.endOtherSessions(acting);
  await repository.changeOwnPassword({
    ...acting,
    ...signInInput(await reserve(store, accountOf('maria')), user, { sessionId: 'session-3' }),
    checkedHash: hashOf('second'),
    passwordHash: hashOf('third'),
    passwordKind: KIND,
  });
  await useOperations(store, user.id);
  const { id, publicId } = await repository.createAccessToken(accessTokenInput('ci'));
  await repository.listAccessTokens();
  await repository.findAccessToken(publicId);
  await repository.findAccessTokenById(id);
  await repository.rotateAccessToken({ id, secretHash: tokenHashOf('next'), by: BY });
  await repository.recordAccessTokenUses([{ id, usedAtMs: 1 }]);
  await repository.deleteAccessToken({ id, by: BY });
  await repository.reserveLoginAttempt(attemptInput(accountOf('maria')));
  store.advanceMs(DAY_MS);
  await repository.purgeExpired(10);
  await repository.purgeOldestCounters({ keep: 0, limit: 10 });
  await useAuditTrail(store);
}

async function useOperations({ repository }: SqliteStore, userId: number): Promise<void> {
  await repository.findManagedUser(userId);
  await repository.findManagedUserByKey(keyOf('maria'));
  for (const sort of USER_SORTS) {
    const filters = [
      {},
      { role: 'STANDARD', isEnabled: true } as const,
      ...(sort.includes('username') ? [{ keyPrefix: keyOf('mar') }] : []),
    ];
    for (const filter of filters) {
      const page = await repository.listManagedUsers({ ...filter, sort, limit: 5 });
      const after = page.at(-1)?.cursor;
      assert.ok(after !== undefined);
      await repository.listManagedUsers({ ...filter, sort, after, limit: 5 });
    }
  }
  for (const ofUser of [{}, { userId }]) {
    for (const ofRole of [{}, { ownerRole: 'STANDARD' } as const]) {
      await repository.listManagedSessions({ ...ofUser, ...ofRole, limit: 5 });
    }
  }
  const acting = { expectedVersion: null, mayTouchAdmins: true, by: BY };
  const other = await repository.createUser({ ...userInput('anna'), role: 'ADMIN' });
  assert.ok(other.outcome === 'created');
  await repository.changeUser({ ...acting, userId: other.user.id, isEnabled: false });
  await repository.changeUser({ ...acting, userId: other.user.id, isEnabled: true });
  await repository.changeUser({ ...acting, userId: other.user.id, role: 'STANDARD' });
  const accountKey = accountOf('anna');
  await repository.deleteUser({ ...acting, userId: other.user.id, accountKey });
  await repository.endManagedSession({ ...acting, sessionId: 'session-3' });
  await repository.endSessionsOfUser({ ...acting, userId });
  await repository.countEverything();
}

async function useAuditTrail({ repository, nowMs, advanceMs }: SqliteStore): Promise<void> {
  await repository.recordRefusal({ name: 'bearer.rejected', origin: ORIGIN });
  for (const name of [undefined, 'user.created'] as const) {
    for (const subject of [undefined, '1']) {
      const filter = { ...(name && { name }), ...(subject && { subject }), limit: 5 };
      await repository.listNewestAuditEvents(filter);
      await repository.listAuditEventsAfter({ ...filter, afterId: 1 });
    }
  }
  const after = { atMs: 0, id: 0 };
  await repository.listAuditEventsBetween({ after, untilMs: nowMs(), limit: 5 });
  advanceMs(DAY_MS);
  await repository.purgeAuditEvents({ keptMs: 1, limit: 5 });
}

function planOf(file: string, sql: string): string[] {
  const connection = new BetterSqlite3(file);
  try {
    const query = connection.prepare(`explain query plan ${sql}`);
    const parameters = sql
      .split('?')
      .slice(1)
      .map(() => 1);
    const steps = query.all(...parameters) as { detail: string }[];
    return steps.map((step) => step.detail);
  } finally {
    connection.close();
  }
}

function scansOf(file: string, sql: string): string[] {
  const isAllowed = Object.entries(SCANS_ALLOWED).find(([start]) => sql.startsWith(start))?.[1];
  return planOf(file, sql)
    .filter((detail) => /\bSCAN\b/.test(detail) && !/SCAN CONSTANT ROW/.test(detail))
    .filter((detail) => isAllowed?.test(detail) !== true);
}

test('no statement but the few that mean all rows scans a table', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const tap = tapConnections();
  t.after(() => tap.remove());
  await useEveryMethod(store);
  const queries = [...tap.statements].filter((sql) => /^(select|insert|update|delete)/.test(sql));
  assert.ok(queries.length > 35, `only ${queries.length} statements were seen`);
  tap.remove();
  const scans = queries
    .filter((sql) => sql !== ENDS_EVERYTHING && sql !== COUNTS_COUNTERS)
    .flatMap((sql) => scansOf(store.file, sql).map((detail) => `${detail}: ${sql}`));
  assert.deepEqual(scans, []);
});

test('the check of query plans sees a scan where there is one', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  assert.equal(scansOf(store.file, 'select id from sessions where last_address = ?').length, 1);
});

/** Each with the ends of its range, so that a later page costs no more than the first one. */
const LISTING_PLANS = [
  /users USING INDEX users_by_id \(role=\? AND is_enabled=\? AND id[<>]\?\)/,
  /users USING INDEX users_by_username \(role=\? AND is_enabled=\? AND username_key>\? AND username_key<\?\)/,
  /users USING INDEX users_by_creation \(role=\? AND is_enabled=\? AND created_at_ms[<>]\?\)/,
  /users USING INDEX users_by_creation \(role=\? AND is_enabled=\? AND created_at_ms=\? AND id[<>]\?\)/,
  /users USING INDEX users_by_last_sign_in \(role=\? AND is_enabled=\? AND <expr>[<>]\?\)/,
  /users USING INDEX users_by_last_sign_in \(role=\? AND is_enabled=\? AND <expr>=\? AND id[<>]\?\)/,
  /sessions USING INDEX sessions_unended \(\(created_at_ms,id\)<\(\?,\?\)\)/,
  /sessions USING INDEX sessions_unended_by_user \(user_id=\? AND \(created_at_ms,id\)<\(\?,\?\)\)/,
];

test('every page of users and sessions is one range of an index, in its order', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const tap = tapConnections();
  t.after(() => tap.remove());
  const user = await addUser(store, 'maria');
  await useOperations(store, user.id);
  const listings = [...tap.statements].filter((sql) =>
    /^select .* order by .* limit \?$/.test(sql),
  );
  tap.remove();
  assert.equal(listings.length, 12 + 4);
  const plans = listings.map((sql) => planOf(store.file, sql));
  for (const plan of LISTING_PLANS) {
    assert.ok(
      plans.some((steps) => steps.some((step) => plan.test(step))),
      `${plan}`,
    );
  }
  for (const [index, steps] of plans.entries()) {
    const isRange = steps.some((step) => LISTING_PLANS.some((plan) => plan.test(step)));
    assert.ok(isRange, `${steps.join('; ')}: ${listings[index]}`);
    assert.ok(!steps.some((step) => step.includes('TEMP B-TREE')), steps.join('; '));
  }
});
