/** Access tokens in the management API: what each call answers, and what it has done. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createAccessToken, createUser, signIn } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import type { CallOptions } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
});
beforeEach(async () => {
  // The clock goes on; an admin JWT lives for an hour.
  bearer = await server.signInAdmin();
});
after(() => server.close());

const manage = (call: string, options: CallOptions = {}) => {
  const [method = '', path = ''] = call.split(' ');
  return server.call(method, `/management/access-tokens${path}`, { bearer, ...options });
};
const changing = (body: object | undefined, ifMatch = '*') => ({
  body,
  headers: { 'if-match': ifMatch, ...(body && { 'content-type': 'application/json' }) },
});
const create = async (body: object = {}) =>
  (await manage('POST ', { body: { name: 'ci', permission: 'read', ...body } })).json;
/** Whether the value authenticates: any credential that does is told what it may not do. */
const isAlive = async (token: string) =>
  (await server.call('GET', '/management/stats', { bearer: token })).status !== 401;
const rotate = (id: number, body: object = {}, ifMatch = '*') =>
  manage(`POST /${id}/rotation`, changing(body, ifMatch));

describe('a list of access tokens', () => {
  const idsOf = async (query: string) => {
    const { json } = await manage(`GET ?${query}`);
    return json.items.map(({ name }: { name: string }) => name);
  };
  before(async () => {
    bearer = await server.signInAdmin();
    for (const [name, expires_in_seconds] of [
      ['list-a', null],
      ['LIST-b', 3 * 86_400],
      ['list-c', 30 * 86_400],
      ['list-d', 1],
    ]) {
      await create({ name, expires_in_seconds });
    }
    server.clock.advanceMs(1_000);
  });

  test('is walked page by page, in every sort, each token once', async () => {
    const fields = ['id', 'name', 'created_at', 'expires_at', 'last_used_at'];
    for (const sort of fields.flatMap((field) => [field, `-${field}`])) {
      const whole = (await manage(`GET ?sort=${sort}&limit=200`)).json;
      assert.equal(whole.next_cursor, null);
      const seen: number[] = [];
      let cursor = '';
      do {
        const { json } = await manage(`GET ?sort=${sort}&limit=2${cursor}`);
        seen.push(...json.items.map(({ id }: { id: number }) => id));
        cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
      } while (cursor !== '');
      assert.deepEqual(
        seen,
        whole.items.map(({ id }: { id: number }) => id),
        sort,
      );
    }
  });

  test('is searched by how names begin and narrowed to a state, in any order', async () => {
    assert.deepEqual(await idsOf('prefix=List-'), ['list-a', 'LIST-b', 'list-c', 'list-d']);
    assert.deepEqual(await idsOf('prefix=list-&sort=-name&limit=1'), ['list-d']);
    assert.deepEqual(await idsOf('prefix=%25'), []);
    assert.deepEqual(await idsOf('prefix=list-&state=live'), ['list-a', 'LIST-b', 'list-c']);
    assert.deepEqual(await idsOf('prefix=list-&state=expired'), ['list-d']);
    assert.deepEqual(await idsOf('prefix=list-&state=suspended'), []);
    assert.deepEqual(await idsOf('state=expiring'), ['LIST-b']);
    assert.deepEqual(await idsOf('state=expiring&sort=-created_at'), ['LIST-b']);
    assert.deepEqual(await idsOf('state=expired'), ['list-d']);
    const { items } = (await manage('GET ?state=expired&limit=1')).json;
    assert.deepEqual([items[0].state, items[0].suspended], ['expired', false]);
  });

  const refused: [query: string, detail: RegExp][] = [
    ['limit=0', /^limit must be a whole number from 1 to 200/],
    ['limit=2&limit=3', /^limit must be given once/],
    ['sort=username', /^sort must be one of id, -id, name/],
    ['sort=id&prefix=list', /^sort must be name or -name when prefix is given/],
    ['prefix=a%00', /^prefix must be a text without/],
    ['state=dead', /^state must be one of live, expired, expiring, suspended/],
    ['status=live', /^"status" is no parameter of this call. It takes prefix, state/],
    ['cursor=eyJ2IjoxfQ', /^cursor is not a next_cursor that a list of access tokens gave/],
  ];
  for (const [query, detail] of refused) {
    test(`refuses ${query}, and says what it takes`, async () => {
      const answer = await manage(`GET ?${query}`);
      assert.equal(answer.status, 400);
      assert.match(answer.json.detail, detail);
    });
  }

  test('refuses a cursor of another listing or sort', async () => {
    await createUser(server);
    await createUser(server);
    const users = await server.call('GET', '/management/users?limit=1', { bearer });
    const foreign = await manage(`GET ?cursor=${users.json.next_cursor}`);
    assert.match(foreign.json.detail, /^cursor is not a next_cursor/);
    const { next_cursor: cursor } = (await manage('GET ?limit=1')).json;
    const resorted = await manage(`GET ?sort=-id&cursor=${cursor}`);
    assert.match(resorted.json.detail, /^cursor belongs to another sort/);
  });
});

