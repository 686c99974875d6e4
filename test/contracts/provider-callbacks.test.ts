/**
 * A way back from a provider that this browser did not begin, has used already, or that the
 * provider itself broke off: the login page again, never a session.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrowserSession, cookiesIn } from '../support/cookie-jar.ts';
import type { CallAnswer } from '../support/http-call.ts';
import { expectLoginPageAgain } from '../support/provider-refusals.ts';
import {
  ACME_LOGIN,
  agree,
  GOOGLE_LOGIN,
  newPerson,
  type ProviderServer,
  pathOf,
  signInByProvider,
  startFlow,
  useProviderServer,
} from '../support/provider-sign-in.ts';

const STATE_COOKIE = 'oauth_state';

let server: ProviderServer;
useProviderServer((started) => {
  server = started;
});

const newBrowser = () => new BrowserSession(server);

/** A browser that has begun, and the address it is sent back to. */
async function underWay(login = GOOGLE_LOGIN): Promise<{ browser: BrowserSession; back: URL }> {
  const browser = newBrowser();
  const back = await agree(await startFlow(browser, login, '/reports'), newPerson());
  return { browser, back };
}

function changed(back: URL, parameters: Record<string, string | null>): string {
  const url = new URL(back);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return pathOf(url);
}

describe('a way back that is not of this browser is refused with 400', () => {
  const WAYS: [what: string, go: () => Promise<CallAnswer>][] = [
    ['without anything', () => newBrowser().get('/auth/google/callback')],
    [
      'without a cookie',
      async () => {
        const { back } = await underWay();
        return newBrowser().get(pathOf(back));
      },
    ],
    [
      'with the cookie of another browser that is under way too',
      async () => {
        const { back } = await underWay();
        const { browser } = await underWay();
        return browser.get(pathOf(back));
      },
    ],
    [
      'without a state',
      async () => {
        const { browser, back } = await underWay();
        return browser.get(changed(back, { state: null }));
      },
    ],
    [
      'with an empty state',
      async () => {
        const { browser, back } = await underWay();
        return browser.get(changed(back, { state: '' }));
      },
    ],
    [
      'with another state',
      async () => {
        const { browser, back } = await underWay();
        const state = back.searchParams.get('state') ?? '';
        return browser.get(changed(back, { state: `${state.slice(0, -1)}!` }));
      },
    ],
    [
      'with two states',
      async () => {
        const { browser, back } = await underWay();
        return browser.get(`${pathOf(back)}&state=x`);
      },
    ],
    [
      'for the second time',
      async () => {
        const { browser, back } = await underWay();
        assert.equal((await browser.get(pathOf(back))).status, 302);
        browser.cookies.delete('token');
        browser.cookies.delete('refresh_token');
        return browser.get(pathOf(back));
      },
    ],
    [
      'after five minutes, although the browser has kept the cookie',
      async () => {
        const { browser, back } = await underWay();
        server.clock.advanceSeconds(301);
        return browser.get(pathOf(back));
      },
    ],
    [
      'at the callback of another provider',
      async () => {
        const { browser, back } = await underWay();
        return browser.get(pathOf(back).replace('/google/', '/oidc/acme-sso/'));
      },
    ],
    [
      "at Google's callback, of another provider",
      async () => {
        const { browser, back } = await underWay(ACME_LOGIN);
        return browser.get(pathOf(back).replace('/oidc/acme-sso/', '/google/'));
      },
    ],
    [
      'with a refusal of the provider and a foreign state',
      () => newBrowser().get('/auth/google/callback?error=access_denied&state=x'),
    ],
  ];
  for (const [what, go] of WAYS) {
    test(what, async () => {
      expectLoginPageAgain(await go(), 400, what);
    });
  }

  test('with a cookie in which any one character was changed', async () => {
    const { browser, back } = await underWay();
    const genuine = browser.cookies.get(STATE_COOKIE) ?? '';
    for (let at = 0; at < genuine.length - 1; at += 7) {
      const letter = genuine[at] === 'A' ? 'B' : 'A';
      const tampered = `${genuine.slice(0, at)}${letter}${genuine.slice(at + 1)}`;
      const other = newBrowser();
      other.cookies.set(STATE_COOKIE, tampered);
      const answer = await other.get(pathOf(back));
      expectLoginPageAgain(answer, 400, `at ${at}`);
    }
    const { tokenRequests } = server.google;
    const code = back.searchParams.get('code');
    assert.ok(tokenRequests.every((asked) => asked.code !== code));
    browser.cookies.set(STATE_COOKIE, genuine);
    assert.equal((await browser.get(pathOf(back))).status, 302, 'and untouched it is good');
  });

  test('with two cookies of that name, of which a neighbouring host may have set one', async () => {
    const { browser, back } = await underWay();
    for (const cookie of [
      `${browser.header}; ${STATE_COOKIE}=x`,
      `${STATE_COOKIE}=x; ${browser.header}`,
    ]) {
      const headers = { cookie, accept: 'text/html' };
      expectLoginPageAgain(await server.call('GET', pathOf(back), { headers }), 400);
    }
  });

  test('with cookies that are no cookies of ours', async () => {
    const { back } = await underWay();
    const values = ['', 'x', '.', '%', '%00', '%zz', '{}', 'x'.repeat(8000), '..', 'A.B.C', '"'];
    for (const value of values) {
      const browser = newBrowser();
      browser.cookies.set(STATE_COOKIE, value);
      expectLoginPageAgain(await browser.get(pathOf(back)), 400, value.slice(0, 20));
    }
  });
});

