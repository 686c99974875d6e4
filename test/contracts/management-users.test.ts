/** Users in the management API: what each call answers, and what it has done. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  alterDatabase,
  createUser,
  freshName,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { DEAD_TOKEN, expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import type { CallOptions } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const manage = (call: string, options: CallOptions = {}) => {
  const [method = '', path = ''] = call.split(' ');
  return server.call(method, `/management${path}`, { bearer, ...options });
};
const changing = (body: object, ifMatch = '*') => ({
  body,
  headers: { 'if-match': ifMatch, 'content-type': 'application/json' },
});
const matching = (ifMatch: string) => ({ headers: { 'if-match': ifMatch } });

describe('a list of users', () => {
  before(async () => {
    for (const username of ['list-c', 'LIST-a', 'list-b']) await createUser(server, { username });
  });

  test('is walked page by page, in every sort, each user once', async () => {
    for (const sort of ['id', '-username', 'created_at', '-last_sign_in_at']) {
      const whole = (await manage(`GET /users?sort=${sort}&limit=200`)).json;
      assert.equal(whole.next_cursor, null);
      const seen: number[] = [];
      let cursor = '';
      do {
        const { json } = await manage(`GET /users?sort=${sort}&limit=2${cursor}`);
        assert.ok(json.items.length <= 2);
        seen.push(...json.items.map(({ id }: { id: number }) => id));
        cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
      } while (cursor !== '');
      assert.deepEqual(
        seen,
        whole.items.map(({ id }: { id: number }) => id),
      );
    }
  });

  test('is searched by how names begin, filtered by role and state', async () => {
    const namesOf = async (query: string) => {
      const { json } = await manage(`GET /users?${query}`);
      return json.items.map(({ username }: { username: string }) => username);
    };
    assert.deepEqual(await namesOf('prefix=List-'), ['LIST-a', 'list-b', 'list-c']);
    assert.deepEqual(await namesOf('prefix=list-&sort=-username&limit=1'), ['list-c']);
    assert.deepEqual(await namesOf('prefix=list-&role=ADMIN'), []);
    await alterDatabase(server, "update users set is_enabled = 0 where username = 'list-b'");
    assert.deepEqual(await namesOf('prefix=list-&enabled=false'), ['list-b']);
    assert.deepEqual(await namesOf('prefix=list-&enabled=true&role=STANDARD'), [
      'LIST-a',
      'list-c',
    ]);
    assert.deepEqual(await namesOf('prefix=%25'), []);
  });

  const refused: [query: string, detail: RegExp][] = [
    ['limit=0', /^limit must be a whole number from 1 to 200/],
    ['limit=201', /^limit must/],
    ['limit=1e2', /^limit must/],
    ['limit=', /^limit must/],
    ['limit=2&limit=3', /^limit must be given once/],
    ['sort=name', /^sort must be one of id, -id, username/],
    ['sort=id&prefix=list', /^sort must be username or -username when prefix is given/],
    ['role=admin', /^role must be one of ADMIN, STANDARD/],
    ['enabled=1', /^enabled must be one of true, false/],
    ['rolle=ADMIN', /^"rolle" is no parameter of this call. It takes prefix, role/],
    ['__proto__=x', /is no parameter of this call/],
    ['cursor=', /^cursor is not a next_cursor that a list of users gave/],
    ['cursor=eyJ2IjoxfQ', /^cursor is not/],
    ['cursor=bnVsbA', /^cursor is not/],
    ['cursor=%00', /^cursor is not/],
  ];
  for (const [query, detail] of refused) {
    test(`refuses ${query}, and says what it takes`, async () => {
      const answer = await manage(`GET /users?${query}`);
      assert.equal(answer.status, 400);
      assert.match(answer.json.detail, detail);
    });
  }

  test('refuses a cursor that was changed, and one of another listing or sort', async () => {
    const { next_cursor: cursor } = (await manage('GET /users?limit=1')).json;
    const fields = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    assert.equal(fields.v, 1);
    const moved = Buffer.from(JSON.stringify({ ...fields, id: 2 })).toString('base64url');
    const cut = cursor.slice(0, -1);
    const padded = `${cursor}=`;
    for (const other of [moved, cut, padded, cursor.toLowerCase()]) {
      const answer = await manage(`GET /users?cursor=${other}`);
      assert.match(answer.json.detail, /^cursor is not a next_cursor/);
    }
    const foreign = await manage(`GET /sessions?cursor=${cursor}`);
    assert.match(foreign.json.detail, /^cursor is not a next_cursor that a list of sessions/);
    const resorted = await manage(`GET /users?sort=-id&cursor=${cursor}`);
    assert.match(resorted.json.detail, /^cursor belongs to another sort/);
  });
});

describe('a new user', () => {
  test('is answered with its address and version, and can sign in', async () => {
    const username = freshName();
    const body = { username, password: USER_PASSWORD, role: 'ADMIN' };
    const created = await manage('POST /users', { body });
    assert.equal(created.status, 201);
    const { id } = created.json;
    assert.equal(created.headers.location, `/management/users/${id}`);
    assert.equal(created.headers.etag, '"v1"');
    const found = await manage(`GET /users/${id}`);
    assert.deepEqual(found.json, created.json);
    assert.equal(found.headers.etag, '"v1"');
    await signIn(server, { username, password: USER_PASSWORD });
    const { last_sign_in_at, live_sessions, version } = (await manage(`GET /users/${id}`)).json;
    assert.equal(last_sign_in_at, '2026-04-02T08:30:00Z');
    assert.deepEqual([live_sessions, version], [1, 1]);
    const event = server.events.find(
      ({ name, subject }) => name === 'user.created' && subject === id,
    );
    assert.deepEqual(event?.actor, { kind: 'admin' });
    assert.equal(event?.origin?.address, '127.0.0.1');
  });

  const password = USER_PASSWORD;
  const refused: [what: string, body: unknown, detail: RegExp][] = [
    ['no body', undefined, /^The field username is missing/],
    ['no password', { username: 'somebody' }, /^The field password is missing/],
    ['a short password', { username: 'somebody', password: 'short' }, /at least 8 characters/],
    ['too long a password', { username: 'somebody', password: 'x'.repeat(73) }, /at most 72 bytes/],
    ['a short name', { username: 'x', password }, /^username must have 3 to 50 characters/],
    ['an invisible name', { username: 'a\u200bbc', password }, /^username must not hold/],
    ['a spaced name', { username: ' abc', password }, /^username must not begin or end/],
    ['a number for a name', { username: 12345, password }, /^username must be a text/],
    ['another role', { username: 'somebody', password, role: 'admin' }, /^role must be ADMIN or/],
    ['a field more', { username: 'somebody', password, enabled: true }, /and no others/],
    ['an array', '[]', /and no others/],
    ['no JSON', '{', /^The body cannot be read/],
  ];
  for (const [what, body, detail] of refused) {
    test(`with ${what} is refused, and nobody is added`, async () => {
      const before = (await manage('GET /stats')).json.users.total;
      const answer = await manage('POST /users', { body: body as object });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.detail, detail);
      assert.equal((await manage('GET /stats')).json.users.total, before);
    });
  }

  test('of a taken name is refused, whatever the case', async () => {
    const { username } = await createUser(server);
    const body = { username: username.toUpperCase(), password: USER_PASSWORD };
    expectAnswer(await manage('POST /users', { body }), problemRefusal(409, 'username_taken'));
  });

  test('has a first password that is hashed in the name of the address that asked', async () => {
    const release = server.engine.hold();
    const others = Array.from({ length: 100 }, () =>
      manage('POST /users', {
        body: { username: freshName(), password: USER_PASSWORD },
        localAddress: '127.0.0.9',
      }),
    );
    const busy = await Promise.race(others);
    release();
    expectAnswer(busy, problemRefusal(503, 'password_checks_busy'));
    assert.ok(busy.headers['retry-after']);
    const statuses = (await Promise.all(others)).map(({ status }) => status);
    assert.ok(statuses.includes(201));
  });
});

describe('a change of a user', () => {
  let user: Awaited<ReturnType<typeof createUser>>;
  beforeEach(async () => {
    user = await createUser(server);
  });

  test('that disables ends the sessions, and their tokens are dead', async () => {
    const { token } = await signIn(server, user);
    const answer = await manage(`PATCH /users/${user.id}`, changing({ enabled: false }, '"v1"'));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.etag, '"v2"');
    const { enabled, ended_sessions, live_sessions, version } = answer.json;
    assert.deepEqual([enabled, ended_sessions, live_sessions, version], [false, 1, 0, 2]);
    const verify = await server.call('GET', '/api/auth/verify', { bearer: token });
    expectAnswer(verify, DEAD_TOKEN);
    const login = await server.call('POST', '/api/auth/login', {
      body: { username: user.username, password: user.password },
    });
    assert.equal(login.status, 401);
    const again = await manage(`PATCH /users/${user.id}`, changing({ enabled: true }, '"v2"'));
    assert.deepEqual([again.json.enabled, again.json.ended_sessions], [true, 0]);
    await signIn(server, user);
  });

  test('of the role holds for the sessions that there are', async () => {
    const { token } = await signIn(server, user);
    const verify = () => server.call('GET', '/api/auth/verify', { bearer: token });
    const answer = await manage(`PATCH /users/${user.id}`, changing({ role: 'ADMIN' }));
    assert.deepEqual([answer.json.role, answer.json.ended_sessions], ['ADMIN', 0]);
    assert.equal((await verify()).json.role, 'ADMIN');
    await createUser(server, { role: 'ADMIN' });
    const both = { role: 'STANDARD', enabled: true };
    assert.equal((await manage(`PATCH /users/${user.id}`, changing(both))).status, 200);
    assert.equal((await verify()).json.role, 'STANDARD');
  });

  test('to what is so already answers the same version', async () => {
    const answer = await manage(`PATCH /users/${user.id}`, changing({ enabled: true }, '"v1"'));
    assert.deepEqual([answer.status, answer.headers.etag], [200, '"v1"']);
  });

  const body = { enabled: false };
  test('needs If-Match, and the present ETag in it', async () => {
    const path = `/users/${user.id}`;
    for (const call of [`PATCH ${path}`, `DELETE ${path}`]) {
      const answer = await manage(call, { body });
      expectAnswer(answer, problemRefusal(428, 'precondition_required'));
      const stale = ['"v2"', '"v0"', '"v1', 'W/"v1"', '""', '"V1"', '"v01"', '"v2", W/"v1"'];
      for (const tag of stale.filter((one) => one !== '"v1')) {
        const refused = await manage(call, changing(body, tag));
        expectAnswer(refused, problemRefusal(412, 'precondition_failed'), `${call} ${tag}`);
      }
      for (const tag of ['"v1', 'v1', '*, "v1"', '"v1" "v2"', ',']) {
        const refused = await manage(call, changing(body, tag));
        expectAnswer(refused, problemRefusal(400, 'parameter_invalid'), `${call} ${tag}`);
      }
    }
    const listed = await manage(`PATCH ${path}`, changing(body, '"x", "v1","v7"'));
    assert.equal(listed.status, 200);
  });

  test('is refused when the body asks for nothing, or for what is not done', async () => {
    const rows: [unknown, RegExp][] = [
      [{}, /must name enabled, role or both/],
      [undefined, /must name enabled, role or both/],
      [{ enabled: 'no' }, /^enabled must be true or false/],
      [{ enabled: null }, /^enabled must be true or false/],
      [{ role: 'GOD' }, /^role must be ADMIN or STANDARD/],
      [{ password: 'securePassword' }, /and no others/],
    ];
    for (const [asked, detail] of rows) {
      const options = changing(asked as object);
      const answer = await manage(`PATCH /users/${user.id}`, options);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.detail, detail);
    }
  });

  test('of nobody is not found, and of no number is refused', async () => {
    const calls = ['PATCH /users/ID', 'DELETE /users/ID', 'DELETE /users/ID/sessions'];
    for (const call of [...calls, 'GET /users/ID']) {
      const at = (id: string) => manage(call.replace('ID', id), changing(body));
      expectAnswer(await at('999999'), problemRefusal(404, 'user_not_found'), call);
      for (const id of ['x', '0', '-1', '1.0', '01', '%00', '1'.repeat(16), '__proto__']) {
        const answer = await at(id);
        expectAnswer(answer, problemRefusal(400, 'parameter_invalid'), `${call} ${id}`);
        assert.match(answer.json.detail, /^id must be the number of a user/);
      }
    }
  });
});

describe('a deleted user', () => {
  test('is gone with the sessions, and the name is free for another', async () => {
    const user = await createUser(server);
    const { token, refresh_token } = await signIn(server, user);
    const deleted = await manage(`DELETE /users/${user.id}`, matching('"v1"'));
    expectAnswer(deleted, { status: 200, text: '{"deleted":true,"ended_sessions":1}' });
    expectAnswer(await server.call('GET', '/api/auth/verify', { bearer: token }), DEAD_TOKEN);
    const refresh = await server.call('POST', '/api/auth/refresh', { body: { refresh_token } });
    assert.equal(refresh.status, 401);
    expectAnswer(await manage(`GET /users/${user.id}`), problemRefusal(404, 'user_not_found'));
    const again = await manage(`DELETE /users/${user.id}`, matching('*'));
    expectAnswer(again, problemRefusal(404, 'user_not_found'));
    const body = { username: user.username, password: USER_PASSWORD };
    const namesake = await manage('POST /users', { body });
    assert.ok(namesake.json.id > user.id);
  });
});

test('the last enabled user with the role ADMIN stays, and that it was tried is recorded', async () => {
  const alone = await startCheckedServer();
  const jwt = await alone.signInAdmin();
  const { id } = await createUser(alone, { role: 'ADMIN' });
  const tries: [string, object | undefined][] = [
    ['PATCH', { enabled: false }],
    ['PATCH', { role: 'STANDARD' }],
    ['DELETE', undefined],
  ];
  for (const [method, body] of tries) {
    const options = { bearer: jwt, body, headers: { 'if-match': '*' } };
    const answer = await alone.call(method, `/management/users/${id}`, {
      ...options,
      headers: { ...options.headers, 'content-type': 'application/json' },
    });
    expectAnswer(answer, problemRefusal(409, 'last_admin'));
  }
  const refusals = alone.events.filter(({ name }) => name === 'operation.refused');
  await alone.close();
  assert.deepEqual(
    refusals.map(({ subject, reason }) => [subject, reason]),
    Array(3).fill([id, 'last_admin']),
  );
});