describe('a new access token', () => {
  test('is answered with its value, its address and its version, and works', async () => {
    const body = { name: 'nightly', permission: 'admin, read', expires_in_seconds: 3_600 };
    const created = await manage('POST ', { body });
    assert.equal(created.status, 201);
    const { id, token, ...fields } = created.json;
    assert.equal(created.headers.location, `/management/access-tokens/${id}`);
    assert.equal(created.headers.etag, '"v1"');
    const found = await manage(`GET /${id}`);
    assert.deepEqual(found.json, { id, ...fields });
    assert.equal(found.headers.etag, '"v1"');
    const { created_at: createdAt, expires_at: expiresAt, ...others } = fields;
    assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 3_600_000);
    assert.deepEqual(others, {
      name: 'nightly',
      description: '',
      permission: 'read,admin',
      last_used_at: null,
      rotated_at: null,
      suspended: false,
      state: 'live',
      previous: null,
      version: 1,
    });
    assert.ok(await isAlive(token));
  });

  const permission = 'read';
  const refused: [what: string, body: unknown, detail: RegExp][] = [
    ['no body', undefined, /^The field name is missing/],
    ['a blank name', { name: ' ', permission }, /^The field name is missing/],
    ['too long a name', { name: 'x'.repeat(256), permission }, /^name must be a text of at most/],
    ['NUL in its name', { name: 'a\0', permission }, /^name must be a text/],
    ['no permission', { name: 'ci' }, /^The field permission is missing/],
    ['another permission', { name: 'ci', permission: 'root' }, /^permission must be some of read/],
    [
      'half of a character',
      '{"name":"ci","permission":"read","description":"\\ud800"}',
      /^description must/,
    ],
    ['no time to live', { name: 'ci', permission, expires_in_seconds: 0 }, /from 1 to 3153600000/],
    ['a text for it', { name: 'ci', permission, expires_in_seconds: '60' }, /^expires_in_seconds/],
    ['the field of contract 1', { name: 'ci', permission, will_expire: true }, /and no others/],
  ];
  for (const [what, body, detail] of refused) {
    test(`with ${what} is refused`, async () => {
      const options = { body: body as object, headers: { 'content-type': 'application/json' } };
      const answer = await manage('POST ', options);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.detail, detail);
    });
  }
});

