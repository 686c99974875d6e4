/** The console's session: signing in, its cookie, where that counts, and what ends it. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUser, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import {
  ConsoleBrowser,
  openAdminConsole,
  openUserConsole,
  SESSION,
} from '../support/console-browser.ts';
import { cookiesIn } from '../support/cookie-jar.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';

const HOUR_S = 3600;
const SIGNED_OUT = problemRefusal(401, 'bearer_invalid');
const WRONG = problemRefusal(401, 'credentials_invalid');
const FOREIGN = problemRefusal(403, 'foreign_site');

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

const isSignedIn = async (browser: ConsoleBrowser) =>
  (await browser.send('GET', SESSION)).status === 200;

describe('before anybody has signed in', () => {
  test('the console is told whether there is an admin, and who may create one', async (t) => {
    const fresh = await startCheckedServer({ settings: { APP_NAME: 'Harbour' } });
    t.after(() => fresh.close());
    const start = async (headers: Record<string, string> = {}) =>
      (await fresh.call('GET', '/management/console/start', { headers })).json;
    const none = { app_name: 'Harbour', admin_exists: false };
    assert.deepEqual(await start(), { ...none, may_create_admin: true });
    const proxied = { 'x-forwarded-for': '203.0.113.1' };
    assert.deepEqual(await start(proxied), { ...none, may_create_admin: false });
    await fresh.sallyport.admin.create(ADMIN_PASSWORD);
    const there = { app_name: 'Harbour', admin_exists: true, may_create_admin: false };
    assert.deepEqual(await start(), there);
  });

  test('where calls for localhost are off, nobody may create the admin', async (t) => {
    const fresh = await startCheckedServer({ settings: { LOCAL_ADMIN_CALLS: 'off' } });
    t.after(() => fresh.close());
    const { json } = await fresh.call('GET', '/management/console/start');
    assert.equal(json.may_create_admin, false);
  });

  test('asking who is signed in is answered 401 and is no incident', async () => {
    const { length } = server.events;
    expectAnswer(await new ConsoleBrowser(server).send('GET', SESSION), SIGNED_OUT);
    assert.equal(server.events.length, length);
    const stale = new ConsoleBrowser(server);
    stale.cookie = `console=${'A'.repeat(43)}`;
    expectAnswer(await stale.send('GET', SESSION), SIGNED_OUT);
    assert.equal(server.events.at(-1)?.name, 'bearer.rejected');
  });
});

describe('signing in', () => {
  test('as the built-in admin sets a cookie that scripts and other sites do not reach', async () => {
    await server.signInAdmin();
    const browser = new ConsoleBrowser(server);
    const answer = await browser.enter({ password: ADMIN_PASSWORD });
    const now = new Date(server.clock.nowMs()).toISOString().replace('.000Z', 'Z');
    const at = (hours: number) =>
      new Date(server.clock.nowMs() + hours * 3_600_000).toISOString().replace('.000Z', 'Z');
    assert.deepEqual(answer.json, {
      kind: 'admin',
      user_id: null,
      username: 'admin',
      signed_in_at: now,
      password_entered_at: now,
      idle_expires_at: at(1),
      expires_at: at(12),
    });
    const { console: cookie, ...others } = cookiesIn(answer);
    assert.deepEqual(others, {});
    assert.match(cookie?.value ?? '', /^[\w-]{43}$/);
    assert.deepEqual(cookie?.attributes, {
      'max-age': String(12 * HOUR_S),
      path: '/',
      httponly: '',
      samesite: 'Strict',
    });
    assert.deepEqual((await browser.send('GET', SESSION)).json, answer.json);
    assert.equal((await browser.send('GET', '/management/users')).status, 200);
    const event = server.events.find(({ reason }) => reason === 'console');
    assert.equal(event?.name, 'admin.signed_in');
  });

  test('as a user with the role ADMIN works, and changes are recorded as theirs', async () => {
    const { id, username, browser } = await openUserConsole(server);
    const { json } = await browser.send('GET', SESSION);
    assert.deepEqual([json.kind, json.user_id, json.username], ['user', id, username]);
    const body = { username: `made by ${id}`, password: USER_PASSWORD };
    assert.equal((await browser.send('POST', '/management/users', { body })).status, 201);
    const created = server.events.findLast(({ name }) => name === 'user.created');
    assert.deepEqual(created?.actor, { kind: 'user', id });
  });

  test('is refused alike for unknown, wrong, disabled and standard users', async () => {
    const standard = await createUser(server);
    const disabled = await createUser(server, { role: 'ADMIN' });
    await server.sallyport.operations.setUserEnabled({
      userId: disabled.id,
      isEnabled: false,
      expectedVersion: null,
      by: {},
    });
    const admin = await createUser(server, { role: 'ADMIN' });
    const tries = [
      { username: 'nobody at all', password: USER_PASSWORD },
      { username: 'x\0y', password: USER_PASSWORD },
      { username: admin.username, password: 'a wrong password' },
      { username: admin.username, password: '' },
      { username: standard.username, password: USER_PASSWORD },
      { username: disabled.username, password: USER_PASSWORD },
      { username: 'admin', password: ADMIN_PASSWORD },
      { username: '', password: ADMIN_PASSWORD },
      { password: 'a wrong password' },
    ];
    const texts = new Set<string>();
    for (const body of tries) {
      const before = server.engine.jobs.length;
      const answer = await new ConsoleBrowser(server).enter(body);
      expectAnswer(answer, { ...WRONG, without: ['set-cookie'] }, JSON.stringify(body));
      texts.add(answer.text);
      assert.equal(server.engine.jobs.length - before, 1, 'each costs one check');
    }
    assert.equal(texts.size, 1);
    const reasons = server.events.slice(-tries.length).map(({ reason }) => reason);
    const none = 'console_not_allowed';
    assert.deepEqual(reasons.slice(4, 6), [none, none]);
  });

  test('reads no other fields, and says what is missing', async () => {
    const browser = new ConsoleBrowser(server);
    const send = (body: object) => browser.send('POST', SESSION, { body });
    expectAnswer(await send({}), problemRefusal(400, 'field_missing'));
    expectAnswer(await send({ password: 1 }), problemRefusal(400, 'field_invalid'));
    expectAnswer(
      await send({ username: null, password: 'x' }),
      problemRefusal(400, 'field_invalid'),
    );
    const more = { password: ADMIN_PASSWORD, remember: true };
    expectAnswer(await send(more), problemRefusal(400, 'body_invalid'));
  });

  test('counts with every other failed sign-in, and is limited like them', async (t) => {
    const strict = await startCheckedServer({
      settings: { ACCOUNT_FAILURES_PER_MINUTE: '3', LOGIN_FAILURES_PER_MINUTE: '1000' },
    });
    t.after(() => strict.close());
    const { username } = await createUser(strict, { role: 'ADMIN' });
    const wrong = { username, password: 'a wrong password' };
    const browser = new ConsoleBrowser(strict);
    for (let n = 0; n < 2; n += 1) expectAnswer(await browser.enter(wrong), WRONG);
    assert.equal((await strict.call('POST', '/api/auth/login', { body: wrong })).status, 401);
    const limited = await browser.enter({ username, password: USER_PASSWORD });
    expectAnswer(limited, problemRefusal(429, 'rate_limited'));
    assert.ok(limited.headers['retry-after']);
    const login = { username, password: USER_PASSWORD };
    assert.equal((await strict.call('POST', '/api/auth/login', { body: login })).status, 429);
  });

  test('ends the session that was there before, and adopts no cookie', async () => {
    const browser = await openAdminConsole(server);
    const before = browser.cookie;
    await browser.signIn({ password: ADMIN_PASSWORD });
    assert.notEqual(browser.cookie, before);
    assert.ok(await isSignedIn(browser));
    const left = new ConsoleBrowser(server);
    left.cookie = before;
    assert.equal(await isSignedIn(left), false);
    const planted = new ConsoleBrowser(server);
    planted.cookie = `console=${'B'.repeat(43)}`;
    await planted.signIn({ password: ADMIN_PASSWORD });
    assert.notEqual(planted.cookie, `console=${'B'.repeat(43)}`);
  });
});

describe('the cookie', () => {
  /** What a request says of where it comes from; whether it may change, and whether it may read. */
  const sites: [what: string, headers: Record<string, string>, changes: boolean, reads: boolean][] =
    [
      ['a page of this origin', { 'sec-fetch-site': 'same-origin' }, true, true],
      ['a page of this origin over http', { 'sec-fetch-site': '', origin: 'OWN' }, true, true],
      ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, false, false],
      ['a page of another site', { 'sec-fetch-site': 'cross-site' }, false, false],
      ['another origin over http', { 'sec-fetch-site': '', origin: 'http://x.test' }, false, false],
      ['another port', { 'sec-fetch-site': '', origin: 'http://127.0.0.1:1' }, false, false],
      ['nobody who says so', { 'sec-fetch-site': '' }, false, true],
      ['an address typed in', { 'sec-fetch-site': 'none' }, false, true],
    ];
  for (const [what, given, changes, reads] of sites) {
    test(`sent from ${what} ${changes ? 'changes' : reads ? 'reads' : 'opens'} ${reads ? 'what it may' : 'nothing'}`, async () => {
      const browser = await openAdminConsole(server);
      const { cookie } = browser;
      const headers = Object.fromEntries(
        Object.entries({ ...given, cookie })
          .filter(([, value]) => value !== '')
          .map(([name, value]) => [name, value.replace('OWN', server.url)]),
      );
      const read = await server.call('GET', '/management/users', { headers });
      expectAnswer(read, reads ? { status: 200 } : FOREIGN);
      const ending = await server.call('DELETE', '/management/users/999999/sessions', { headers });
      expectAnswer(ending, changes ? { status: 404 } : FOREIGN);
      const entering = await server.call('POST', SESSION, {
        headers: { ...headers, 'content-type': 'application/json' },
        body: { password: ADMIN_PASSWORD },
      });
      expectAnswer(entering, changes ? { status: 200 } : FOREIGN);
    });
  }

  test('counts only without an Authorization header, whatever that holds', async () => {
    const { cookie } = await openAdminConsole(server);
    for (const authorization of ['Bearer nothing', 'Basic eDp5', '', 'Bearer']) {
      const headers = { cookie, authorization };
      expectAnswer(await server.call('GET', '/management/users', { headers }), SIGNED_OUT);
      expectAnswer(await server.call('GET', SESSION, { headers }), SIGNED_OUT);
    }
    const bearer = await server.signInAdmin();
    const both = await server.call('GET', SESSION, { bearer, headers: { cookie } });
    expectAnswer(both, SIGNED_OUT);
  });

  test('that comes twice counts not at all', async () => {
    const browser = await openAdminConsole(server);
    const twice = `${browser.cookie}; console=${'C'.repeat(43)}`;
    for (const cookie of [twice, `${browser.cookie}; ${browser.cookie}`, `console=; ${twice}`]) {
      const answer = await browser.send('GET', '/management/users', { headers: { cookie } });
      expectAnswer(answer, problemRefusal(401, 'cookie_repeated'));
    }
    const beside = `token=x; ${browser.cookie}; console2=y; xconsole=z`;
    const answer = await browser.send('GET', '/management/users', { headers: { cookie: beside } });
    assert.equal(answer.status, 200);
  });

  test('on https is one that no neighbour can plant, and the plain one counts for nothing', async (t) => {
    const proxied = await startCheckedServer({ settings: { TRUSTED_PROXIES: '127.0.0.1' } });
    t.after(() => proxied.close());
    await proxied.signInAdmin();
    const overTls = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'auth.example.com' };
    const browser = new ConsoleBrowser(proxied, overTls);
    const answer = await browser.enter({ password: ADMIN_PASSWORD });
    const cookie = cookiesIn(answer)['__Host-console'];
    assert.deepEqual(cookie?.attributes, {
      'max-age': String(12 * HOUR_S),
      path: '/',
      httponly: '',
      samesite: 'Strict',
      secure: '',
    });
    assert.ok(await isSignedIn(browser));
    const planted = new ConsoleBrowser(proxied, overTls);
    planted.cookie = browser.cookie.replace('__Host-', '');
    assert.equal(await isSignedIn(planted), false);
    planted.cookie = `${planted.cookie}; ${browser.cookie}`;
    assert.ok(await isSignedIn(planted), 'a planted one keeps nobody out');
  });

  test('of COOKIE_DOMAIN knows nothing', async (t) => {
    const shared = await startCheckedServer({ settings: { COOKIE_DOMAIN: 'example.com' } });
    t.after(() => shared.close());
    await shared.signInAdmin();
    const answer = await new ConsoleBrowser(shared).enter({ password: ADMIN_PASSWORD });
    assert.equal(cookiesIn(answer).console?.attributes.domain, undefined);
  });
});

