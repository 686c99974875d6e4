/**
 * Proofs that do not hold, and providers that are down, slow or answer garbage: nobody is signed
 * in, the person reads why, and nothing else of the server is touched.
 */

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createUser, freshName, readDatabase } from '../support/accounts.ts';
import { BrowserSession } from '../support/cookie-jar.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ID_TOKEN_FORGERIES } from '../support/id-token-forgeries.ts';
import type { ProviderEndpoint } from '../support/provider-faults.ts';
import { PROVIDER_FAULTS } from '../support/provider-faults.ts';
import { expectLoginPageAgain } from '../support/provider-refusals.ts';
import {
  agree,
  GOOGLE_LOGIN,
  newPerson,
  type ProviderServer,
  pathOf,
  settingsOf,
  signedInAs,
  signInByProvider,
  startFlow,
  startProviderServer,
  useProviderServer,
} from '../support/provider-sign-in.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

let server: ProviderServer;
useProviderServer((started) => {
  server = started;
});

const newBrowser = () => new BrowserSession(server);

async function userNamed(username: string): Promise<unknown> {
  return (await readDatabase(server, 'select id from users where username = ?', username)).id;
}

describe('a proof that does not hold is refused with 401 and makes nobody', () => {
  for (const [name, make] of ID_TOKEN_FORGERIES) {
    test(`an ID token with ${name}`, async () => {
      const person = newPerson();
      server.google.forgeIdToken = (genuine) => String(make(genuine, server.google));
      expectLoginPageAgain(await signInByProvider(newBrowser(), person), 401, name);
      assert.equal(await userNamed(person.email), undefined);
      assert.equal(await userNamed('victim@example.com'), undefined);
      server.google.reset();
      assert.equal((await signInByProvider(newBrowser(), person)).status, 302, 'the next holds');
    });
  }

  test('an `iss` in the address that names somebody else', async () => {
    for (const iss of ['https://accounts.google.com', `${server.google.issuer}/`, 'x']) {
      const browser = newBrowser();
      const back = await agree(await startFlow(browser), newPerson());
      back.searchParams.set('iss', iss);
      expectLoginPageAgain(await browser.get(pathOf(back)), 401, iss);
    }
    const browser = newBrowser();
    const back = await agree(await startFlow(browser), newPerson());
    back.searchParams.set('iss', server.google.issuer);
    assert.equal((await browser.get(pathOf(back))).status, 302, 'its own is good');
  });

  test('no `iss` in the address where the provider says that it sends one', async (t) => {
    const fresh = await freshServer(t);
    server.google.alterDiscovery = (document) => {
      document.authorization_response_iss_parameter_supported = true;
    };
    const answer = await signInByProvider(new BrowserSession(fresh), newPerson());
    expectLoginPageAgain(answer, 401);
  });

  test('userinfo about somebody else', async () => {
    const person = newPerson();
    server.google.hasThinIdTokens = true;
    for (const sub of ['another', '', undefined, 5]) {
      server.google.alterUserinfo = (claims) => Object.assign(claims, { sub });
      expectLoginPageAgain(await signInByProvider(newBrowser(), person), 401, String(sub));
    }
    assert.equal(await userNamed(person.email), undefined);
  });

  test('a code that the provider does not know', async () => {
    const browser = newBrowser();
    const back = await agree(await startFlow(browser), newPerson());
    back.searchParams.set('code', 'made-up');
    expectLoginPageAgain(await browser.get(pathOf(back)), 401);
  });
});

/** A server that has not met its provider yet. */
async function freshServer(t: TestContext): Promise<TestServer> {
  const settings = settingsOf(server.google, server.acme);
  const fresh = await startTestServer({ settings, clock: new FakeClock(Date.now()) });
  t.after(() => fresh.close());
  server.google.redirectUris.add(`${fresh.url}/auth/google/callback`);
  return fresh;
}

