/** Contract 2: the login page and `POST /auth/login`, for people and as JSON. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { alterDatabase, createUser, freshName, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import {
  asForm,
  BrowserSession,
  cookiesIn,
  FORM_TYPE,
  FROM_OWN_PAGE,
} from '../support/cookie-jar.ts';
import { expectAnswer, problemRefusal, userRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { CallAnswer } from '../support/http-call.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};
const ROOMY = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

let server: TestServer;
/** The same server for calls that are answered with JSON. */
let checked: TestServer;
before(async () => {
  server = await startTestServer({ settings: ROOMY });
  checked = await startCheckedServer();
});
after(() => Promise.all([server.close(), checked.close()]));

describe('the login page', () => {
  test('is a form for browsers and password managers, with strict headers', async () => {
    const answer = await server.call('GET', '/auth/login');
    expectAnswer(answer, { status: 200, headers: PAGE_HEADERS, without: ['set-cookie'] });
    const { text } = answer;
    assert.match(text, /^<!doctype html>\n<html lang="en">/);
    assert.match(text, /<form method="post" action="\/auth\/login">/);
    assert.match(text, /<label for="username">/);
    assert.match(text, /name="username" type="text" autocomplete="username" required/);
    assert.match(text, /name="password" type="password" autocomplete="current-password" required/);
    assert.doesNotMatch(text, /<script|style=|\bon\w+=|javascript:|https?:\/\//);
  });

  test('asks nobody to sign in with what is not configured', async () => {
    assert.doesNotMatch((await server.call('GET', '/auth/login')).text, /google/i);
  });

  test('says who is signed in already and offers to go on', async () => {
    const { username } = await createUser(server);
    const browser = await new BrowserSession(server).signIn(username);
    const { status, text } = await browser.get('/auth/login?returnTo=%2Fapp');
    assert.equal(status, 200);
    assert.match(text, new RegExp(`signed in as <bdi>${username}</bdi>`));
    assert.match(text, /<a href="\/app">Continue<\/a>/);
  });

  test('warns where the browser will not keep what a sign-in sets', async (t) => {
    const secure = await startTestServer({ settings: { COOKIE_SECURE: 'true' } });
    t.after(() => void secure.close());
    const plain = await secure.call('GET', '/auth/login');
    assert.match(plain.text, /COOKIE_SECURE=false/);
    const headers = { 'sec-fetch-site': 'none' };
    const safe = await secure.call('GET', '/auth/login', { headers });
    assert.doesNotMatch(safe.text, /COOKIE_SECURE/);
    assert.doesNotMatch((await server.call('GET', '/auth/login')).text, /COOKIE_SECURE/);
  });

  test('has a stylesheet that is kept for ever under the address of its content', async () => {
    const { text } = await server.call('GET', '/auth/login');
    const [, address = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(text) ?? [];
    const styles = await server.call('GET', address);
    const headers = {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/css; charset=utf-8',
      'x-content-type-options': 'nosniff',
    };
    expectAnswer(styles, { status: 200, headers });
    const { etag } = styles.headers;
    const again = await server.call('GET', '/assets/pages.css', {
      headers: { 'if-none-match': String(etag) },
    });
    expectAnswer(again, { status: 304, text: '', headers: { 'cache-control': 'no-cache' } });
  });
});

describe('a form that signs in', () => {
  test('sets both cookies and leads on with 303', async () => {
    const { username, password, id } = await createUser(server);
    const fields = { username, password, returnTo: '/reports?year=2026#top' };
    const answer = await server.call('POST', '/auth/login', asForm(fields));
    expectAnswer(answer, {
      status: 303,
      headers: { location: '/reports?year=2026#top', 'cache-control': 'no-store' },
    });
    const { token, refresh_token, ...others } = cookiesIn(answer);
    assert.deepEqual(others, {});
    for (const [cookie, type] of [
      [token, 'access'],
      [refresh_token, 'refresh'],
    ] as const) {
      const claims = claimsOf(cookie?.value ?? '');
      assert.deepEqual([claims.user_id, claims.token_type], [id, type]);
      assert.equal(cookie?.attributes['max-age'], String(Number(claims.exp) - Number(claims.iat)));
    }
  });

  test('leads to the start page when it is told nothing', async () => {
    const { username, password } = await createUser(server);
    const answer = await server.call('POST', '/auth/login', asForm({ username, password }));
    expectAnswer(answer, { status: 303, headers: { location: '/' } });
  });

  test('takes the way back from the address too, and from the form first', async () => {
    const { username, password } = await createUser(server);
    const path = '/auth/login?returnTo=/from-address';
    const plain = await server.call('POST', path, asForm({ username, password }));
    assert.equal(plain.headers.location, '/from-address');
    const fields = { username, password, returnTo: '/from-form' };
    assert.equal((await server.call('POST', path, asForm(fields))).headers.location, '/from-form');
  });

  test('keeps every character of a password, also those that forms encode', async () => {
    const password = 'pä ss+&=%20 \u{1f511};"<>';
    const { username } = await createUser(server, { password });
    await new BrowserSession(server).signIn(username, password);
  });
});

describe('a form that does not sign in', () => {
  test('with a wrong name or password comes back with 401, help and the name', async () => {
    const { username } = await createUser(server);
    const rows: [name: string, password: string][] = [
      [username, 'a wrong password'],
      [username, 'short'],
      [freshName(), USER_PASSWORD],
      ['x', USER_PASSWORD],
      ['x'.repeat(300), USER_PASSWORD],
    ];
    const texts = new Set<string>();
    for (const [name, password] of rows) {
      const fields = { username: name, password, returnTo: '/reports' };
      const answer = await server.call('POST', '/auth/login', asForm(fields));
      expectAnswer(answer, { status: 401, headers: PAGE_HEADERS, without: ['set-cookie'] }, name);
      assert.match(answer.text, /<title>Error: /);
      assert.match(answer.text, /role="alert"><strong>That username and password do not match/);
      assert.match(answer.text, /name="returnTo" value="\/reports"/);
      assert.ok(answer.text.includes(`value="${name}"`));
      assert.equal(answer.text.includes(`value="${password}"`), false);
      texts.add(answer.text.replace(`value="${name}"`, ''));
    }
    assert.equal(texts.size, 1, 'and says the same to everybody');
  });

  test('of a disabled user says what it says to everybody', async () => {
    const user = await createUser(server);
    await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', user.id);
    const { username, password } = user;
    const disabled = await server.call('POST', '/auth/login', asForm({ username, password }));
    const unknown = await server.call(
      'POST',
      '/auth/login',
      asForm({ username: 'nobody', password }),
    );
    assert.equal(disabled.status, 401);
    assert.equal(disabled.text.replaceAll(username, 'nobody'), unknown.text);
  });

  test('with a field left empty asks for it', async () => {
    const { username, password } = await createUser(server);
    for (const fields of [{ username }, { password }, { username, password: '' }, {}]) {
      const answer = await server.call('POST', '/auth/login', asForm(fields));
      expectAnswer(answer, { status: 400, headers: PAGE_HEADERS });
      assert.match(answer.text, /Enter your username and your password/);
    }
  });

  test('after too many tries says how long to wait, in words and in Retry-After', async (t) => {
    const strict = await startTestServer({ settings: { ACCOUNT_FAILURES_PER_MINUTE: '1' } });
    t.after(() => void strict.close());
    const { username, password } = await createUser(strict);
    await strict.call('POST', '/auth/login', asForm({ username, password: 'a wrong password' }));
    const answer = await strict.call('POST', '/auth/login', asForm({ username, password }));
    expectAnswer(answer, { status: 429, headers: PAGE_HEADERS, without: ['set-cookie'] });
    const seconds = answer.headers['retry-after'];
    assert.match(answer.text, new RegExp(`Please try again in ${seconds} seconds`));
    const body = { username, password };
    const viaApi = await strict.call('POST', '/api/auth/login', { body });
    assert.equal(viaApi.status, 429, 'one budget for all ways in');
  });

  test('while the server is busy comes back with 503 and Retry-After', async (t) => {
    const busy = await startTestServer({ settings: ROOMY });
    t.after(() => void busy.close());
    const release = busy.engine.hold();
    const turnedAway = Promise.withResolvers<CallAnswer>();
    const calls = Array.from({ length: 200 }, async () => {
      const fields = { username: freshName(), password: USER_PASSWORD };
      const one = await busy.call('POST', '/auth/login', asForm(fields));
      if (one.status === 503) turnedAway.resolve(one);
    });
    const answer = await turnedAway.promise;
    release();
    await Promise.all(calls);
    expectAnswer(answer, { status: 503, headers: PAGE_HEADERS });
    assert.match(answer.text, /The server is busy/);
    assert.ok(Number(answer.headers['retry-after']) >= 1);
  });

  test('never shows what was typed as markup', async () => {
    const hostile = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' autofocus onfocus=alert(1) x='",
      '</title><script>1</script>',
      '&lt;b&gt;',
      '\u202egnirts\u0000',
    ];
    for (const username of hostile) {
      const fields = { username, password: 'a wrong password', returnTo: `/${username}` };
      const { text } = await server.call('POST', '/auth/login', asForm(fields));
      assert.doesNotMatch(text, /<script|<img|' autofocus|<b>/, username);
      assert.equal((text.match(/<title>/g) ?? []).length, 1);
      const address = `/auth/login?returnTo=${encodeURIComponent(`/${username}`)}`;
      const page = await server.call('GET', address);
      assert.doesNotMatch(page.text, /<script|<img|' autofocus|<b>/, username);
    }
  });

  test('shows the name of the application as text', async (t) => {
    const named = await startTestServer({ settings: { APP_NAME: '<b>"A & B"</b>' } });
    t.after(() => void named.close());
    const { text } = await named.call('GET', '/auth/login');
    assert.match(text, /<title>Sign in to &lt;b&gt;&quot;A &amp; B&quot;&lt;\/b&gt;<\/title>/);
    assert.doesNotMatch(text, /<b>/);
  });
});

describe('JSON', () => {
  test('signs in as a form does, and is answered with JSON', async () => {
    const { username, password } = await createUser(checked);
    const body = { username, password, returnTo: '/reports' };
    const answer = await checked.call('POST', '/auth/login', { body });
    expectAnswer(answer, {
      status: 303,
      text: '{"success":true}',
      headers: { location: '/reports' },
    });
    assert.deepEqual(Object.keys(cookiesIn(answer)), ['token', 'refresh_token']);
  });

  test('is refused in the words of contract 2', async () => {
    const { username, password } = await createUser(checked);
    const invalid = userRefusal(400, 'invalid request body');
    const wrong = userRefusal(401, 'invalid username or password');
    const rows = [
      [{ username, password: 'a wrong password' }, wrong],
      [{ username: freshName(), password }, wrong],
      [{ username, password: 'short' }, invalid],
      [{ username: 'ab', password }, invalid],
      [{ username }, invalid],
      [{ username: 5, password }, invalid],
      [{ username, password, returnTo: 5 }, invalid],
      ['{', invalid],
      [undefined, invalid],
    ] as const;
    for (const [body, refusal] of rows) {
      const answer = await checked.call('POST', '/auth/login', { body });
      expectAnswer(answer, { ...refusal, without: ['set-cookie'] }, JSON.stringify(body));
    }
  });

  test('and forms are read strictly', async () => {
    const { username, password } = await createUser(server);
    const sound = `username=${encodeURIComponent(username)}&password=${password}`;
    const rows: [status: number, type: string, body: string | Buffer][] = [
      [303, `${FORM_TYPE}; charset=UTF-8`, sound],
      [303, FORM_TYPE, `${sound}&`],
      [400, FORM_TYPE, `${sound}&username=x`],
      [400, FORM_TYPE, `${sound}&password=${password}`],
      [400, FORM_TYPE, `${sound}&x=%FF`],
      [400, FORM_TYPE, `${sound}&x=%zz`],
      [400, FORM_TYPE, Buffer.concat([Buffer.from(`${sound}&x=`), Buffer.from([0xff])])],
      [413, FORM_TYPE, `${sound}&x=${'x'.repeat(65_536)}`],
      [415, `${FORM_TYPE}; charset=latin1`, sound],
      [415, 'text/plain', sound],
      [415, 'multipart/form-data; boundary=x', sound],
      [400, 'application/json', sound],
    ];
    for (const [status, type, body] of rows) {
      const headers = { 'content-type': type, ...FROM_OWN_PAGE };
      const answer = await server.call('POST', '/auth/login', { headers, body });
      assert.equal(answer.status, status, `${type} ${String(body).slice(-20)}: ${answer.text}`);
    }
  });
});

describe('refusals of page paths', () => {
  test('are pages for who asks for HTML and JSON for everybody else', async () => {
    const rows = [
      ['PUT', '/', 405],
      ['DELETE', '/auth/login', 405],
      ['GET', '/auth/logout', 405],
      ['GET', '/account', 404],
      ['GET', '/account/nothing', 404],
      ['GET', '/account/sessions/end', 405],
    ] as const;
    for (const [method, path, status] of rows) {
      const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
      const page = await server.call(method, path, { headers });
      expectAnswer(page, { status, headers: PAGE_HEADERS }, path);
      assert.match(page.text, /<h1>/);
      const plain = await server.call(method, path);
      const message = status === 404 ? 'Not found' : 'Method not allowed';
      const code = status === 404 ? 'not_found' : 'method_not_allowed';
      const isOfAccount = path.startsWith('/account');
      const expected = isOfAccount ? problemRefusal(status, code) : userRefusal(status, message);
      expectAnswer(plain, expected, path);
    }
    const headers = { accept: 'text/html' };
    for (const path of ['/nothing', '/api/nothing', '/auth/refresh', '/auth/admin']) {
      const { headers: sent } = await server.call('GET', path, { headers });
      assert.equal(sent['content-type'], 'application/json; charset=utf-8', path);
    }
  });
});
