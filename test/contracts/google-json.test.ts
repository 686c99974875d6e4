/** Contract 2: `POST /api/auth/google`, for clients that ran the authorization themselves. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { alterDatabase, createUser, freshName, readDatabase } from '../support/accounts.ts';
import { DocumentCheck } from '../support/checked-call.ts';
import { expectAnswer, userRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { CallAnswer } from '../support/http-call.ts';
import { ID_TOKEN_FORGERIES } from '../support/id-token-forgeries.ts';
import type { ProviderPerson } from '../support/openid-provider.ts';
import { PROVIDER_FAULTS } from '../support/provider-faults.ts';
import {
  agree,
  CLIENT_REDIRECT_URI,
  newPerson,
  type ProviderServer,
  startProviderServer,
} from '../support/provider-sign-in.ts';
import { startTestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

const PATH = '/api/auth/google';
const INVALID = userRefusal(400, 'invalid request body');
const FAILED = userRefusal(401, 'failed to exchange code for JWT');

let server: ProviderServer;
let check: DocumentCheck;
before(async () => {
  server = await startProviderServer();
  check = new DocumentCheck((await server.call('GET', '/openapi.json')).json);
});
beforeEach(() => server.google.reset());
after(() => server.close());

/** Every answer is held against /openapi.json. */
async function exchange(body: unknown): Promise<CallAnswer> {
  const answer = await server.call('POST', PATH, { body: body as object });
  check.answer('POST', PATH, answer);
  return answer;
}

interface Authorization {
  readonly person?: ProviderPerson;
  readonly nonce?: string;
  readonly verifier?: string;
  readonly redirectUri?: string;
}