test('a replayed cookie and code open no second session', async () => {
  const { browser, back } = await underWay();
  const cookie = browser.cookies.get(STATE_COOKIE) ?? '';
  assert.equal((await browser.get(pathOf(back))).status, 302);
  const thief = newBrowser();
  thief.cookies.set(STATE_COOKIE, cookie);
  const answer = await thief.get(pathOf(back));
  assert.ok([400, 401].includes(answer.status), String(answer.status));
  expectLoginPageAgain(answer, answer.status);
});

test('a stranger cannot sign a person in as the stranger', async () => {
  // The stranger stops before coming back, and lures the person to the address instead.
  const { back } = await underWay();
  const victim = newBrowser();
  await startFlow(victim);
  expectLoginPageAgain(await victim.get(pathOf(back)), 400);
  assert.equal(victim.cookies.has('token'), false);
});

test('an answer with no code, or with two, proves nothing', async () => {
  for (const change of [{ code: null }, { code: '' }]) {
    const { browser, back } = await underWay();
    expectLoginPageAgain(await browser.get(changed(back, change)), 401);
  }
  const { browser, back } = await underWay();
  expectLoginPageAgain(await browser.get(`${pathOf(back)}&code=x`), 401);
});

test('a code of somebody else in an own flow is stopped by PKCE', async () => {
  const { back: foreign } = await underWay();
  const { browser, back } = await underWay();
  const code = foreign.searchParams.get('code') ?? '';
  expectLoginPageAgain(await browser.get(changed(back, { code })), 401);
});

test('a flow that was refused cannot be taken up again', async () => {
  const { browser, back } = await underWay();
  expectLoginPageAgain(
    await browser.get(changed(back, { error: 'access_denied', code: null })),
    401,
  );
  expectLoginPageAgain(await browser.get(pathOf(back)), 400);
});

test('one flow that fails leaves the other of the same browser alone', async () => {
  const browser = newBrowser();
  const first = await agree(await startFlow(browser), newPerson());
  const second = await agree(await startFlow(browser), newPerson());
  expectLoginPageAgain(await browser.get(changed(first, { code: null, error: 'x' })), 401);
  assert.equal((await browser.get(pathOf(second))).status, 302);
});

for (const [what, returnTo] of [
  ['many tabs at once', '/'],
  ['many tabs with the longest ways back', `/${'x'.repeat(2_000)}`],
] as const) {
  test(`${what} do not outgrow what a browser keeps in a cookie`, async () => {
    const browser = newBrowser();
    const backs: URL[] = [];
    for (let n = 0; n < 30; n += 1) {
      backs.push(await agree(await startFlow(browser, GOOGLE_LOGIN, returnTo), newPerson()));
    }
    for (const [name, value] of browser.cookies) {
      assert.ok(name.length + value.length < 4096, `${name} has ${value.length} characters`);
    }
    assert.ok(browser.header.length < 8192, 'and the request stays within the limit of headers');
    const newest = backs.at(-1) ?? assert.fail();
    assert.equal((await browser.get(pathOf(newest))).headers.location, returnTo);
  });
}

describe('a provider that says no', () => {
  const ROWS: [error: string, says: RegExp][] = [
    ['access_denied', /not finished/],
    ['server_error', /./],
    ['temporarily_unavailable', /./],
    ['interaction_required', /./],
    ['<script>alert(1)</script>', /./],
    ['x'.repeat(2000), /./],
  ];
  for (const [error, says] of ROWS) {
    test(`with ${error.slice(0, 30)} is answered with 401 and words of ours`, async () => {
      const { browser, back } = await underWay();
      const description = 'PLEASE CALL +1 555 0100 <b>NOW</b>';
      const parameters = { error, error_description: description, error_uri: 'https://evil.test' };
      const answer = await browser.get(changed(back, { ...parameters, code: null }));
      const message = expectLoginPageAgain(answer, 401);
      assert.match(message, says);
      assert.doesNotMatch(answer.text, /555 0100|evil\.test|<script/);
      assert.match(answer.text, /value="\/reports"/, 'the way back is kept');
    });
  }

  test('and with a code beside the error is refused as well', async () => {
    const { browser, back } = await underWay();
    expectLoginPageAgain(await browser.get(changed(back, { error: 'access_denied' })), 401);
  });
});

test('the flow that failed leaves no cookie behind', async () => {
  const { browser, back } = await underWay();
  const answer = await browser.get(changed(back, { error: 'access_denied', code: null }));
  assert.equal(cookiesIn(answer)[STATE_COOKIE]?.attributes['max-age'], '0');
});

test('who is signed in stays so when another sign-in fails', async () => {
  const browser = newBrowser();
  await signInByProvider(browser, newPerson());
  const token = browser.cookies.get('token');
  const back = await agree(await startFlow(browser), newPerson());
  await browser.get(changed(back, { error: 'access_denied', code: null }));
  const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
  assert.equal(verified.status, 200);
});
