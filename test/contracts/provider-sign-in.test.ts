/** Contract 2: signing in with Google and with other OpenID providers, when all goes well. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createUser, freshName, readDatabase } from '../support/accounts.ts';
import { BrowserSession, cookiesIn } from '../support/cookie-jar.ts';
import { expectAnswer } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import {
  ACME_LOGIN,
  agree,
  GOOGLE_LOGIN,
  newPerson,
  type ProviderServer,
  pathOf,
  signedInAs,
  signInByProvider,
  startFlow,
  startProviderServer,
  useProviderServer,
} from '../support/provider-sign-in.ts';
import { startTestServer } from '../support/test-server.ts';

const STATE_COOKIE = 'oauth_state';

let server: ProviderServer;
useProviderServer((started) => {
  server = started;
});

const newBrowser = () => new BrowserSession(server);

describe('the login page', () => {
  test('has a button for each provider that keeps the way back, without any script', async () => {
    const { text } = await server.call('GET', '/auth/login?returnTo=%2Freports%3Fyear%3D2026');
    assert.match(text, /Sign in with Google/);
    assert.match(text, /Sign in with Acme SSO/);
    for (const path of [GOOGLE_LOGIN, ACME_LOGIN]) {
      assert.ok(text.includes(`"${path}?returnTo=%2Freports%3Fyear%3D2026"`), path);
    }
    assert.doesNotMatch(text, /<script/);
  });

  test('shows a name of a provider as text', async (t) => {
    const { issuer, clientId, clientSecret } = server.acme;
    const entry = { issuer, client_id: clientId, client_secret: clientSecret };
    const name = '<b>Ac & "me"</b>';
    const settings = { OIDC_PROVIDERS: JSON.stringify([{ ...entry, name, id: 'acme' }]) };
    const other = await startTestServer({ settings });
    t.after(() => other.close());
    const { text } = await other.call('GET', '/auth/login');
    assert.doesNotMatch(text, /<b>Ac/);
    assert.match(text, /Sign in with &lt;b&gt;Ac &amp; /);
    assert.doesNotMatch(text, /Google/);
  });
});

describe('the way to the provider', () => {
  for (const [name, login] of [
    ['Google', GOOGLE_LOGIN],
    ['another one', ACME_LOGIN],
  ] as const) {
    test(`asks ${name} for a code with state, nonce and PKCE`, async () => {
      const provider = login === GOOGLE_LOGIN ? server.google : server.acme;
      const authorization = await startFlow(newBrowser(), login);
      const { origin, pathname, searchParams } = authorization;
      assert.equal(`${origin}${pathname}`, `${provider.issuer}/authorize`);
      const {
        state = '',
        nonce = '',
        code_challenge = '',
        ...others
      } = Object.fromEntries(searchParams);
      assert.deepEqual(others, {
        client_id: provider.clientId,
        code_challenge_method: 'S256',
        redirect_uri: `${server.url}${login.replace(/login$/, 'callback')}`,
        response_type: 'code',
        scope: 'openid email profile',
      });
      assert.match(code_challenge, /^[\w-]{43}$/);
      for (const secret of [state, nonce]) assert.ok(secret.length >= 22, secret);
      assert.equal(new Set([state, nonce, code_challenge]).size, 3);
    });
  }

  test('never takes the same state, nonce or challenge twice', async () => {
    const seen = new Set<string | null>();
    for (let n = 0; n < 20; n += 1) {
      const { searchParams } = await startFlow(newBrowser());
      for (const name of ['state', 'nonce', 'code_challenge']) seen.add(searchParams.get(name));
    }
    assert.equal(seen.size, 60);
  });

  test('is bound to the browser by a cookie that lasts five minutes', async () => {
    const answer = await newBrowser().get(GOOGLE_LOGIN);
    const { [STATE_COOKIE]: cookie, ...others } = cookiesIn(answer);
    assert.deepEqual(others, {});
    assert.deepEqual(cookie?.attributes, {
      httponly: '',
      'max-age': '300',
      path: '/',
      samesite: 'Lax',
    });
    assert.match(String(answer.headers['cache-control']), /no-store/);
  });

  test('is bound by a Secure cookie where the browser came over https', async (t) => {
    const settings = { TRUSTED_PROXIES: '127.0.0.1/32', COOKIE_SECURE: 'true' };
    const { google } = server;
    const secure = await startTestServer({
      settings: {
        ...settings,
        GOOGLE_ISSUER: google.issuer,
        GOOGLE_CLIENT_ID: google.clientId,
        GOOGLE_CLIENT_SECRET: google.clientSecret,
        GOOGLE_CLIENT_REDIRECT_URL: 'https://auth.example.com/auth/google/callback',
      },
    });
    t.after(() => secure.close());
    const answer = await secure.call('GET', GOOGLE_LOGIN);
    assert.equal(cookiesIn(answer)[STATE_COOKIE]?.attributes.secure, '');
    const { searchParams } = new URL(String(answer.headers.location));
    assert.equal(
      searchParams.get('redirect_uri'),
      'https://auth.example.com/auth/google/callback',
      'as it is set, whatever the request says',
    );
  });

  test('leaves nothing in that cookie that could be read', async () => {
    const browser = newBrowser();
    const authorization = await startFlow(browser);
    const cookie = browser.cookies.get(STATE_COOKIE) ?? '';
    await browser.get(pathOf(await agree(authorization, newPerson())));
    const verifier = server.google.tokenRequests.at(-1)?.code_verifier ?? '';
    assert.match(verifier, /^[\w.~-]{43,128}$/);
    const readings = readingsOf(cookie);
    for (const secret of ['state', 'nonce'].map((name) => authorization.searchParams.get(name))) {
      assert.ok(!readings.includes(secret ?? ''), 'a parameter can be read from the cookie');
    }
    assert.ok(!readings.includes(verifier), 'the verifier can be read from the cookie');
    assert.ok(!readings.includes(Buffer.from(verifier, 'base64url').toString('latin1')));
  });
});

/** The cookie, and what its parts are in the usual encodings, one after the other. */
function readingsOf(cookie: string): string {
  const parts = [cookie, decodeURIComponent(cookie), ...cookie.split(/[.~:|]/)];
  const decoded = parts.flatMap((part) =>
    (['base64url', 'hex'] as const).map((code) => Buffer.from(part, code).toString('latin1')),
  );
  return [...parts, ...decoded].join('\n');
}