/** What the client gets from the provider. */
async function codeFor(options: Authorization = {}): Promise<string> {
  const { person = newPerson(), nonce, verifier, redirectUri = CLIENT_REDIRECT_URI } = options;
  const url = new URL(`${server.google.issuer}/authorize`);
  url.search = new URLSearchParams({
    client_id: server.google.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    ...(nonce !== undefined && { nonce }),
    ...(verifier !== undefined && {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
  }).toString();
  const back = await agree(url, person);
  return back.searchParams.get('code') ?? assert.fail('no code');
}

const newVerifier = () => randomBytes(32).toString('base64url');

describe('a code is exchanged for a session', () => {
  test('with the three fields of a login', async () => {
    const person = newPerson();
    const body = { code: await codeFor({ person }), redirect_uri: CLIENT_REDIRECT_URI };
    const answer = await exchange(body);
    expectAnswer(answer, {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      without: ['set-cookie'],
    });
    assert.deepEqual(Object.keys(answer.json), ['token', 'refresh_token', 'expires_at']);
    const claims = claimsOf(answer.json.token);
    assert.deepEqual([claims.username, claims.role], [person.email, 'STANDARD']);
    assert.equal(answer.json.expires_at, claims.exp);
    const { json } = await server.call('GET', '/api/auth/verify', { bearer: answer.json.token });
    assert.equal(json.user_id, claims.user_id);
    const renewed = await server.call('POST', '/api/auth/refresh', {
      body: { refresh_token: answer.json.refresh_token },
    });
    assert.equal(renewed.status, 200);
  });

  test('with PKCE and nonce when the client has used them', async () => {
    const verifier = newVerifier();
    const code = await codeFor({ verifier, nonce: 'of-the-client' });
    const redirect = { redirect_uri: CLIENT_REDIRECT_URI };
    const body = { code, ...redirect, code_verifier: verifier, nonce: 'of-the-client' };
    assert.equal((await exchange(body)).status, 200);
  });

  test('with a nonce in the token that the client does not check here', async () => {
    const code = await codeFor({ nonce: 'of-the-client' });
    assert.equal((await exchange({ code, redirect_uri: CLIENT_REDIRECT_URI })).status, 200);
  });

  test('whatever Content-Type and unknown fields say', async () => {
    const fields = { code: await codeFor(), redirect_uri: CLIENT_REDIRECT_URI, more: 'x' };
    const headers = { 'content-type': 'text/plain' };
    const body = JSON.stringify(fields);
    assert.equal((await server.call('POST', PATH, { headers, body })).status, 200);
  });

  test('for every redirect URI that is allowed, also the one of our own flow', async () => {
    const others = ['https://app.example.com/signed-in'];
    for (const redirectUri of others) {
      server.google.redirectUris.add(redirectUri);
      const body = { code: await codeFor({ redirectUri }), redirect_uri: redirectUri };
      assert.equal((await exchange(body)).status, 200, redirectUri);
    }
  });

  test('for the same person as in the browser', async () => {
    const { username, id } = await createUser(server);
    const person = newPerson({ email: username });
    const redirect = { redirect_uri: CLIENT_REDIRECT_URI };
    for (let n = 0; n < 2; n += 1) {
      const { json } = await exchange({ code: await codeFor({ person }), ...redirect });
      assert.equal(claimsOf(json.token).user_id, id);
    }
  });
});

describe('a request is refused as invalid', () => {
  test('when fields are missing, empty or of another type', async () => {
    const good = { code: 'x', redirect_uri: CLIENT_REDIRECT_URI };
    const bodies: unknown[] = [
      undefined,
      '',
      '{',
      'null',
      '[]',
      {},
      { code: 'x' },
      { redirect_uri: CLIENT_REDIRECT_URI },
      { ...good, code: '' },
      { ...good, code: 5 },
      { ...good, code: null },
      { ...good, code: ['x'] },
      { ...good, redirect_uri: '' },
      { ...good, redirect_uri: 5 },
      { ...good, code_verifier: 5 },
      { ...good, code_verifier: '' },
      { ...good, nonce: 5 },
      { ...good, nonce: '' },
    ];
    const asked = server.google.counts.token;
    for (const body of bodies) expectAnswer(await exchange(body), INVALID, JSON.stringify(body));
    assert.equal(server.google.counts.token, asked, 'the provider is not asked');
  });

  test('when the redirect URI is not exactly one of those allowed', async () => {
    const asked = server.google.counts.token;
    const others = [
      `${CLIENT_REDIRECT_URI}/`,
      `${CLIENT_REDIRECT_URI}?x=y`,
      `${CLIENT_REDIRECT_URI}#x`,
      ` ${CLIENT_REDIRECT_URI}`,
      `${CLIENT_REDIRECT_URI},https://app.example.com/signed-in`,
      CLIENT_REDIRECT_URI.toUpperCase(),
      CLIENT_REDIRECT_URI.replace('localhost', '127.0.0.1'),
      CLIENT_REDIRECT_URI.replace('5173', '5174'),
      CLIENT_REDIRECT_URI.replace('signed-in', 'x/../signed-in'),
      CLIENT_REDIRECT_URI.replace('signed-in', 'signed%2Din'),
      CLIENT_REDIRECT_URI.replace('//', '//user@'),
      CLIENT_REDIRECT_URI.slice(0, -1),
      'https://evil.example/',
      'postmessage',
    ];
    for (const redirect_uri of others) {
      expectAnswer(await exchange({ code: 'x', redirect_uri }), INVALID, redirect_uri);
    }
    assert.equal(server.google.counts.token, asked);
  });
});

describe('everything else that fails is one and the same 401', () => {
  const redirect = { redirect_uri: CLIENT_REDIRECT_URI };

  test('a code that is unknown, used, or of another redirect URI', async () => {
    const code = await codeFor();
    assert.equal((await exchange({ code, ...redirect })).status, 200);
    expectAnswer(await exchange({ code, ...redirect }), FAILED);
    expectAnswer(await exchange({ code: 'made-up', ...redirect }), FAILED);
    expectAnswer(await exchange({ code: 'x'.repeat(5000), ...redirect }), FAILED);
    expectAnswer(await exchange({ code: 'a&grant_type=password', ...redirect }), FAILED);
    const foreign = { redirect_uri: 'https://app.example.com/signed-in' };
    expectAnswer(await exchange({ code: await codeFor(), ...foreign }), FAILED);
  });

  test('a verifier that is wrong, missing, or of no challenge', async () => {
    const verifier = newVerifier();
    for (const code_verifier of [newVerifier(), verifier.toUpperCase(), 'short', undefined]) {
      const code = await codeFor({ verifier });
      expectAnswer(await exchange({ code, ...redirect, code_verifier }), FAILED, code_verifier);
    }
    const body = { code: await codeFor(), ...redirect, code_verifier: verifier };
    expectAnswer(await exchange(body), FAILED);
  });

  test('a nonce that is another one, or that the token does not have', async () => {
    const rows = [
      ['of-the-client', 'another'],
      ['of-the-client', 'of-the-client '],
      ['of-the-client', 'OF-THE-CLIENT'],
      [undefined, 'of-the-client'],
    ] as const;
    for (const [asked, nonce] of rows) {
      const code = await codeFor(asked === undefined ? {} : { nonce: asked });
      expectAnswer(await exchange({ code, ...redirect, nonce }), FAILED, nonce);
    }
  });

  for (const [name, make] of ID_TOKEN_FORGERIES.filter(([title]) => !title.includes('nonce'))) {
    test(`an ID token with ${name}`, async () => {
      const person = newPerson();
      server.google.forgeIdToken = (genuine) => String(make(genuine, server.google));
      expectAnswer(await exchange({ code: await codeFor({ person }), ...redirect }), FAILED);
      const row = await readDatabase(
        server,
        'select id from users where username = ?',
        person.email,
      );
      assert.equal(row.id, undefined);
    });
  }

  test('an identity that is refused, whyever', async () => {
    const { username, id } = await createUser(server);
    await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
    const taken = newPerson();
    await exchange({ code: await codeFor({ person: taken }), ...redirect });
    const people = [
      newPerson({ email_verified: false }),
      newPerson({ email: undefined }),
      newPerson({ email: `${'x'.repeat(60)}@example.com` }),
      newPerson({ email: username }),
      { ...taken, sub: 'another' },
    ];
    for (const person of people) {
      const answer = await exchange({ code: await codeFor({ person }), ...redirect });
      expectAnswer(answer, FAILED, JSON.stringify(person));
    }
  });

  for (const fault of PROVIDER_FAULTS) {
    test(`a provider whose token endpoint ${fault.replaceAll('_', ' ')}`, async () => {
      const code = await codeFor();
      server.google.break('token', fault);
      expectAnswer(await exchange({ code, ...redirect }), FAILED);
    });
  }

  test('a provider that is down', async (t) => {
    const code = await codeFor();
    await server.google.goDown();
    t.after(() => server.google.comeBack().catch(() => undefined));
    expectAnswer(await exchange({ code, ...redirect }), FAILED);
    await server.google.comeBack();
    assert.equal((await exchange({ code: await codeFor(), ...redirect })).status, 200);
  });

  test('Google that is not configured', async (t) => {
    const bare = await startTestServer();
    t.after(() => bare.close());
    const body = { code: 'x', ...redirect };
    const answer = await bare.call('POST', PATH, { body });
    expectAnswer(answer, FAILED);
    expectAnswer(await bare.call('POST', PATH, { body: { code: 'x' } }), INVALID);
    const { text } = await bare.call('GET', '/auth/login');
    assert.doesNotMatch(text, /google/i);
  });
});

describe('more exchanges at once than the server allows', () => {
  /** Sends codes while the provider hangs until one of them is turned away. */
  async function crowd(t: TestContext) {
    const busy = await startProviderServer();
    t.after(() => busy.close());
    busy.google.break('token', 'hangs');
    const turnedAway = Promise.withResolvers<CallAnswer>();
    const calls = Array.from({ length: 300 }, async () => {
      const body = { code: 'x', redirect_uri: CLIENT_REDIRECT_URI };
      const answer = await busy.call('POST', PATH, { body });
      if (answer.status === 503) turnedAway.resolve(answer);
      return answer;
    });
    return { busy, calls, turnedAway: turnedAway.promise };
  }

  test('are busy with Retry-After, while passwords are checked as ever', async (t) => {
    const { busy, calls, turnedAway } = await crowd(t);
    const answer = await turnedAway;
    expectAnswer(answer, userRefusal(503, 'Server is busy. Please try again.'));
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
    const { username, password } = await createUser(busy);
    const login = await busy.call('POST', '/api/auth/login', { body: { username, password } });
    assert.equal(login.status, 200);
    const body = { username: freshName(), password };
    assert.equal((await busy.call('POST', '/api/auth/login', { body })).status, 401);
    assert.equal((await busy.call('GET', '/ready')).status, 200);
    await waitUntil('hanging exchanges', () => busy.google.hangingRequests > 0);
    busy.google.reset();
    const statuses = new Set((await Promise.all(calls)).map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), [401, 503]);
  });
});
