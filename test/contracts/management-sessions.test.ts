/** Sessions, counts and reach in the management API. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  alterDatabase,
  createAccessToken,
  createUser,
  freshName,
  openSession,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { DEAD_TOKEN, expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const sessionIds = ({ json }: { json: { items: { id: string }[] } }) =>
  json.items.map(({ id }) => id);

describe('sessions', () => {
  test('are listed the newest first, of all or of one user, page by page', async () => {
    const user = await createUser(server);
    const sids: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      server.clock.advanceSeconds(1);
      sids.unshift(claimsOf((await signIn(server, user)).token).sid);
    }
    const list = (query: string) => server.call('GET', `/management/sessions?${query}`, { bearer });
    const ofUser = await list(`user_id=${user.id}`);
    assert.deepEqual(sessionIds(ofUser), sids);
    const [newest] = ofUser.json.items;
    assert.deepEqual(newest, {
      id: sids[0],
      user_id: user.id,
      username: user.username,
      created_at: '2026-04-02T08:30:03Z',
      refreshed_at: '2026-04-02T08:30:03Z',
      created_address: '127.0.0.1',
      last_address: '127.0.0.1',
      user_agent: '',
    });
    const first = await list(`user_id=${user.id}&limit=2`);
    const second = await list(`user_id=${user.id}&limit=2&cursor=${first.json.next_cursor}`);
    assert.deepEqual([...sessionIds(first), ...sessionIds(second)], sids);
    assert.equal(second.json.next_cursor, null);
    assert.equal(sessionIds(await list('limit=1'))[0], sids[0]);
    assert.deepEqual(sessionIds(await list('user_id=999999')), []);
  });

  test('can be asked for in no other way', async () => {
    const rows: [string, RegExp][] = [
      ['user_id=x', /^user_id must be the number of a user/],
      ['user_id=0', /^user_id must be/],
      ['limit=500', /^limit must be/],
      ['sort=id', /^"sort" is no parameter of this call. It takes user_id, limit, cursor/],
      ['cursor=x', /^cursor is not a next_cursor that a list of sessions gave/],
    ];
    for (const [query, detail] of rows) {
      const answer = await server.call('GET', `/management/sessions?${query}`, { bearer });
      assert.equal(answer.status, 400);
      assert.match(answer.json.detail, detail);
    }
  });

  test('end one by one, once, and all of a user at once', async () => {
    const user = await createUser(server);
    const tokens = [];
    for (let n = 0; n < 3; n += 1) tokens.push((await signIn(server, user)).token);
    const [one = ''] = tokens;
    const path = `/management/sessions/${claimsOf(one).sid}`;
    const ended = await server.call('DELETE', path, { bearer });
    expectAnswer(ended, { status: 200, text: '{"ended":true}' });
    const again = await server.call('DELETE', path, { bearer });
    expectAnswer(again, problemRefusal(404, 'session_not_found'));
    const all = `/management/users/${user.id}/sessions`;
    const rest = await server.call('DELETE', all, { bearer });
    expectAnswer(rest, { status: 200, text: '{"ended_sessions":2}' });
    for (const token of tokens) {
      expectAnswer(await server.call('GET', '/api/auth/verify', { bearer: token }), DEAD_TOKEN);
    }
  });

  test('of no such id are not found, however odd it is', async () => {
    for (const id of ['x', '%00', 'x'.repeat(2_000), '%F0%9F%98%80', '..']) {
      const answer = await server.call('DELETE', `/management/sessions/${id}`, { bearer });
      expectAnswer(answer, problemRefusal(404, 'session_not_found'), id);
    }
  });
});

test('stats count what there is', async () => {
  const counted = await startCheckedServer();
  const jwt = await counted.signInAdmin();
  await createUser(counted, { role: 'ADMIN' });
  await openSession(counted);
  await createAccessToken(counted, 'read', { will_expire: true, expires_in_seconds: 60 });
  const body = { username: 'nobody', password: USER_PASSWORD };
  await counted.call('POST', '/api/auth/login', { body });
  const { json } = await counted.call('GET', '/management/stats', { bearer: jwt });
  await counted.close();
  assert.deepEqual(json, {
    users: { total: 2, enabled: 2, enabled_admins: 1 },
    live_sessions: 1,
    access_tokens: { total: 1, expired: 0, expiring_within_week: 1 },
    admin_exists: true,
    auth_enabled: true,
    sign_ins: {
      succeeded_last_day: 3,
      failed_last_day: 1,
      failed_last_hour: 1,
      limited_last_day: 0,
    },
  });
});

describe('an access token with the admin permission', () => {
  const HEADERS = { 'if-match': '*', 'content-type': 'application/json' };
  let machine: string;
  before(async () => {
    machine = await LIVE.accessToken(server, 'admin');
    await createUser(server, { role: 'ADMIN' });
  });

  /** Every call that reaches one user, with what it takes. */
  const reaching = (id: number, sid: unknown): [string, string, object?][] => [
    ['GET', `/management/users/${id}`],
    ['PATCH', `/management/users/${id}`, { enabled: true }],
    ['PATCH', `/management/users/${id}`, { role: 'STANDARD' }],
    ['PATCH', `/management/users/${id}`, { enabled: false }],
    ['DELETE', `/management/sessions/${sid}`],
    ['DELETE', `/management/users/${id}/sessions`],
    ['DELETE', `/management/users/${id}`],
  ];

  test('reaches users with the role STANDARD, with every call', async () => {
    const user = await createUser(server);
    await signIn(server, user);
    const { sid } = claimsOf((await signIn(server, user)).token);
    const calls = reaching(user.id, sid).filter(
      ([, , body]) => JSON.stringify(body) !== '{"enabled":false}',
    );
    for (const [method, path, body] of calls) {
      const answer = await server.call(method, path, { bearer: machine, headers: HEADERS, body });
      assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
    }
  });

  test('reaches no user with the role ADMIN, with any call, and makes none', async () => {
    const user = await createUser(server, { role: 'ADMIN' });
    const { token } = await signIn(server, user);
    const denied = problemRefusal(403, 'permission_denied');
    for (const [method, path, body] of reaching(user.id, claimsOf(token).sid)) {
      const answer = await server.call(method, path, { bearer: machine, headers: HEADERS, body });
      expectAnswer(answer, denied, `${method} ${path}`);
    }
    const standard = await createUser(server);
    const promotion = { bearer: machine, headers: HEADERS, body: { role: 'ADMIN' } };
    expectAnswer(await server.call('PATCH', `/management/users/${standard.id}`, promotion), denied);
    const body = { username: freshName(), password: USER_PASSWORD, role: 'ADMIN' };
    expectAnswer(await server.call('POST', '/management/users', { bearer: machine, body }), denied);
    const alive = await server.call('GET', '/api/auth/verify', { bearer: token });
    assert.equal(alive.status, 200);
    const refusals = server.events.filter(
      ({ name, subject }) => name === 'operation.refused' && subject === user.id,
    );
    assert.equal(refusals.length, 7);
    assert.ok(refusals.every(({ actor }) => actor?.kind === 'access_token'));
  });

  test('adds a user with the role STANDARD', async () => {
    const body = { username: freshName(), password: USER_PASSWORD };
    const answer = await server.call('POST', '/management/users', { bearer: machine, body });
    assert.deepEqual([answer.status, answer.json.role], [201, 'STANDARD']);
  });

  test('sees no user with the role ADMIN and none of their sessions in lists', async () => {
    const user = await createUser(server, { role: 'ADMIN' });
    const { token } = await signIn(server, user);
    const list = (path: string, who = machine) => server.call('GET', path, { bearer: who });
    const users = (await list('/management/users?limit=200')).json.items;
    assert.ok(users.length > 0);
    assert.ok(users.every(({ role }: { role: string }) => role === 'STANDARD'));
    const asked = await list('/management/users?role=ADMIN');
    expectAnswer(asked, problemRefusal(403, 'permission_denied'));
    const path = `/management/sessions?user_id=${user.id}`;
    assert.deepEqual(sessionIds(await list(path)), []);
    assert.equal(sessionIds(await list(path, token)).length, 1);
    assert.equal((await list('/management/stats')).status, 200);
  });
});