/** A browser of `fresh` that comes back from the provider while `endpoint` fails. */
async function comeBackDuring(
  fresh: TestServer,
  fail: () => void | Promise<void>,
): Promise<{ browser: BrowserSession; status: number }> {
  const browser = new BrowserSession(fresh);
  const back = await agree(await startFlow(browser), newPerson());
  await fail();
  const answer = await browser.get(pathOf(back));
  expectLoginPageAgain(answer, 503);
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  assert.equal(browser.cookies.has('token'), false);
  return { browser, status: answer.status };
}

/** What the provider's troubles may not touch. */
async function expectRestUnharmed(fresh: TestServer): Promise<void> {
  const { username } = await createUser(fresh);
  const browser = await new BrowserSession(fresh).signIn(username);
  assert.equal(signedInAs(browser).username, username);
  assert.equal((await fresh.call('GET', '/ready')).status, 200);
  assert.equal((await fresh.call('GET', '/auth/login')).status, 200);
}

describe('a provider that answers garbage is answered for with 503 and Retry-After:', () => {
  for (const endpoint of ['keys', 'token', 'userinfo'] as const) {
    for (const fault of PROVIDER_FAULTS) {
      test(`its ${endpoint} endpoint ${fault.replaceAll('_', ' ')}`, async (t) => {
        const fresh = await freshServer(t);
        server.google.hasThinIdTokens = endpoint === 'userinfo';
        await comeBackDuring(fresh, () => server.google.break(endpoint, fault));
        server.google.reset();
        const person = newPerson();
        const answer = await signInByProvider(new BrowserSession(fresh), person);
        assert.equal(answer.status, 302, 'once it is well again all is well at once');
      });
    }
  }

  for (const fault of PROVIDER_FAULTS) {
    test(`its discovery document ${fault.replaceAll('_', ' ')}`, async (t) => {
      const fresh = await freshServer(t);
      server.google.break('discovery', fault);
      await expectNoWay(fresh);
      await expectRestUnharmed(fresh);
      server.google.reset();
      assert.equal((await signInByProvider(new BrowserSession(fresh), newPerson())).status, 302);
    });
  }

  const DOCUMENTS: [what: string, more: object][] = [
    ['of another issuer', { issuer: 'https://accounts.google.com' }],
    ['without an issuer', { issuer: undefined }],
    ['without an authorization endpoint', { authorization_endpoint: undefined }],
    ['without a token endpoint', { token_endpoint: undefined }],
    ['with a script as authorization endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
    ['with a list as authorization endpoint', { authorization_endpoint: ['x'] }],
    ['with plain http beyond loopback', { authorization_endpoint: 'http://evil.example/a' }],
  ];
  for (const [what, more] of DOCUMENTS) {
    test(`a discovery document ${what}`, async (t) => {
      const fresh = await freshServer(t);
      server.google.alterDiscovery = (document) => Object.assign(document, more);
      await expectNoWay(fresh);
    });
  }

  const RESPONSES: [what: string, more: object][] = [
    ['without an ID token', { id_token: undefined }],
    ['with a number as ID token', { id_token: 5 }],
    ['without an access token', { access_token: undefined }],
    ['of another token type', { token_type: 'mac' }],
  ];
  for (const [what, more] of RESPONSES) {
    test(`a token response ${what}`, async () => {
      server.google.alterTokenResponse = ({ body }) => void Object.assign(body, more);
      const answer = await signInByProvider(newBrowser(), newPerson());
      assert.ok([401, 503].includes(answer.status), String(answer.status));
      expectLoginPageAgain(answer, answer.status);
    });
  }

  test('a server that it does not know as its client', async (t) => {
    const settings = { ...settingsOf(server.google, server.acme), GOOGLE_CLIENT_SECRET: 'wrong' };
    const fresh = await startTestServer({ settings, clock: new FakeClock(Date.now()) });
    t.after(() => fresh.close());
    server.google.redirectUris.add(`${fresh.url}/auth/google/callback`);
    const answer = await signInByProvider(new BrowserSession(fresh), newPerson());
    assert.ok([401, 503].includes(answer.status), String(answer.status));
    expectLoginPageAgain(answer, answer.status);
  });
});

async function expectNoWay(fresh: TestServer): Promise<void> {
  const answer = await new BrowserSession(fresh).get(`${GOOGLE_LOGIN}?returnTo=/reports`);
  expectLoginPageAgain(answer, 503);
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  assert.equal(answer.headers.location, undefined);
  assert.match(answer.text, /value="\/reports"/, 'the way back is kept');
}

describe('a provider that is down', () => {
  test('is no reason for the server not to start, and nothing else suffers', async (t) => {
    await server.google.goDown();
    t.after(() => server.google.comeBack().catch(() => undefined));
    const fresh = await freshServer(t);
    await expectNoWay(fresh);
    await expectRestUnharmed(fresh);
    const acme = new BrowserSession(fresh);
    server.acme.redirectUris.add(`${fresh.url}/auth/oidc/acme-sso/callback`);
    const login = '/auth/oidc/acme-sso/login';
    assert.equal((await signInByProvider(acme, newPerson(), { login })).status, 302);
    await server.google.comeBack();
    assert.equal((await signInByProvider(new BrowserSession(fresh), newPerson())).status, 302);
  });

  test('when the browser comes back is answered for with 503', async (t) => {
    const fresh = await freshServer(t);
    await comeBackDuring(fresh, () => server.google.goDown());
    await expectRestUnharmed(fresh);
    await server.google.comeBack();
    assert.equal((await signInByProvider(new BrowserSession(fresh), newPerson())).status, 302);
  });
});

describe('a provider that takes a request and never answers', () => {
  const ENDPOINTS: ProviderEndpoint[] = ['discovery', 'keys', 'token', 'userinfo'];

  test('is waited for five seconds, at every endpoint', { timeout: 30_000 }, async (t) => {
    // All at once, because each takes its five seconds of real time.
    const waits = ENDPOINTS.map(async (endpoint) => {
      const slow = await startProviderServer();
      t.after(() => slow.close());
      slow.google.hasThinIdTokens = endpoint === 'userinfo';
      const browser = new BrowserSession(slow);
      if (endpoint === 'discovery') slow.google.break(endpoint, 'hangs');
      const startedAtMs = performance.now();
      const answer = endpoint === 'discovery' ? await browser.get(GOOGLE_LOGIN) : await comeBack();
      const seconds = (performance.now() - startedAtMs) / 1000;
      expectLoginPageAgain(answer, 503, endpoint);
      assert.ok(seconds > 4.5 && seconds < 10, `${endpoint}: ${seconds} s`);
      async function comeBack() {
        const back = await agree(await startFlow(browser), newPerson());
        slow.google.break(endpoint, 'hangs');
        return browser.get(pathOf(back));
      }
    });
    await Promise.all(waits);
  });

  test('keeps nobody else waiting', async (t) => {
    const fresh = await freshServer(t);
    const ways = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const browser = new BrowserSession(fresh);
        return { browser, back: await agree(await startFlow(browser), newPerson()) };
      }),
    );
    server.google.break('token', 'hangs');
    const answers = ways.map(({ browser, back }) => browser.get(pathOf(back)));
    await waitUntil('a hanging request', () => server.google.hangingRequests > 0);
    await expectRestUnharmed(fresh);
    server.google.releaseHanging();
    server.google.reset();
    for (const answer of await Promise.all(answers)) {
      assert.ok([302, 503].includes(answer.status), String(answer.status));
    }
  });
});

test('a name that nobody has is still refused as ever while providers are in use', async () => {
  const body = { username: freshName(), password: 'a wrong password' };
  assert.equal((await server.call('POST', '/api/auth/login', { body })).status, 401);
});
