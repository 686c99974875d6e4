/** What operators ask for, through the wiring: pages, names, and tokens that die at once. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isRefusal, type ListingRule } from '../../src/core/errors.ts';
import type { UserListing } from '../../src/core/operations.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { testConfig } from '../support/test-config.ts';

const ORIGIN = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: 'a test' };
const BY = { actor: { kind: 'admin' }, origin: ORIGIN } as const;
const PASSWORD = 'correct horse';

async function open(t: TestContext, names: readonly string[]): Promise<Sallyport> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-operations-'));
  const sallyport = await openSallyport(
    testConfig({ DATA_DIR: folder }),
    { record: () => undefined },
    { clock: new FakeClock(), passwordEngine: new FastPasswordEngine() },
  );
  t.after(async () => {
    await sallyport.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const username of names) {
    const account = { username, password: PASSWORD, role: 'STANDARD', origin: 'operator' } as const;
    await sallyport.users.create(account);
  }
  return sallyport;
}

test('pages of users lead from one to the next and end', async (t) => {
  const { operations } = await open(t, ['Ana', 'Bert', 'Berta', 'Ernst']);
  const first = await operations.listUsers({ limit: 3 });
  assert.deepEqual(
    first.users.map(({ username }) => username),
    ['Ana', 'Bert', 'Berta'],
  );
  const second = await operations.listUsers({ limit: 1, cursor: first.nextCursor });
  assert.deepEqual([second.users[0]?.username, second.nextCursor], ['Ernst', null]);
  const exact = await operations.listUsers({ limit: 4 });
  assert.equal(exact.nextCursor, null, 'no page follows that would be empty');
});

test('a search by the beginning of the name is as careless about case as sign-in', async (t) => {
  const { operations } = await open(t, ['Ana', 'Bert', 'ＢＥＲＴＡ', 'Ernst']);
  const { users } = await operations.listUsers({ prefix: 'bER', limit: 200 });
  assert.deepEqual(
    users.map(({ id }) => id),
    [2, 3],
  );
  assert.equal((await operations.findUserByName('bertA'))?.id, 3);
  assert.equal(await operations.findUserByName('ber'), null);
});

test('a listing that is not done says what about it', async (t) => {
  const { operations } = await open(t, ['Ana']);
  const cursor = { sort: 'id', key: 1, id: 1 } as const;
  const refused: [UserListing, string, ListingRule][] = [
    [{ limit: 0 }, 'limit', 'out_of_bounds'],
    [{ limit: 201 }, 'limit', 'out_of_bounds'],
    [{ limit: 1.5 }, 'limit', 'out_of_bounds'],
    [{ prefix: 'a', sort: 'id', limit: 1 }, 'sort', 'prefix_by_username'],
    [{ sort: '-id', cursor, limit: 1 }, 'cursor', 'other_listing'],
  ];
  for (const [listing, field, rule] of refused) {
    await assert.rejects(operations.listUsers(listing), (error) => {
      assert.ok(isRefusal(error, 'listing_rejected'));
      assert.deepEqual(error.details, { field, rule });
      return true;
    });
  }
  await assert.rejects(operations.listSessions({ limit: 0 }), { message: 'listing_rejected' });
});

test('pages of sessions lead from one to the next and end', async (t) => {
  const { operations, sessions } = await open(t, ['Ana']);
  for (let n = 0; n < 3; n += 1) await sessions.signIn('Ana', PASSWORD, ORIGIN);
  const first = await operations.listSessions({ userId: 1, limit: 2 });
  const rest = await operations.listSessions({ limit: 2, cursor: first.nextCursor });
  const ids = [...first.sessions, ...rest.sessions].map(({ sessionId }) => sessionId);
  assert.equal(new Set(ids).size, 3);
  assert.equal(rest.nextCursor, null);
});

const ENDS: [what: string, end: (sallyport: Sallyport) => Promise<unknown>][] = [
  [
    'disabling',
    ({ operations }) =>
      operations.setUserEnabled({ userId: 1, isEnabled: false, expectedVersion: null, by: BY }),
  ],
  [
    'deleting',
    ({ operations }) => operations.deleteUser({ userId: 1, expectedVersion: null, by: BY }),
  ],
  ['ending all', ({ operations }) => operations.endSessionsOfUser({ userId: 1, by: BY })],
  [
    'ending one',
    async ({ operations }) => {
      const { sessions } = await operations.listSessions({ userId: 1, limit: 1 });
      return operations.endSession({ sessionId: sessions[0]?.sessionId ?? '', by: BY });
    },
  ],
];
for (const [what, end] of ENDS) {
  test(`after ${what} neither token of the user is good for anything`, async (t) => {
    const sallyport = await open(t, ['Ana']);
    const { sessions } = sallyport;
    const pair = await sessions.signIn('Ana', PASSWORD, ORIGIN);
    assert.notEqual(await sessions.verifyAccessToken(pair.accessToken), null);
    await end(sallyport);
    assert.equal(await sessions.verifyAccessToken(pair.accessToken), null);
    const refresh = sessions.refresh(pair.refreshToken, ORIGIN);
    await assert.rejects(refresh, { message: 'refresh_token_invalid' });
  });
}

test('a namesake of a deleted user starts without that one’s failures', async (t) => {
  const sallyport = await open(t, ['Ana']);
  const { operations, sessions, users } = sallyport;
  const guess = () => sessions.signIn('Ana', 'wrong horse', ORIGIN);
  for (let n = 0; n < 5; n += 1) await assert.rejects(guess(), { message: 'credentials_invalid' });
  await assert.rejects(guess(), { message: 'rate_limited' });
  await operations.deleteUser({ userId: 1, expectedVersion: null, by: BY });
  const account = { username: 'ana', password: PASSWORD, role: 'STANDARD' } as const;
  const namesake = await users.create({ ...account, origin: 'operator' });
  assert.equal(namesake.id, 2);
  assert.ok(await sessions.signIn('ana', PASSWORD, ORIGIN));
});
