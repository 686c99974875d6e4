/** The account API: what people do with their own account, by bearer or by cookies, and no more. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  alterDatabase,
  createUser,
  openSession,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { BrowserSession, FROM_OWN_PAGE } from '../support/cookie-jar.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { CallOptions } from '../support/http-call.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';

const SIGNED_OUT = problemRefusal(401, 'bearer_invalid');
const NEXT = 'another long password';

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

const account = (call: string, options: CallOptions) => {
  const [method = '', path = ''] = call.split(' ');
  return server.call(method, `/account${path}`, options);
};
const isLive = async (bearer: string) => (await account('GET /profile', { bearer })).status === 200;

describe('the account of who asks', () => {
  test('has a profile', async () => {
    const user = await createUser(server);
    const { token: bearer } = await signIn(server, user);
    const now = new Date(server.clock.nowMs()).toISOString().replace('.000Z', 'Z');
    await alterDatabase(
      server,
      `insert into user_identities (issuer, subject, user_id, provider_id, created_at_ms)
       values ('https://id.example', 'secret subject ${user.id}', ${user.id}, 'acme', 0)`,
    );
    const answer = await account('GET /profile', { bearer });
    assert.deepEqual(answer.json, {
      id: user.id,
      username: user.username,
      role: 'STANDARD',
      has_password: true,
      created_at: now,
      last_sign_in_at: now,
      identities: [{ provider: 'acme', linked_at: '1970-01-01T00:00:00Z' }],
    });
    assert.ok(!answer.text.includes('subject'));
  });

  test('has sessions, which end one by one and all but the one that asks', async () => {
    const user = await createUser(server);
    const stranger = await openSession(server);
    const tokens: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      server.clock.advanceSeconds(1);
      tokens.unshift((await signIn(server, user)).token);
    }
    const [bearer = '', second = '', third = '', fourth = ''] = tokens;
    const sid = (token: string) => String(claimsOf(token).sid);
    const { items } = (await account('GET /sessions', { bearer })).json;
    assert.deepEqual(
      items.map(({ id, current }: { id: string; current: boolean }) => [id, current]),
      tokens.map((token) => [sid(token), token === bearer]),
    );
    assert.deepEqual((await account(`DELETE /sessions/${sid(second)}`, { bearer })).json, {
      ended: true,
    });
    assert.deepEqual([await isLive(second), await isLive(third)], [false, true]);
    const gone = problemRefusal(404, 'session_not_found');
    for (const id of [sid(second), sid(stranger.token), 'nothing', '%00', 'x'.repeat(300)]) {
      expectAnswer(await account(`DELETE /sessions/${id}`, { bearer }), gone, id);
    }
    assert.deepEqual((await account('DELETE /sessions', { bearer })).json, { ended_sessions: 2 });
    const live = [await isLive(bearer), await isLive(third), await isLive(fourth)];
    assert.deepEqual(live, [true, false, false]);
    assert.ok(await isLive(stranger.token));
  });

  test('has a password, whose change ends every session and begins a new one', async () => {
    const user = await createUser(server);
    const { token: bearer } = await signIn(server, user);
    const { token: other } = await signIn(server, user);
    const change = (current: string, next: string) =>
      account('PUT /password', {
        bearer,
        body: { current_password: current, new_password: next },
        headers: { 'content-type': 'application/json' },
      });
    expectAnswer(
      await change('a wrong password', NEXT),
      problemRefusal(401, 'credentials_invalid'),
    );
    expectAnswer(await change(USER_PASSWORD, 'short'), problemRefusal(400, 'password_rejected'));
    const answer = await change(USER_PASSWORD, NEXT);
    assert.deepEqual(Object.keys(answer.json).sort(), ['expires_at', 'refresh_token', 'token']);
    const live = [await isLive(bearer), await isLive(other), await isLive(answer.json.token)];
    assert.deepEqual(live, [false, false, true]);
    await signIn(server, { username: user.username, password: NEXT });
  });

  test('has events: its own, and of operators no more than that they acted', async () => {
    const user = await createUser(server);
    await server.call('POST', '/api/auth/login', {
      body: { username: user.username, password: 'a wrong password' },
    });
    await openSession(server);
    const admin = await server.signInAdmin();
    await server.call('DELETE', `/management/users/${user.id}/sessions`, { bearer: admin });
    const { token: bearer } = await signIn(server, user);
    const { items, next_cursor: none } = (await account('GET /audit-events', { bearer })).json;
    assert.equal(none, null);
    const short = items.map((one: Record<string, unknown>) => [
      one.event,
      one.actor_kind,
      one.actor_is_you,
      one.address,
    ]);
    assert.deepEqual(short, [
      ['session.signed_in', 'user', true, '127.0.0.1'],
      ['session.ended', 'admin', false, null],
      ['session.sign_in_failed', 'anonymous', false, '127.0.0.1'],
      ['user.created', 'server', false, null],
    ]);
    const first = (await account('GET /audit-events?limit=1', { bearer })).json;
    assert.equal(first.items.length, 1);
    const rest = await account(`GET /audit-events?cursor=${first.next_cursor}`, { bearer });
    assert.deepEqual([...first.items, ...rest.json.items], items);
    const invalid = problemRefusal(400, 'parameter_invalid');
    for (const query of ['limit=0', 'subject=1', 'cursor=x', 'limit=1&limit=2']) {
      expectAnswer(await account(`GET /audit-events?${query}`, { bearer }), invalid, query);
    }
  });
});

describe('the account API takes', () => {
  test('no other credential than a person’s', async () => {
    const { token: bearer, refresh_token: refresh } = await openSession(server);
    assert.ok(await isLive(bearer));
    const others = [
      refresh,
      await server.signInAdmin(),
      await LIVE.accessToken(server, 'read,write,admin'),
      'nothing',
    ];
    for (const other of others) {
      expectAnswer(await account('GET /profile', { bearer: other }), SIGNED_OUT);
    }
    expectAnswer(await account('GET /profile', {}), SIGNED_OUT);
    const html = { headers: { accept: 'text/html' } };
    expectAnswer(await account('GET /profile', html), SIGNED_OUT);
    const cookie = `token=${bearer}`;
    expectAnswer(await account('GET /profile', { headers: { cookie } }), { status: 200 });
    for (const authorization of ['Bearer nothing', '', 'Basic eDp5']) {
      const headers = { cookie, authorization };
      expectAnswer(await account('GET /profile', { headers }), SIGNED_OUT, authorization);
    }
    const twice = { headers: { cookie: `${cookie}; ${cookie}` } };
    expectAnswer(await account('GET /profile', twice), problemRefusal(401, 'cookie_repeated'));
  });

  test('cookies from a page of this origin alone, where something changes', async () => {
    const { token } = await openSession(server);
    const cookie = `token=${token}`;
    const end = (headers: Record<string, string>) =>
      account('DELETE /sessions', { headers: { cookie, ...headers } });
    const foreign = problemRefusal(403, 'foreign_site');
    expectAnswer(await end({}), foreign);
    expectAnswer(await end({ 'sec-fetch-site': 'cross-site' }), foreign);
    expectAnswer(await end({ 'sec-fetch-site': 'same-site' }), foreign);
    expectAnswer(await end({ origin: 'https://evil.example' }), foreign);
    expectAnswer(await end(FROM_OWN_PAGE), { status: 200 });
  });

  test('and gives cookies to who came by cookies, and no token to a script', async (t) => {
    const pages = await startTestServer();
    t.after(() => pages.close());
    const { username } = await createUser(pages);
    const browser = await new BrowserSession(pages).signIn(username);
    const before = browser.cookies.get('token');
    const answer = await browser.send('PUT', '/account/password', {
      body: { current_password: USER_PASSWORD, new_password: NEXT },
      headers: { ...FROM_OWN_PAGE, 'content-type': 'application/json' },
    });
    assert.deepEqual(Object.keys(answer.json), ['expires_at']);
    assert.notEqual(browser.cookies.get('token'), before);
    assert.equal((await browser.get('/account/profile')).json.username, username);
  });
});
