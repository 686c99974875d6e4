/** The provider that other tests trust: it must refuse what a real one refuses. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { agree } from '../support/provider-sign-in.ts';

const REDIRECT_URI = 'http://127.0.0.1:9/callback';
const VERIFIER = 'v'.repeat(43);
const PERSON = { sub: 'one', email: 'one@example.com', email_verified: true };

let provider: OpenIdProvider;
before(async () => {
  provider = await OpenIdProvider.start();
  provider.redirectUris.add(REDIRECT_URI);
});
after(() => provider.close());

function authorization(more: Record<string, string> = {}): URL {
  const url = new URL(`${provider.issuer}/authorize`);
  url.search = new URLSearchParams({
    client_id: provider.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid email',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString();
  return url;
}

async function newCode(): Promise<string> {
  return (await agree(authorization(), PERSON)).searchParams.get('code') ?? '';
}

async function redeem(code: string, more: Record<string, string> = {}) {
  const fields = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    client_id: provider.clientId,
    client_secret: provider.clientSecret,
    code_verifier: VERIFIER,
    ...more,
  };
  const response = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  const body = (await response.json()) as { error?: string };
  return { status: response.status, error: body.error };
}

test('a code is good once', async () => {
  const code = await newCode();
  assert.deepEqual(await redeem(code), { status: 200, error: undefined });
  assert.deepEqual(await redeem(code), { status: 400, error: 'invalid_grant' });
});

test('a code is good for the same client, redirect URI and verifier only', async () => {
  const rows: [more: Record<string, string>, status: number, error: string][] = [
    [{ code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant'],
    [{ code_verifier: '' }, 400, 'invalid_grant'],
    [{ redirect_uri: `${REDIRECT_URI}/` }, 400, 'invalid_grant'],
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'another' }, 401, 'invalid_client'],
  ];
  for (const [more, status, error] of rows) {
    assert.deepEqual(await redeem(await newCode(), more), { status, error }, JSON.stringify(more));
  }
});

test('a code is given for a known client and redirect URI only, and for S256', async () => {
  const rows: Record<string, string>[] = [
    { client_id: 'another' },
    { redirect_uri: 'http://127.0.0.1:9/elsewhere' },
    { response_type: 'token' },
    { scope: 'email' },
    { code_challenge_method: 'plain' },
  ];
  for (const more of rows) await assert.rejects(agree(authorization(more), PERSON), /refused: 400/);
});
