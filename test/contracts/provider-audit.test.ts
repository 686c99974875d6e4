/** What a sign-in by a provider leaves in the audit trail and in the log, and what it must not. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import type { AuditRecord } from '../../src/core/repository.ts';
import { alterDatabase, createUser } from '../support/accounts.ts';
import { BrowserSession } from '../support/cookie-jar.ts';
import {
  ACME_LOGIN,
  agree,
  CLIENT_REDIRECT_URI,
  newPerson,
  type ProviderServer,
  pathOf,
  signedInAs,
  signInByProvider,
  startFlow,
  useProviderServer,
} from '../support/provider-sign-in.ts';

let server: ProviderServer;
useProviderServer((started) => {
  server = started;
});
// Refusals of one minute may be one row.
beforeEach(() => server.clock.advanceSeconds(60));

const newBrowser = () => new BrowserSession(server);

async function enteredBy(act: () => Promise<unknown>): Promise<AuditRecord[]> {
  const { auditTrail } = server.sallyport;
  const lastId = await auditTrail.lastId();
  await act();
  const rows: AuditRecord[] = [];
  for await (const row of auditTrail.after({}, lastId)) rows.push(row);
  return rows;
}

const namesOf = (rows: readonly AuditRecord[]) => rows.map((row) => row.name as string).sort();

test('a first sign-in enters the user and the session', async () => {
  const browser = newBrowser();
  const rows = await enteredBy(() => signInByProvider(browser, newPerson()));
  assert.deepEqual(namesOf(rows), ['session.signed_in', 'user.created']);
  const subject = String(signedInAs(browser).user_id);
  for (const row of rows) {
    assert.equal(row.subject, subject, row.name);
    assert.equal(row.address, '127.0.0.1', row.name);
    assert.match(row.requestId ?? '', /^[\w-]{16}$/, row.name);
  }
  assert.match(rows.find(({ name }) => name === 'session.signed_in')?.reason ?? '', /google/);
});

test('a later one enters the session, and the reason names the provider', async () => {
  for (const [login, says] of [
    ['/auth/google/login', /google/],
    [ACME_LOGIN, /acme-sso/],
  ] as const) {
    const person = newPerson();
    await signInByProvider(newBrowser(), person, { login });
    const rows = await enteredBy(() => signInByProvider(newBrowser(), person, { login }));
    assert.deepEqual(namesOf(rows), ['session.signed_in']);
    assert.match(rows[0]?.reason ?? '', says);
  }
});

test('a link to an account that was there enters the identity and the session', async () => {
  const { username, id } = await createUser(server);
  const rows = await enteredBy(() =>
    signInByProvider(newBrowser(), newPerson({ email: username })),
  );
  assert.deepEqual(namesOf(rows), ['session.signed_in', 'user.identity_linked']);
  assert.ok(rows.every((row) => row.subject === String(id)));
});

test('each refusal enters why, in a word of its own', async () => {
  const disabled = newPerson();
  const browser = newBrowser();
  await signInByProvider(browser, disabled);
  const id = signedInAs(browser).user_id;
  await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
  const taken = newPerson();
  await signInByProvider(newBrowser(), taken);
  const refusals: [what: string, act: () => Promise<unknown>][] = [
    ['unverified', () => signInByProvider(newBrowser(), newPerson({ email_verified: false }))],
    ['no email', () => signInByProvider(newBrowser(), newPerson({ email: undefined }))],
    ['taken', () => signInByProvider(newBrowser(), { ...taken, sub: 'another' })],
    [
      'too long',
      () => signInByProvider(newBrowser(), newPerson({ email: `${'x'.repeat(60)}@example.com` })),
    ],
    ['disabled', () => signInByProvider(newBrowser(), disabled)],
    ['foreign state', () => newBrowser().get('/auth/google/callback?state=x&code=y')],
    [
      'cancelled',
      async () => {
        const one = newBrowser();
        const state = (await startFlow(one)).searchParams.get('state') ?? '';
        await one.get(`/auth/google/callback?error=access_denied&state=${state}`);
      },
    ],
    [
      'proof',
      async () => {
        server.google.alterClaims = (claims) => Object.assign(claims, { nonce: 'another' });
        await signInByProvider(newBrowser(), newPerson());
        server.google.reset();
      },
    ],
    [
      'broken provider',
      async () => {
        server.google.break('token', 'answers_500');
        await signInByProvider(newBrowser(), newPerson());
        server.google.reset();
      },
    ],
  ];
  const reasons: Record<string, string> = {};
  for (const [what, act] of refusals) {
    server.clock.advanceSeconds(60);
    const rows = await enteredBy(act);
    assert.deepEqual(namesOf(rows), ['sign_in.provider_refused'], what);
    assert.match(rows[0]?.reason ?? '', /^google\/[a-z_]+$/, what);
    reasons[what] = rows[0]?.reason ?? '';
  }
  const words = Object.values(reasons);
  assert.equal(new Set(words).size, words.length, JSON.stringify(reasons));
});

test('refusals that anybody can cause do not fill the trail', async () => {
  const rows = await enteredBy(async () => {
    for (let n = 0; n < 50; n += 1) {
      await newBrowser().get(`/auth/google/callback?state=${n}&code=x`);
    }
  });
  assert.ok(rows.length >= 1 && rows.length <= 5, `${rows.length} rows`);
});

test('no code, state, token, nonce, verifier or secret is ever written', async () => {
  const secrets: string[] = [server.google.clientSecret];
  server.google.alterTokenResponse = ({ body }) => {
    const { id_token, access_token, refresh_token } = body as Record<string, string>;
    secrets.push(...[id_token, access_token, refresh_token].map(String));
  };
  const fail = [
    () => undefined,
    () => server.google.break('keys', 'answers_html'),
    () => server.google.break('token', 'sends_half'),
    () => server.google.break('token', 'answers_500'),
    () => {
      server.google.alterClaims = (claims) => Object.assign(claims, { aud: 'another' });
    },
    () => {
      server.google.alterClaims = (claims) => Object.assign(claims, { nonce: 'another' });
    },
    () => {
      server.google.forgeIdToken = (token) => `${token}x`;
    },
  ];
  const { alterTokenResponse } = server.google;
  for (const arrange of fail) {
    server.google.reset();
    server.google.alterTokenResponse = alterTokenResponse;
    arrange();
    const browser = newBrowser();
    const authorization = await startFlow(browser);
    const back = await agree(authorization, newPerson());
    const cookie = browser.cookies.get('oauth_state') ?? '';
    await browser.get(pathOf(back));
    for (const name of ['state', 'nonce', 'code_challenge']) {
      secrets.push(authorization.searchParams.get(name) ?? '');
    }
    secrets.push(back.searchParams.get('code') ?? '', cookie);
    secrets.push(server.google.tokenRequests.at(-1)?.code_verifier ?? '');
    secrets.push(browser.cookies.get('token') ?? '');
  }
  const body = { code: 'canary-code', redirect_uri: CLIENT_REDIRECT_URI, nonce: 'canary-nonce' };
  await server.call('POST', '/api/auth/google', { body });
  secrets.push('canary-code', 'canary-nonce');
  const files = readdirSync(server.folder).map((name) =>
    readFileSync(join(server.folder, name), 'latin1'),
  );
  const written = [...server.logLines, JSON.stringify(server.events), ...files].join('\n');
  for (const secret of secrets.filter((text) => text !== '')) {
    assert.ok(!written.includes(secret), `${secret.slice(0, 40)} was written`);
  }
  assert.ok(secrets.length > 40);
});