describe('a change of an access token', () => {
  test('renames and describes it, and moves the version once', async () => {
    const { id, token } = await create();
    const body = { name: 'deploy', description: 'for the deployment' };
    const changed = await manage(`PATCH /${id}`, changing(body, '"v1"'));
    assert.deepEqual([changed.status, changed.headers.etag], [200, '"v2"']);
    const { name, description, version } = changed.json;
    assert.deepEqual([name, description, version], [body.name, body.description, 2]);
    const same = await manage(`PATCH /${id}`, changing({ name: 'deploy' }, '"v2"'));
    assert.equal(same.headers.etag, '"v2"');
    assert.ok(await isAlive(token));
    const rows: [object, RegExp][] = [
      [{}, /must name name, description or both/],
      [{ permission: 'admin' }, /and no others/],
      [{ name: '' }, /^The field name is missing/],
      [{ name: null }, /^name must be a text/],
    ];
    for (const [asked, detail] of rows) {
      const answer = await manage(`PATCH /${id}`, changing(asked));
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.detail, detail);
    }
  });

  test('needs If-Match, and the present ETag in it', async () => {
    const { id, token } = await create();
    const calls: [string, object | undefined][] = [
      [`PATCH /${id}`, { name: 'x' }],
      [`POST /${id}/rotation`, {}],
      [`DELETE /${id}/previous`, undefined],
      [`DELETE /${id}`, undefined],
    ];
    for (const [call, body] of calls) {
      const without = await manage(call, { body });
      expectAnswer(without, problemRefusal(428, 'precondition_required'), call);
      for (const tag of ['"v2"', 'W/"v1"', '"v2", "v3"']) {
        const stale = await manage(call, changing(body, tag));
        expectAnswer(stale, problemRefusal(412, 'precondition_failed'), `${call} ${tag}`);
      }
    }
    assert.ok(await isAlive(token));
    assert.equal((await manage(`GET /${id}`)).json.version, 1);
  });

  test('of none is not found, and of no number is refused', async () => {
    const calls: [string, object | undefined][] = [
      ['PATCH /ID', { name: 'x' }],
      ['POST /ID/rotation', {}],
      ['DELETE /ID/previous', undefined],
      ['DELETE /ID', undefined],
      ['GET /ID', undefined],
    ];
    for (const [call, body] of calls) {
      const at = (id: string) => manage(call.replace('ID', id), changing(body));
      expectAnswer(await at('999999'), problemRefusal(404, 'access_token_not_found'), call);
      for (const id of ['x', '0', '-1', '1.0', '01', '%00', '1'.repeat(16)]) {
        const answer = await at(id);
        expectAnswer(answer, problemRefusal(400, 'parameter_invalid'), `${call} ${id}`);
        assert.match(answer.json.detail, /^id must be the number of an access token/);
      }
    }
  });

  test('that deletes it is at once', async () => {
    const { id, token } = await create();
    await rotate(id, { overlap_seconds: 60 });
    assert.ok(await isAlive(token));
    const deleted = await manage(`DELETE /${id}`, changing(undefined, '"v2"'));
    expectAnswer(deleted, { status: 200, text: '{"deleted":true}' });
    assert.ok(!(await isAlive(token)));
    expectAnswer(await manage(`GET /${id}`), problemRefusal(404, 'access_token_not_found'));
  });
});

describe('a rotation', () => {
  test('without an overlap ends the old value at once', async () => {
    const { id, token } = await create();
    assert.ok(await isAlive(token));
    const rotated = await rotate(id, {}, '"v1"');
    assert.deepEqual([rotated.status, rotated.headers.etag], [200, '"v2"']);
    assert.deepEqual([rotated.json.previous, rotated.json.version], [null, 2]);
    assert.ok(rotated.json.rotated_at);
    assert.ok(!(await isAlive(token)));
    assert.ok(await isAlive(rotated.json.token));
  });

  test('with an overlap keeps it to the end of that, and tells the uses apart', async () => {
    const { id, token } = await create();
    await isAlive(token);
    const { json } = await rotate(id, { overlap_seconds: 60 });
    const endsAtMs = Date.parse(json.previous.expires_at);
    assert.equal(endsAtMs, Math.ceil(server.clock.nowMs() / 1000) * 1000 + 60_000);
    await isAlive(token);
    await server.sallyport.accessTokens.flushUses();
    const between = (await manage(`GET /${id}`)).json;
    assert.equal(between.last_used_at, null);
    assert.notEqual(between.previous.last_used_at, null);
    await isAlive(json.token);
    await server.sallyport.accessTokens.flushUses();
    assert.notEqual((await manage(`GET /${id}`)).json.last_used_at, null);
    server.clock.advanceMs(endsAtMs - server.clock.nowMs() - 1);
    assert.ok(await isAlive(token));
    server.clock.advanceMs(1);
    assert.ok(!(await isAlive(token)));
    assert.ok(await isAlive(json.token));
    assert.equal((await manage(`GET /${id}`)).json.previous, null);
  });

  test('during an overlap leaves two values, and an overlap can be ended', async () => {
    const { id, token: first } = await create();
    const { token: second } = (await rotate(id, { overlap_seconds: 3_600 })).json;
    const { token: third } = (await rotate(id, { overlap_seconds: 3_600 })).json;
    const alive = () => Promise.all([first, second, third].map(isAlive));
    assert.deepEqual(await alive(), [false, true, true]);
    const ended = await manage(`DELETE /${id}/previous`, changing(undefined, '"v3"'));
    assert.deepEqual([ended.status, ended.headers.etag], [200, '"v4"']);
    assert.equal(ended.json.previous, null);
    assert.deepEqual(await alive(), [false, false, true]);
    const again = await manage(`DELETE /${id}/previous`, changing(undefined, '"v4"'));
    assert.deepEqual([again.status, again.headers.etag], [200, '"v4"']);
  });

  test('by contract 1 ends both values', async () => {
    const { id, token: first } = await create();
    const { token: second } = (await rotate(id, { overlap_seconds: 3_600 })).json;
    await server.call('POST', `/auth/access_token/${id}/rotate`, { bearer });
    assert.deepEqual(await Promise.all([first, second].map(isAlive)), [false, false]);
  });

  test('of an expired token is refused, and so are overlaps beyond a month', async () => {
    const { id, token } = await create({ expires_in_seconds: 60 });
    for (const overlap_seconds of [-1, 2_592_001, 1.5, '60', null]) {
      const answer = await rotate(id, { overlap_seconds });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.detail, /^overlap_seconds must be a whole number from 0 to 2592000/);
    }
    const { json } = await rotate(id, { overlap_seconds: 2_592_000 });
    assert.equal(json.previous.expires_at, json.expires_at);
    server.clock.advanceMs(60_000);
    assert.deepEqual(await Promise.all([token, json.token].map(isAlive)), [false, false]);
    expectAnswer(await rotate(id), problemRefusal(400, 'access_token_expired'));
  });

  test('of a suspended token has no overlap', async () => {
    const { id } = await create();
    const { repository, accessTokens } = server.sallyport;
    await repository.concludeRestore({ suspendsAccessTokens: true, by: {} });
    bearer = await server.signInAdmin();
    const { state, suspended } = (await manage(`GET /${id}`)).json;
    assert.deepEqual([state, suspended], ['suspended', true]);
    const refused = await rotate(id, { overlap_seconds: 60 });
    expectAnswer(refused, problemRefusal(409, 'access_token_suspended'));
    const { json } = await rotate(id);
    assert.equal(json.state, 'live');
    assert.ok(await isAlive(json.token));
    await accessTokens.acceptSuspended({});
  });
});