describe('a console session', () => {
  test('ends by signing out, which takes the cookie back', async () => {
    const browser = await openAdminConsole(server);
    const { cookie } = browser;
    const answer = await browser.send('DELETE', SESSION);
    assert.deepEqual(answer.json, { ended: true });
    assert.equal(browser.cookie, '');
    browser.cookie = cookie;
    expectAnswer(await browser.send('GET', '/management/stats'), SIGNED_OUT);
    expectAnswer(await browser.send('DELETE', SESSION), SIGNED_OUT);
  });

  test('ends after an hour without a request, and after twelve in any case', async () => {
    const browser = await openAdminConsole(server);
    server.clock.advanceSeconds(HOUR_S - 1);
    assert.ok(await isSignedIn(browser));
    for (let quarter = 0; quarter < 43; quarter += 1) {
      server.clock.advanceSeconds(HOUR_S / 4);
      assert.ok(await isSignedIn(browser), `quarter ${quarter}`);
    }
    server.clock.advanceSeconds(HOUR_S / 4 + 1);
    assert.equal(await isSignedIn(browser), false, 'twelve hours have passed');
    const idle = await openAdminConsole(server);
    server.clock.advanceSeconds(HOUR_S);
    assert.equal(await isSignedIn(idle), false);
  });

  test('ends with a new password of the built-in admin', async () => {
    const browser = await openAdminConsole(server);
    const user = await openUserConsole(server);
    await server.sallyport.admin.resetPassword(ADMIN_PASSWORD);
    assert.equal(await isSignedIn(browser), false);
    assert.ok(await isSignedIn(user.browser), 'another’s goes on');
  });

  test('ends with what an operator does to its user', async () => {
    await createUser(server, { role: 'ADMIN' });
    const acts: [method: string, path: string, body?: object][] = [
      ['PATCH', '', { enabled: false }],
      ['PATCH', '', { role: 'STANDARD' }],
      ['DELETE', '/sessions'],
      ['DELETE', ''],
    ];
    const bearer = await server.signInAdmin();
    for (const [method, path, body] of acts) {
      const { id, browser } = await openUserConsole(server);
      const headers = { 'if-match': '*', ...(body && { 'content-type': 'application/json' }) };
      const target = `/management/users/${id}${path}`;
      const answer = await server.call(method, target, { bearer, body, headers });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(await isSignedIn(browser), false, `${method} ${path}`);
    }
  });

  test('says when the password was entered again', async () => {
    const { username, browser } = await openUserConsole(server);
    const before = (await browser.send('GET', SESSION)).json;
    server.clock.advanceSeconds(600);
    const confirm = (password: string) =>
      browser.send('POST', `${SESSION}/confirmation`, { body: { password } });
    expectAnswer(await confirm('a wrong password'), WRONG);
    assert.equal(server.events.at(-1)?.name, 'console.confirmation_failed');
    const same = (await browser.send('GET', SESSION)).json;
    assert.equal(same.password_entered_at, before.password_entered_at);
    const answer = await confirm(USER_PASSWORD);
    assert.equal(answer.status, 200);
    assert.equal(answer.json.username, username);
    assert.equal(
      Date.parse(answer.json.password_entered_at) - Date.parse(before.password_entered_at),
      600_000,
    );
    assert.equal(answer.json.expires_at, before.expires_at);
    const bearer = await server.signInAdmin();
    const byBearer = await server.call('POST', `${SESSION}/confirmation`, {
      bearer,
      body: { password: ADMIN_PASSWORD },
    });
    expectAnswer(byBearer, SIGNED_OUT);
  });
});