test('a user with the role ADMIN manages as the built-in admin does, under their own name', async () => {
  const manager = await createUser(server, { role: 'ADMIN' });
  const { token } = await signIn(server, manager);
  const other = await createUser(server, { role: 'ADMIN' });
  const options = { bearer: token, headers: { 'if-match': '"v1"' } };
  const deleted = await server.call('DELETE', `/management/users/${other.id}`, options);
  assert.equal(deleted.status, 200);
  const event = server.events.find(
    ({ name, subject }) => name === 'user.deleted' && subject === other.id,
  );
  assert.deepEqual(event?.actor, { kind: 'user', id: manager.id });
  const ending = await server.call('DELETE', `/management/users/${manager.id}/sessions`, options);
  assert.equal(ending.json.ended_sessions, 1);
  const after = await server.call('GET', '/management/stats', { bearer: token });
  expectAnswer(after, problemRefusal(401, 'bearer_invalid'));
});

test('a user with the role STANDARD is refused, and that is recorded once a minute', async () => {
  const user = await createUser(server);
  const { token } = await signIn(server, user);
  for (let n = 0; n < 3; n += 1) {
    const answer = await server.call('GET', '/management/users', { bearer: token });
    expectAnswer(answer, problemRefusal(403, 'permission_denied'));
  }
  const filter = { name: 'bearer.denied', subject: String(user.id), limit: 9 } as const;
  const rows = await server.sallyport.repository.listNewestAuditEvents(filter);
  assert.deepEqual(
    rows.map(({ actorKind, actorId }) => [actorKind, actorId]),
    [['user', String(user.id)]],
  );
});

test('while auth is off the management API needs its credential all the same', async () => {
  const off = await startCheckedServer({ settings: { AUTH_ENABLED: 'false' } });
  const answer = await off.call('GET', '/management/users');
  const jwt = await off.signInAdmin();
  const stats = await off.call('GET', '/management/stats', { bearer: jwt });
  await off.close();
  expectAnswer(answer, problemRefusal(401, 'bearer_invalid'));
  assert.equal(stats.json.auth_enabled, false);
});

test('a database that fails is a problem that says so, and nothing of the inside', async () => {
  const broken = await startCheckedServer();
  const jwt = await broken.signInAdmin();
  await alterDatabase(broken, 'alter table sessions rename to sessions_away');
  const answer = await broken.call('GET', '/management/stats', { bearer: jwt });
  await alterDatabase(broken, 'alter table sessions_away rename to sessions');
  await broken.close();
  expectAnswer(answer, problemRefusal(500, 'internal_error'));
});
