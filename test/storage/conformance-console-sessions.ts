/** Conformance: sessions of the console live as long as what they were opened under, and no longer. */

import assert from 'node:assert/strict';
import {
  CONSOLE_IDLE_MS,
  CONSOLE_MAX_AGE_MS,
  CONSOLE_TOUCH_MS,
  MAX_CONSOLE_SESSIONS,
} from '../../src/core/console-liveness.ts';
import type { ConsoleHolder } from '../../src/core/console-sessions-repository.ts';
import type { ConsoleSecretHash } from '../../src/core/ports.ts';
import type { Repository, UserRecord } from '../../src/core/repository.ts';
import { enteredBy } from './conformance-audit.ts';
import {
  ADDRESS,
  accountOf,
  adminInput,
  attemptInput,
  BY,
  hashOf,
  KIND,
  LIFETIMES,
  newPasswordInput,
  ORIGIN,
  openSession,
  reserve,
  userInput,
} from './samples.ts';
import { callOf, dealOut, type OpenStore, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

export function conformsInConsoleSessions(openStore: OpenStore): void {
  const test = testsWith(openStore);
  livesAndExpires(test);
  endsWithItsHolder(test);
  isBounded(test);
  survivesTheClock(test);
  isConfirmed(test);
}

export const ADMIN: ConsoleHolder = { kind: 'admin' };
const secretOf = (id: string) => `secret of ${id}` as ConsoleSecretHash;

export async function addManager(store: Store, name = 'maria'): Promise<UserRecord> {
  const created = await store.repository.createUser({ ...userInput(name), role: 'ADMIN' });
  if (created.outcome !== 'created') throw new Error(`${name} was taken`);
  return created.user;
}

export async function openInput(
  store: Store,
  holder: ConsoleHolder,
  sessionId: string,
  more: { password?: string; upgraded?: string } = {},
): Promise<Parameters<Repository['openConsoleSession']>[0]> {
  const { password = 'first', upgraded } = more;
  const accountKey = holder.kind === 'admin' ? 'admin' : accountOf('maria');
  return {
    attempt: await reserve(store, accountKey, ADDRESS, { perAddress: 999, perAccount: 999 }),
    holder,
    checkedHash: hashOf(password),
    upgradedHash: upgraded === undefined ? null : hashOf(upgraded),
    upgradedKind: upgraded === undefined ? null : 'argon2id:new',
    sessionId,
    secretHash: secretOf(sessionId),
    origin: ORIGIN,
  };
}

export async function openConsole(store: Store, holder: ConsoleHolder, sessionId = 'c1') {
  const opened = await store.repository.openConsoleSession(
    await openInput(store, holder, sessionId),
  );
  assert.equal(opened.outcome, 'opened');
}

const find = async (store: Store, sessionId = 'c1') =>
  (await store.repository.findConsoleSession(secretOf(sessionId)))?.session ?? null;
const isLive = async (store: Store, sessionId = 'c1') => (await find(store, sessionId)) !== null;

/** The built-in admin and one user with the role ADMIN, each with a console session. */
async function openBoth(store: Store): Promise<UserRecord> {
  await store.repository.createOnlyAdmin(adminInput('first'));
  const user = await addManager(store);
  await openConsole(store, ADMIN, 'of admin');
  await openConsole(store, { kind: 'user', userId: user.id }, 'of maria');
  return user;
}

function livesAndExpires(test: StoreTest): void {
  test('an opened console session says whose it is, and no other secret finds it', async (store) => {
    const user = await openBoth(store);
    const common = { address: ADDRESS, userAgent: ORIGIN.userAgent };
    const [admin, maria] = [await find(store, 'of admin'), await find(store, 'of maria')];
    assert.ok(admin !== null && maria !== null);
    assert.deepEqual(admin, {
      ...common,
      sessionId: 'of admin',
      holder: ADMIN,
      username: 'admin',
      createdAtMs: admin.createdAtMs,
      lastSeenAtMs: admin.createdAtMs,
      passwordEnteredAtMs: admin.createdAtMs,
      expiresAtMs: admin.createdAtMs + CONSOLE_MAX_AGE_MS,
    });
    assert.deepEqual(maria.holder, { kind: 'user', userId: user.id });
    assert.equal(maria.username, 'maria');
    assert.equal(await store.repository.findConsoleSession(secretOf('other')), null);
    assert.equal(
      await store.repository.findConsoleSession('of maria' as ConsoleSecretHash),
      null,
      'its id opened it',
    );
    const listed = await store.repository.listConsoleSessions({ limit: 9 });
    assert.deepEqual(listed.map(({ sessionId }) => sessionId).sort(), ['of admin', 'of maria']);
  });

  test('a console session that is not used ends, and so does one that is', async (store) => {
    await openBoth(store);
    store.advanceMs(CONSOLE_IDLE_MS - 2_000);
    await store.repository.touchConsoleSession('of maria');
    store.advanceMs(2_000);
    assert.equal(await isLive(store, 'of admin'), false);
    assert.equal(await isLive(store, 'of maria'), true);
    await store.repository.touchConsoleSession('of admin');
    assert.equal(await isLive(store, 'of admin'), false, 'a late use brought it back');
    const left = await store.repository.listConsoleSessions({ limit: 9 });
    assert.deepEqual(
      left.map(({ sessionId }) => sessionId),
      ['of maria'],
    );
    for (let hour = 0; hour < 11; hour += 1) {
      store.advanceMs(CONSOLE_IDLE_MS - 5_000);
      await store.repository.touchConsoleSession('of maria');
    }
    assert.equal(await isLive(store, 'of maria'), true);
    store.advanceMs(CONSOLE_MAX_AGE_MS - 11 * (CONSOLE_IDLE_MS - 5_000) - CONSOLE_IDLE_MS);
    assert.equal(await isLive(store, 'of maria'), false);
  });

  test('uses are written once a minute', async (store) => {
    await openBoth(store);
    const opened = (await find(store, 'of maria'))?.lastSeenAtMs ?? 0;
    store.advanceMs(CONSOLE_TOUCH_MS - 5_000);
    await store.repository.touchConsoleSession('of maria');
    assert.equal((await find(store, 'of maria'))?.lastSeenAtMs, opened);
    store.advanceMs(5_000);
    await store.repository.touchConsoleSession('of maria');
    const touched = (await find(store, 'of maria'))?.lastSeenAtMs ?? 0;
    assert.ok(touched >= opened + CONSOLE_TOUCH_MS);
  });

  test('who may have none gets none', async (store) => {
    const { repository } = store;
    const open = async (holder: ConsoleHolder, password: string) =>
      (await repository.openConsoleSession(await openInput(store, holder, 'c', { password })))
        .outcome;
    assert.equal(await open(ADMIN, 'first'), 'credentials_changed', 'there is no admin');
    await repository.createOnlyAdmin(adminInput('first'));
    assert.equal(await open(ADMIN, 'other'), 'credentials_changed');
    const user = await addManager(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    assert.equal(await open(holder, 'other'), 'credentials_changed');
    assert.equal(await open({ kind: 'user', userId: 99 }, 'first'), 'credentials_changed');
    await store.sql("update users set role = 'STANDARD'");
    assert.equal(await open(holder, 'first'), 'credentials_changed');
    await store.sql("update users set role = 'ADMIN', is_enabled = 0");
    assert.equal(await open(holder, 'first'), 'credentials_changed');
    assert.deepEqual(await repository.listConsoleSessions({ limit: 9 }), []);
  });

  test('expired console sessions are purged, and no others', async (store) => {
    await openBoth(store);
    store.advanceMs(CONSOLE_MAX_AGE_MS - 5_000);
    await store.repository.purgeExpired(100);
    const count = async () =>
      Number((await store.sql('select count(*) as count from console_sessions'))[0]?.count);
    assert.equal(await count(), 2);
    store.advanceMs(5_001);
    assert.ok((await store.repository.purgeExpired(1)) > 0);
    assert.equal(await count(), 1);
    await store.repository.purgeExpired(1);
    assert.equal(await count(), 0);
  });
}

/** What ends the sessions of a user, and whose else. */
const ENDS: [
  what: string,
  end: (repository: Repository, user: UserRecord, store: Store) => Promise<unknown>,
  left: string[],
][] = [
  [
    'disabling the user, who is enabled again',
    async ({ changeUser }, { id }) => {
      const change = { userId: id, expectedVersion: null, mayTouchAdmins: true, by: BY };
      assert.equal((await changeUser({ ...change, isEnabled: false })).outcome, 'changed');
      assert.equal((await changeUser({ ...change, isEnabled: true })).outcome, 'changed');
    },
    ['of admin'],
  ],
  [
    'taking the role away and giving it back',
    async ({ changeUser }, { id }) => {
      const change = { userId: id, expectedVersion: null, mayTouchAdmins: true, by: BY };
      assert.equal((await changeUser({ ...change, role: 'STANDARD' })).outcome, 'changed');
      assert.equal((await changeUser({ ...change, role: 'ADMIN' })).outcome, 'changed');
    },
    ['of admin'],
  ],
  [
    'deleting the user',
    async ({ deleteUser }, { id }) => {
      const accountKey = accountOf('maria');
      const deletion = { userId: id, accountKey, expectedVersion: null, mayTouchAdmins: true };
      assert.equal((await deleteUser({ ...deletion, by: BY })).outcome, 'deleted');
    },
    ['of admin'],
  ],
  [
    'ending the sessions of the user',
    ({ endSessionsOfUser }, { id }) =>
      endSessionsOfUser({ userId: id, mayTouchAdmins: true, by: BY }),
    ['of admin'],
  ],
  [
    'a new password of the user, even the same one',
    ({ replacePasswordAndEndSessions }) =>
      replacePasswordAndEndSessions(newPasswordInput('maria', 'first')),
    ['of admin'],
  ],
  [
    'the user’s own change of password',
    async ({ changeOwnPassword }, user, store) => {
      await openSession(store, user, { sessionId: 'of theirs' });
      const changed = await changeOwnPassword({
        userId: user.id,
        actingSessionId: 'of theirs',
        origin: ORIGIN,
        attempt: await reserve(store, accountOf('maria')),
        checkedHash: hashOf('first'),
        passwordHash: hashOf('second'),
        passwordKind: KIND,
        sessionId: 'fresh',
        lifetimes: LIFETIMES,
      });
      assert.equal(changed.outcome, 'changed');
    },
    ['of admin'],
  ],
  [
    'the user’s end of all their other sessions',
    async ({ endOtherSessions }, user, store) => {
      await openSession(store, user, { sessionId: 'of theirs' });
      await endOtherSessions({ userId: user.id, actingSessionId: 'of theirs', origin: ORIGIN });
    },
    ['of admin'],
  ],
  [
    'a new password of the admin, even the same one',
    ({ replaceAdminPassword }) =>
      replaceAdminPassword({ ...adminInput('first'), accountKey: 'admin' }),
    ['of maria'],
  ],
  [
    'new parameters',
    ({ replaceParamsFingerprint }) =>
      replaceParamsFingerprint({ paramsFingerprint: 'new', by: {} }),
    [],
  ],
  [
    'a restore',
    ({ concludeRestore }) => concludeRestore({ suspendsAccessTokens: false, by: {} }),
    [],
  ],
];

function endsWithItsHolder(test: StoreTest): void {
  for (const [what, end, left] of ENDS) {
    test(`a console session ends with ${what}`, async (store) => {
      const user = await openBoth(store);
      // Or the last one could not be taken away.
      await addManager(store, 'another');
      await end(store.repository, user, store);
      const live = await store.repository.listConsoleSessions({ limit: 9 });
      assert.deepEqual(
        live.map(({ sessionId }) => sessionId),
        left,
      );
      for (const sessionId of ['of admin', 'of maria']) {
        assert.equal(await isLive(store, sessionId), left.includes(sessionId), sessionId);
      }
    });
  }

  /** As servers of a release that knows no console sessions do it. */
  const besides: [what: string, sql: string, left: string[]][] = [
    ['disabled', 'update users set is_enabled = 0', ['of admin']],
    ['demoted', "update users set role = 'STANDARD'", ['of admin']],
    ['without a password', 'update users set password_hash = null', ['of admin']],
    [
      'with another password',
      'update users set password_changed_at_ms = password_changed_at_ms + 1',
      ['of admin'],
    ],
    ['gone', 'delete from users', ['of admin']],
    ['reset as admin', 'update admins set token_generation = token_generation + 1', ['of maria']],
  ];
  for (const [what, sql, left] of besides) {
    test(`a console session opens nothing once its holder is ${what}, whoever did it`, async (store) => {
      await openBoth(store);
      await store.sql(sql);
      for (const sessionId of ['of admin', 'of maria']) {
        assert.equal(await isLive(store, sessionId), left.includes(sessionId), sessionId);
      }
      const live = await store.repository.listConsoleSessions({ limit: 9 });
      assert.deepEqual(
        live.map(({ sessionId }) => sessionId),
        left,
      );
    });
  }

  test('a console session that is ended is not live, and ends once', async (store) => {
    await openBoth(store);
    const end = { sessionId: 'of maria', reason: 'ended_by_operator', by: BY } as const;
    assert.equal(await store.repository.endConsoleSession(end), 'ended');
    assert.equal(await isLive(store, 'of maria'), false);
    assert.equal(await store.repository.endConsoleSession(end), 'not_live');
    store.advanceMs(CONSOLE_IDLE_MS);
    const late = { ...end, sessionId: 'of admin' };
    assert.equal(await store.repository.endConsoleSession(late), 'not_live');
  });

  test('none is left when sign-ins and a disabling in four processes meet', async (store) => {
    const user = await addManager(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    const inputs = await Promise.all(
      Array.from({ length: 24 }, (_, n) => openInput(store, holder, `c${n}`)),
    );
    const calls = inputs.map((input) => callOf('openConsoleSession', input));
    const disabling = callOf('changeUser', {
      userId: user.id,
      isEnabled: false,
      expectedVersion: null,
      mayTouchAdmins: true,
      by: BY,
    });
    await addManager(store, 'another');
    const results = (await store.contend(dealOut([...calls, disabling]))).flat();
    assert.ok(results.every((one) => 'result' in one));
    await store.sql('update users set is_enabled = 1');
    for (let n = 0; n < 24; n += 1) assert.equal(await isLive(store, `c${n}`), false);
  });
}

function isBounded(test: StoreTest): void {
  test('with one console session too many the oldest of that holder ends', async (store) => {
    const user = await openBoth(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    for (let n = 1; n < MAX_CONSOLE_SESSIONS; n += 1) {
      store.advanceMs(5);
      await openConsole(store, holder, `c${n}`);
    }
    assert.equal(await isLive(store, 'of maria'), true);
    store.advanceMs(5);
    const entered = await enteredBy(store, () => openConsole(store, holder, 'last'));
    assert.deepEqual(entered, [
      `user ${user.id}: session.signed_in, console, on ${user.id}`,
      `user ${user.id}: console.ended, too_many, on ${user.id}`,
    ]);
    assert.equal(await isLive(store, 'of maria'), false);
    assert.equal(await isLive(store, 'c1'), true);
    assert.equal(await isLive(store, 'of admin'), true);
    for (let n = 0; n < MAX_CONSOLE_SESSIONS; n += 1) {
      store.advanceMs(5);
      await openConsole(store, ADMIN, `admin ${n}`);
    }
    assert.equal(await isLive(store, 'of admin'), false);
    const live = await store.repository.listConsoleSessions({ limit: 99 });
    assert.equal(live.length, 2 * MAX_CONSOLE_SESSIONS);
  });
}

function survivesTheClock(test: StoreTest): void {
  test('a console session that is opened after the clock was set back is not the oldest', async (store) => {
    const user = await addManager(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    for (let n = 0; n < MAX_CONSOLE_SESSIONS; n += 1) await openConsole(store, holder, `c${n}`);
    await store.sql('update console_sessions set created_at_ms = created_at_ms + 60000');
    await openConsole(store, holder, 'a');
    assert.equal(await isLive(store, 'a'), true);
    const live = await store.repository.listConsoleSessions({ limit: 99 });
    assert.equal(live.length, MAX_CONSOLE_SESSIONS);
  });
}

function isConfirmed(test: StoreTest): void {
  test('a password that is entered again is said by that session alone', async (store) => {
    const user = await openBoth(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    await openConsole(store, holder, 'other');
    const before = await find(store, 'of maria');
    store.advanceMs(10_000);
    const input = await openInput(store, holder, 'of maria', { upgraded: 'first, stronger' });
    const confirmed = await store.repository.confirmConsoleSession(input);
    assert.ok(confirmed.outcome === 'confirmed' && before !== null);
    assert.ok(confirmed.session.passwordEnteredAtMs >= before.passwordEnteredAtMs + 10_000);
    assert.equal(confirmed.session.expiresAtMs, before.expiresAtMs, 'it lives no longer');
    const other = await find(store, 'other');
    assert.equal(other?.passwordEnteredAtMs, other?.createdAtMs);
    const [row] = await store.sql('select password_hash, password_kind from users');
    assert.deepEqual(
      { ...row },
      { password_hash: hashOf('first, stronger'), password_kind: 'argon2id:new' },
    );
    assert.equal(await isLive(store, 'of maria'), true, 'a stronger hash is no new password');
    assert.deepEqual(await store.repository.listPasswordKinds(), ['argon2id:new', KIND]);
  });

  test('nothing is confirmed by another password, for another, or after the end', async (store) => {
    const user = await openBoth(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    const confirm = async (whose: ConsoleHolder, sessionId: string, password?: string) => {
      const input = await openInput(store, whose, sessionId, { ...(password && { password }) });
      return (await store.repository.confirmConsoleSession(input)).outcome;
    };
    assert.equal(await confirm(holder, 'of maria', 'other'), 'credentials_changed');
    assert.equal(await confirm(holder, 'of admin'), 'credentials_changed');
    assert.equal(await confirm(ADMIN, 'of maria'), 'credentials_changed');
    assert.equal(await confirm(ADMIN, 'of admin'), 'confirmed');
    const end = { sessionId: 'of maria', reason: 'signed_out', by: BY } as const;
    await store.repository.endConsoleSession(end);
    assert.equal(await confirm(holder, 'of maria'), 'credentials_changed');
    store.advanceMs(CONSOLE_IDLE_MS);
    assert.equal(await confirm(ADMIN, 'of admin'), 'credentials_changed');
  });

  test('a right password takes its attempt back, at the sign-in and again', async (store) => {
    const user = await addManager(store);
    const holder: ConsoleHolder = { kind: 'user', userId: user.id };
    for (let n = 0; n < 12; n += 1) {
      const attempt = await reserve(store, accountOf('maria'));
      const input: Parameters<Repository['openConsoleSession']>[0] = {
        ...(await openInput(store, holder, 'c')),
        attempt,
      };
      const result: { outcome: string } =
        n === 0
          ? await store.repository.openConsoleSession(input)
          : await store.repository.confirmConsoleSession(input);
      assert.equal(result.outcome, n === 0 ? 'opened' : 'confirmed');
      await store.sql("delete from failure_counters where key like 'address:%'");
    }
    const next = await store.repository.reserveLoginAttempt(attemptInput(accountOf('maria')));
    assert.equal(next.outcome, 'reserved');
  });
}