describe('an access token that manages access tokens', () => {
  test('makes and rotates those with wider permissions, and itself', async () => {
    const { id, token: mine } = await createAccessToken(server, 'admin');
    const asMine = { bearer: mine };
    const body = { name: 'wide', permission: 'read,write,admin' };
    const made = await manage('POST ', { ...asMine, body });
    assert.deepEqual([made.status, made.json.permission], [201, 'read,write,admin']);
    const wide = await manage(`POST /${made.json.id}/rotation`, { ...changing({}), ...asMine });
    assert.ok(await isAlive(wide.json.token));
    const options = { ...changing({ overlap_seconds: 60 }), ...asMine };
    const own = await manage(`POST /${id}/rotation`, options);
    assert.equal(own.status, 200);
    assert.deepEqual(await Promise.all([mine, own.json.token].map(isAlive)), [true, true]);
    const event = server.events.findLast(({ name }) => name === 'access_token.rotated');
    assert.deepEqual(event?.actor, { kind: 'access_token', id });
    const end = { ...changing(undefined), bearer: own.json.token };
    assert.equal((await manage(`DELETE /${id}/previous`, end)).status, 200);
    assert.ok(!(await isAlive(mine)));
    assert.equal((await manage(`DELETE /${id}`, end)).status, 200);
    assert.ok(!(await isAlive(own.json.token)));
  });

  test('is refused without the admin bit, also its own rotation', async () => {
    const { id, token } = await createAccessToken(server, 'read,write');
    const options = { ...changing({}), bearer: token };
    const refused = problemRefusal(403, 'permission_denied');
    expectAnswer(await manage(`POST /${id}/rotation`, options), refused);
    expectAnswer(await manage('GET ', { bearer: token }), refused);
  });
});

test('a user with role ADMIN manages them too, and also while auth enforcement is off', async () => {
  const user = await createUser(server, { role: 'ADMIN' });
  const { token: jwt } = await signIn(server, user);
  await server.sallyport.authSwitch.set(false, {});
  const body = { name: 'by a person', permission: 'read' };
  const made = await manage('POST ', { bearer: jwt, body });
  await server.sallyport.authSwitch.set(true, {});
  assert.equal(made.status, 201);
  const event = server.events.findLast(({ name }) => name === 'access_token.created');
  assert.deepEqual(event?.actor, { kind: 'user', id: user.id });
});

test('what has expired for less than a day is not what expires within a week', async () => {
  await create({ name: 'weekly', expires_in_seconds: (7 * DAY_MS) / 1000 });
  await create({ name: 'later', expires_in_seconds: (7 * DAY_MS) / 1000 + 1 });
  const names = (await manage('GET ?state=expiring')).json.items.map(
    ({ name }: { name: string }) => name,
  );
  assert.ok(names.includes('weekly'));
  assert.ok(!names.includes('later'));
});
