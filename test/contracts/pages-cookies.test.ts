/** Contract 2: the cookies, how they are renewed and how they go; session fixation. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUser, openSession, readDatabase } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { asForm, BrowserSession, cookiesIn, FROM_OWN_PAGE } from '../support/cookie-jar.ts';
import { expectAnswer, userRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const MISSING = userRefusal(401, 'Missing refresh token');
const INVALID = userRefusal(401, 'Invalid refresh token');
const HOUR_MS = 3_600_000;

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

async function signedIn(on: TestServer = server): Promise<BrowserSession> {
  const { username } = await createUser(on);
  return new BrowserSession(on).signIn(username);
}

async function isLive(browser: BrowserSession, on: TestServer = server): Promise<boolean> {
  const bearer = browser.cookies.get('token');
  return (await on.call('GET', '/api/auth/verify', { bearer })).status === 200;
}

describe('the attributes of the cookies', () => {
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'auth.example.com' };
  const rows: [
    what: string,
    settings: Record<string, string>,
    headers: Record<string, string>,
    expected: { secure: boolean; domain?: string },
  ][] = [
    ['over http on a loopback HOST', {}, {}, { secure: false }],
    ['on localhost by name', { HOST: 'localhost' }, {}, { secure: false }],
    ['on [::1]', { HOST: '::1' }, {}, { secure: false }],
    ['over http on every address', { HOST: '0.0.0.0' }, {}, { secure: true }],
    ['over http on a LAN address', { HOST: '192.168.1.5' }, {}, { secure: true }],
    [
      'behind a trusted proxy with https',
      { TRUSTED_PROXIES: '127.0.0.1' },
      https,
      { secure: true },
    ],
    ['behind a trusted proxy with http', { TRUSTED_PROXIES: '127.0.0.1' }, {}, { secure: false }],
    ['with https forged by a stranger', {}, https, { secure: false }],
    ['with COOKIE_SECURE=true', { COOKIE_SECURE: 'true' }, {}, { secure: true }],
    [
      'with COOKIE_SECURE=false',
      { COOKIE_SECURE: 'false', HOST: '0.0.0.0' },
      {},
      { secure: false },
    ],
    [
      'with COOKIE_SECURE=false and https',
      { COOKIE_SECURE: 'false', TRUSTED_PROXIES: '127.0.0.1' },
      https,
      { secure: false },
    ],
    [
      'with COOKIE_DOMAIN',
      { COOKIE_DOMAIN: 'example.com' },
      {},
      { secure: false, domain: 'example.com' },
    ],
  ];
  for (const [what, settings, headers, { secure, domain }] of rows) {
    test(`are ${secure ? '' : 'not '}Secure ${what}`, async () => {
      const other = await startTestServer({ settings });
      try {
        const { username, password } = await createUser(other);
        const form = asForm({ username, password });
        const options = { ...form, headers: { ...form.headers, ...headers } };
        const { token, refresh_token } = cookiesIn(
          await other.call('POST', '/auth/login', options),
        );
        const shared = {
          path: '/',
          httponly: '',
          samesite: 'Lax',
          ...(secure && { secure: '' }),
          ...(domain && { domain }),
        };
        assert.deepEqual(token?.attributes, { 'max-age': '3600', ...shared });
        assert.deepEqual(refresh_token?.attributes, { 'max-age': '604800', ...shared });
      } finally {
        await other.close();
      }
    });
  }

  test('live as long as their tokens', async () => {
    const settings = { ACCESS_TOKEN_EXPIRY: '7', REFRESH_TOKEN_EXPIRY: '3' };
    const other = await startTestServer({ settings });
    try {
      const { username, password } = await createUser(other);
      const answer = await other.call('POST', '/auth/login', asForm({ username, password }));
      const { token, refresh_token } = cookiesIn(answer);
      assert.equal(token?.attributes['max-age'], '420');
      assert.equal(refresh_token?.attributes['max-age'], '10800');
    } finally {
      await other.close();
    }
  });

  test('with COOKIE_DOMAIN, those from before it was set are taken back too', async () => {
    const other = await startTestServer({ settings: { COOKIE_DOMAIN: 'example.com' } });
    try {
      const answer = await other.call('POST', '/auth/logout', { headers: FROM_OWN_PAGE });
      const lines = [answer.headers['set-cookie'] ?? []].flat();
      assert.equal(lines.length, 4);
      assert.equal(lines.filter((line) => line.endsWith('; Domain=example.com')).length, 2);
      for (const line of lines) assert.match(line, /^(token|refresh_token)=; Max-Age=0; Path=\/;/);
    } finally {
      await other.close();
    }
  });
});

describe('POST /auth/refresh', () => {
  const refresh = (cookie?: string) =>
    server.call('POST', '/auth/refresh', {
      headers: { ...FROM_OWN_PAGE, ...(cookie !== undefined && { cookie }) },
    });
  const cleared = (answer: Awaited<ReturnType<typeof refresh>>) => {
    const { token, refresh_token } = cookiesIn(answer);
    for (const cookie of [token, refresh_token]) {
      assert.equal(cookie?.value, '');
      assert.equal(cookie?.attributes['max-age'], '0');
    }
  };

  test('gives both cookies new and the same session', async () => {
    const browser = await signedIn();
    const old = new Map(browser.cookies);
    const answer = await browser.send('POST', '/auth/refresh', { headers: FROM_OWN_PAGE });
    expectAnswer(answer, { status: 200, text: '{"success":true}' });
    for (const name of ['token', 'refresh_token']) {
      assert.notEqual(browser.cookies.get(name), old.get(name));
    }
    assert.equal(
      claimsOf(browser.cookies.get('token') ?? '').sid,
      claimsOf(old.get('token') ?? '').sid,
    );
    assert.ok(await isLive(browser));
  });

  test('without the cookie says that it is missing', async () => {
    const { token } = await openSession(server);
    for (const cookie of [
      undefined,
      '',
      'a=b',
      `token=${token}`,
      'refresh_token=',
      'refresh_token',
    ]) {
      const answer = await refresh(cookie);
      expectAnswer(answer, MISSING, cookie);
      cleared(answer);
    }
    expectAnswer(await server.call('POST', '/auth/refresh'), MISSING, 'by a program');
  });

  test('with a cookie that is no live refresh token says that it is invalid', async () => {
    const { token, refresh_token } = await openSession(server);
    await server.call('POST', '/api/auth/logout', { bearer: token });
    for (const value of ['x', 'a.b.c', token, refresh_token, `"${refresh_token}"`]) {
      const answer = await refresh(`refresh_token=${value}`);
      expectAnswer(answer, INVALID, value);
      cleared(answer);
    }
  });

  test('with two of them says that it is invalid', async () => {
    const { refresh_token } = await openSession(server);
    const answer = await refresh(`refresh_token=x; refresh_token=${refresh_token}`);
    expectAnswer(answer, INVALID);
    cleared(answer);
  });

  test('fifty times at once gives one successor', async () => {
    const { refresh_token } = await openSession(server);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refresh(`refresh_token=${refresh_token}`)),
    );
    const values = answers.map((answer) => cookiesIn(answer).refresh_token?.value);
    assert.equal(new Set(values).size, 1);
    assert.ok(answers.every(({ status }) => status === 200));
  });

  test('an older one ends the session', async () => {
    const browser = await signedIn();
    const stolen = browser.cookies.get('refresh_token');
    for (let round = 0; round < 2; round += 1) {
      await browser.send('POST', '/auth/refresh', { headers: FROM_OWN_PAGE });
    }
    expectAnswer(await refresh(`refresh_token=${stolen}`), INVALID);
    assert.equal(await isLive(browser), false);
  });
});

describe('a page, when the access token is gone', () => {
  let aside: TestServer;
  before(async () => {
    aside = await startTestServer();
  });
  after(() => aside.close());

  for (const how of ['expired', 'dropped by the browser', 'spoilt']) {
    test(`renews the session on the way (${how})`, async () => {
      const browser = await signedIn(aside);
      if (how === 'expired') aside.clock.advanceMs(HOUR_MS);
      if (how === 'dropped by the browser') browser.cookies.delete('token');
      if (how === 'spoilt') browser.cookies.set('token', 'x');
      const answer = await browser.get('/');
      assert.equal(answer.status, 200);
      assert.deepEqual(Object.keys(cookiesIn(answer)), ['token', 'refresh_token']);
      assert.ok(await isLive(browser, aside));
      assert.equal((await browser.get('/')).headers['set-cookie'], undefined);
    });
  }

  test('renews it once for all tabs that load at once, and nobody is signed out', async () => {
    const browser = await signedIn(aside);
    aside.clock.advanceMs(HOUR_MS);
    const cookie = browser.header;
    const answers = await Promise.all(
      ['/', '/account/password', '/auth/login', '/', '/'].map((path) =>
        aside.call('GET', path, { headers: { cookie } }),
      ),
    );
    for (const answer of answers) assert.equal(answer.status, 200);
    const successors = answers.map((answer) => cookiesIn(answer).refresh_token?.value);
    assert.equal(new Set(successors).size, 1);
    browser.cookies.clear();
    browser.cookies.set('refresh_token', successors[0] ?? '');
    assert.equal((await browser.get('/')).status, 200);
  });

  test('a form is done as well', async () => {
    const browser = await signedIn(aside);
    aside.clock.advanceMs(HOUR_MS);
    const answer = await browser.post('/account/sessions/end-others');
    expectAnswer(answer, { status: 303, headers: { location: '/' } });
    assert.match((await browser.get('/')).text, /All other sessions were ended/);
  });

  test('asks to sign in when the refresh token is gone as well, and comes back', async () => {
    const browser = await signedIn(aside);
    aside.clock.advanceMs(168 * HOUR_MS);
    const answer = await browser.get('/account/password');
    const location = '/auth/login?returnTo=%2Faccount%2Fpassword';
    expectAnswer(answer, { status: 303, headers: { location } });
    assert.equal(browser.cookies.size, 0, 'and takes the cookies back');
    const page = await browser.get(location);
    assert.match(page.text, /name="returnTo" value="\/account\/password"/);
    expectAnswer(await browser.get('/'), { status: 303, headers: { location: '/auth/login' } });
  });
});

describe('POST /auth/logout', () => {
  test('ends the session, takes the cookies back and leads to the start page', async () => {
    const browser = await signedIn();
    const { header } = browser;
    const bearer = browser.cookies.get('token');
    const answer = await browser.send('POST', '/auth/logout', { headers: FROM_OWN_PAGE });
    expectAnswer(answer, { status: 303, text: '{"success":true}', headers: { location: '/' } });
    assert.equal(browser.cookies.size, 0);
    assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
    const headers = { cookie: header, ...FROM_OWN_PAGE };
    expectAnswer(await server.call('POST', '/auth/refresh', { headers }), INVALID);
  });

  test('works with the refresh cookie alone, with dead ones and without any', async () => {
    const browser = await signedIn();
    const bearer = browser.cookies.get('token');
    browser.cookies.delete('token');
    for (let round = 0; round < 2; round += 1) {
      const answer = await browser.send('POST', '/auth/logout', { headers: FROM_OWN_PAGE });
      assert.equal(answer.status, 303);
      assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
    }
    browser.cookies.set('token', 'x').set('refresh_token', 'y');
    const answer = await browser.send('POST', '/auth/logout', { headers: FROM_OWN_PAGE });
    assert.equal(answer.status, 303);
    assert.equal(browser.cookies.size, 0);
  });
});

describe('session fixation', () => {
  test('a cookie that was there before a sign-in does not survive it, and its session ends', async () => {
    const mallory = await signedIn();
    const victim = await createUser(server);
    for (const names of [['token'], ['refresh_token'], ['token', 'refresh_token']]) {
      const planted = await signedIn();
      const browser = new BrowserSession(server);
      for (const name of names) browser.cookies.set(name, planted.cookies.get(name) ?? '');
      await browser.signIn(victim.username);
      for (const name of ['token', 'refresh_token']) {
        assert.notEqual(browser.cookies.get(name), planted.cookies.get(name));
        assert.equal(claimsOf(browser.cookies.get(name) ?? '').user_id, victim.id);
      }
      assert.equal(await isLive(planted), false, names.join());
      assert.ok(await isLive(browser));
    }
    assert.ok(await isLive(mallory), 'and no other one ends');
  });

  test('a sign-in that fails ends nothing', async () => {
    const browser = await signedIn();
    const fields = { username: 'somebody', password: 'a wrong password' };
    const form = asForm(fields);
    const headers = { ...form.headers, accept: 'application/json', cookie: browser.header };
    await server.call('POST', '/auth/login', {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    assert.ok(await isLive(browser));
  });

  test('every sign-in opens a session of its own', async () => {
    const { username, id } = await createUser(server);
    for (let round = 0; round < 3; round += 1) await new BrowserSession(server).signIn(username);
    const row = await readDatabase(
      server,
      'select count(*) as n from sessions where user_id = ?',
      id,
    );
    assert.equal(row.n, 3);
  });
});