describe('all console sessions', () => {
  test('are listed with who, from where and which one asks, and ended one by one', async () => {
    const admin = await openAdminConsole(server);
    const { id: userId, username, browser } = await openUserConsole(server);
    const list = async (by: ConsoleBrowser) =>
      (await by.send('GET', '/management/console-sessions')).json.items;
    const own = (await list(browser)).filter(
      ({ user_id: id }: { user_id: number }) => id === userId,
    );
    const now = new Date(server.clock.nowMs()).toISOString().replace('.000Z', 'Z');
    const common = { kind: 'user', user_id: userId, username, created_at: now, last_seen_at: now };
    const [{ id }] = own;
    const origin = { address: '127.0.0.1', user_agent: '' };
    assert.deepEqual(own, [{ id, ...common, ...origin, current: true }]);
    const seen = await list(admin);
    assert.equal(seen.filter(({ current }: { current: boolean }) => current).length, 1);
    assert.equal(seen.find((one: { id: string }) => one.id === id).current, false);
    const end = (target: string) => admin.send('DELETE', `/management/console-sessions/${target}`);
    assert.deepEqual((await end(id)).json, { ended: true });
    assert.equal(await isSignedIn(browser), false);
    const gone = problemRefusal(404, 'session_not_found');
    for (const target of [id, 'nothing', '%00', 'a'.repeat(200)]) {
      expectAnswer(await end(target), gone);
    }
  });

  test('are no matter of access tokens', async () => {
    const bearer = await LIVE.accessToken(server, 'admin');
    const denied = problemRefusal(403, 'permission_denied');
    const path = '/management/console-sessions';
    expectAnswer(await server.call('GET', path, { bearer }), denied);
    expectAnswer(await server.call('DELETE', `${path}/nothing`, { bearer }), denied);
  });
});