describe('coming back', () => {
  test('signs a new person in, who gets an account named like the email', async () => {
    const person = newPerson();
    const browser = newBrowser();
    const answer = await signInByProvider(browser, person, { returnTo: '/reports?year=2026#top' });
    expectAnswer(answer, {
      status: 302,
      headers: { location: '/reports?year=2026#top', 'cache-control': 'no-store' },
    });
    const { token, refresh_token, [STATE_COOKIE]: state, ...others } = cookiesIn(answer);
    assert.deepEqual(others, {});
    assert.equal(state?.attributes['max-age'], '0', 'the flow is over');
    for (const cookie of [token, refresh_token]) {
      const claims = claimsOf(cookie?.value ?? '');
      assert.deepEqual([claims.username, claims.role], [person.email, 'STANDARD']);
      assert.equal(cookie?.attributes['max-age'], String(Number(claims.exp) - Number(claims.iat)));
      assert.deepEqual(
        [cookie?.attributes.httponly, cookie?.attributes.samesite, cookie?.attributes.path],
        ['', 'Lax', '/'],
      );
    }
    const row = await readDatabase(server, 'select * from users where username = ?', person.email);
    assert.deepEqual([row.origin, row.role, row.password_hash], ['provider', 'STANDARD', null]);
    const verified = await server.call('GET', '/api/auth/verify', { bearer: token?.value });
    assert.equal(verified.json.username, person.email);
  });

  test('leads to the start page when nothing was said', async () => {
    const answer = await signInByProvider(newBrowser(), newPerson());
    expectAnswer(answer, { status: 302, headers: { location: '/' } });
  });

  test('never leads to another origin, nor round in a circle', async () => {
    for (const returnTo of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/%09/e',
      '/auth/google/login',
      '/auth/oidc/acme-sso/callback?code=x',
    ]) {
      const answer = await signInByProvider(newBrowser(), newPerson(), { returnTo });
      expectAnswer(answer, { status: 302, headers: { location: '/' } }, returnTo);
    }
  });

  test('ends the session that the browser had before', async () => {
    const { username } = await createUser(server);
    const browser = await newBrowser().signIn(username);
    const before = browser.cookies.get('token') ?? '';
    const person = newPerson();
    assert.equal((await signInByProvider(browser, person)).status, 302);
    assert.equal(signedInAs(browser).username, person.email);
    const verified = await server.call('GET', '/api/auth/verify', { bearer: before });
    assert.equal(verified.status, 401);
  });

  test('works as well with another provider, whose people are people of their own', async () => {
    const person = newPerson();
    const browser = newBrowser();
    const answer = await signInByProvider(browser, person, { login: ACME_LOGIN, returnTo: '/x' });
    expectAnswer(answer, { status: 302, headers: { location: '/x' } });
    assert.equal(signedInAs(browser).username, person.email);
    const namesake = newPerson({ sub: person.sub });
    const other = newBrowser();
    await signInByProvider(other, namesake);
    assert.notEqual(signedInAs(other).user_id, signedInAs(browser).user_id);
  });

  test('finds the email at the userinfo endpoint when the ID token does not say it', async () => {
    server.google.hasThinIdTokens = true;
    const person = newPerson();
    const browser = newBrowser();
    assert.equal((await signInByProvider(browser, person)).status, 302);
    assert.equal(signedInAs(browser).username, person.email);
  });

  for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
    test(`works with a provider that takes ${method} alone`, async (t) => {
      const fresh = await startProviderServer();
      t.after(() => fresh.close());
      fresh.google.authenticationMethods = [method];
      const answer = await signInByProvider(new BrowserSession(fresh), newPerson());
      assert.equal(answer.status, 302);
    });
  }

  test('works at once after the provider has exchanged its keys', async () => {
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await signInByProvider(newBrowser(), newPerson())).status, 302);
      await server.google.rotateKeys();
    }
    assert.equal((await signInByProvider(newBrowser(), newPerson())).status, 302);
  });

  test('asks the provider for its endpoints no more than once', async () => {
    await signInByProvider(newBrowser(), newPerson());
    const { discovery } = server.google.counts;
    for (let n = 0; n < 5; n += 1) await signInByProvider(newBrowser(), newPerson());
    assert.equal(server.google.counts.discovery, discovery);
  });

  test('in two tabs that are under way at once finishes in both, in any order', async () => {
    const [first, second, third] = [newPerson(), newPerson(), newPerson()];
    const browser = newBrowser();
    const ways = [
      [await agree(await startFlow(browser, GOOGLE_LOGIN, '/first'), first), '/first', first],
      [await agree(await startFlow(browser, ACME_LOGIN, '/second'), second), '/second', second],
      [await agree(await startFlow(browser, GOOGLE_LOGIN, '/third'), third), '/third', third],
    ] as const;
    for (const index of [1, 0, 2]) {
      const [callback, place, person] = ways[index] ?? assert.fail();
      const answer = await browser.get(pathOf(callback));
      expectAnswer(answer, { status: 302, headers: { location: place } }, place);
      assert.equal(signedInAs(browser).username, person.email);
    }
    assert.equal(browser.cookies.has(STATE_COOKIE), false);
  });

  test('is possible until five minutes are over', async () => {
    const browser = newBrowser();
    const callback = await agree(await startFlow(browser), newPerson());
    server.clock.advanceSeconds(299);
    assert.equal((await browser.get(pathOf(callback))).status, 302);
  });
});

describe('a session that began at a provider', () => {
  test('is renewed and ended as every other', async () => {
    const browser = newBrowser();
    await signInByProvider(browser, newPerson());
    const before = browser.cookies.get('token');
    assert.equal((await browser.post('/auth/refresh')).status, 200);
    assert.notEqual(browser.cookies.get('token'), before);
    const bearer = browser.cookies.get('token');
    assert.equal((await browser.post('/auth/logout')).status, 303);
    assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
  });

  test('is open to nobody by password, not even an empty one', async () => {
    const person = newPerson();
    await signInByProvider(newBrowser(), person);
    for (const password of ['        ', 'null-null', 'undefined', person.sub.padEnd(8)]) {
      const body = { username: person.email, password };
      const answer = await server.call('POST', '/api/auth/login', { body });
      assert.equal(answer.status, 401, answer.text);
      const unknown = { username: freshName(), password };
      const other = await server.call('POST', '/api/auth/login', { body: unknown });
      assert.equal(answer.text, other.text);
    }
  });
});
