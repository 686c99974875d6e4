/** The settings of sign-in by providers, and what is said about those that cannot be right. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig } from '../src/config.ts';

const faultsOf = (environment: Record<string, string>) => readConfig(environment).faults;
const GOOGLE = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
const ENTRY = {
  name: 'Acme SSO',
  issuer: 'https://sso.acme.example',
  client_id: 'id',
  client_secret: 'a secret of acme',
};
const providers = (...entries: unknown[]) => ({ OIDC_PROVIDERS: JSON.stringify(entries) });

test('nothing is set, and nothing is wrong', () => {
  assert.deepEqual(faultsOf({}), []);
});

describe('Google', () => {
  test('needs its client id and its client secret, or neither', () => {
    assert.deepEqual(faultsOf(GOOGLE), []);
    for (const [name, other] of [
      ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
      ['GOOGLE_CLIENT_SECRET', 'GOOGLE_CLIENT_ID'],
    ] as const) {
      const faults = faultsOf({ [name]: 'x' });
      assert.equal(faults.length, 1, name);
      assert.match(faults.join(), new RegExp(other));
      assert.equal(faultsOf({ [name]: 'x', [other]: '' }).length, 1, 'empty is as absent');
    }
  });

  test('is reached by https, and by http on loopback alone', () => {
    const good = [
      'https://accounts.google.com',
      'https://idp.example/realms/x',
      'http://127.0.0.1:8080',
      'http://localhost:8080',
      'http://[::1]:8080',
    ];
    for (const GOOGLE_ISSUER of good) {
      assert.deepEqual(faultsOf({ ...GOOGLE, GOOGLE_ISSUER }), [], GOOGLE_ISSUER);
    }
    const bad = [
      'http://accounts.google.com',
      'http://127.0.0.1.evil.example',
      'http://localhost.evil.example',
      'http://10.0.0.1',
      'ftp://accounts.google.com',
      'accounts.google.com',
      'https://',
      'https://user:password@idp.example',
      'https://idp.example/?x=y',
      'https://idp.example/#x',
      'javascript:alert(1)',
    ];
    for (const GOOGLE_ISSUER of bad) {
      const faults = faultsOf({ ...GOOGLE, GOOGLE_ISSUER });
      assert.equal(faults.length, 1, GOOGLE_ISSUER);
      assert.match(faults.join(), /GOOGLE_ISSUER/);
      assert.doesNotMatch(faults.join(), /password@/, 'no secret is repeated');
    }
  });

  test('has redirect URIs that are addresses', () => {
    const good = 'https://a.example/signed-in,http://localhost:5173/x , http://127.0.0.1/x';
    assert.deepEqual(faultsOf({ ...GOOGLE, GOOGLE_REDIRECT_URIS: good }), []);
    for (const uri of ['x', '/callback', 'https://a.example/#x', 'https://a.example/x,x']) {
      assert.match(
        faultsOf({ ...GOOGLE, GOOGLE_REDIRECT_URIS: uri }).join(),
        /GOOGLE_REDIRECT_URIS/,
      );
    }
    for (const uri of ['x', '/auth/google/callback', 'https://a.example/#x']) {
      assert.match(
        faultsOf({ ...GOOGLE, GOOGLE_CLIENT_REDIRECT_URL: uri }).join(),
        /GOOGLE_CLIENT_REDIRECT_URL/,
      );
    }
  });
});

describe('other providers', () => {
  test('are a list in JSON, also in a file', (t) => {
    assert.deepEqual(faultsOf(providers(ENTRY)), []);
    assert.deepEqual(faultsOf(providers()), []);
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-providers-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'providers.json');
    writeFileSync(file, `${JSON.stringify([ENTRY], null, 2)}\n`);
    assert.deepEqual(faultsOf({ OIDC_PROVIDERS_FILE: file }), []);
    writeFileSync(file, '[');
    assert.match(faultsOf({ OIDC_PROVIDERS_FILE: file }).join(), /OIDC_PROVIDERS/);
    assert.equal(faultsOf({ OIDC_PROVIDERS_FILE: join(folder, 'absent') }).length, 1);
  });

  test('are refused when they are anything else', () => {
    for (const text of ['{', '{}', 'null', '"x"', '5', JSON.stringify(ENTRY)]) {
      const faults = faultsOf({ OIDC_PROVIDERS: text });
      assert.equal(faults.length, 1, text);
      assert.match(faults.join(), /OIDC_PROVIDERS/);
    }
  });

  test('have faults that name the entry, all at once, and never its secret', () => {
    const other = { ...ENTRY, name: 'Other' };
    const rows: [what: string, entry: unknown][] = [
      ['no name', { ...ENTRY, name: undefined }],
      ['an empty name', { ...ENTRY, name: ' ' }],
      ['a number as name', { ...ENTRY, name: 5 }],
      ['no issuer', { ...ENTRY, issuer: undefined }],
      ['an issuer by http', { ...ENTRY, issuer: 'http://sso.acme.example' }],
      ['no client id', { ...ENTRY, client_id: undefined }],
      ['an empty client id', { ...ENTRY, client_id: '' }],
      ['no client secret', { ...ENTRY, client_secret: undefined }],
      ['a list as client secret', { ...ENTRY, client_secret: ['x'] }],
      ['an id with a slash', { ...ENTRY, id: 'a/b' }],
      ['an empty id', { ...ENTRY, id: '' }],
      ['a name without any letter for an id', { ...ENTRY, name: '☂☂' }],
      ['a redirect URL that is none', { ...ENTRY, redirect_url: 'x' }],
      ['a misspelt field', { ...ENTRY, clientId: 'x' }],
      ['no entry but text', 'x'],
      ['no entry but null', null],
    ];
    for (const [what, entry] of rows) {
      const faults = faultsOf(providers(other, entry));
      assert.equal(faults.length, 1, `${what}: ${faults.join()}`);
      assert.match(faults.join(), /OIDC_PROVIDERS/, what);
      assert.match(faults.join(), /Acme SSO|entry 2|\[1\]|second|2/, `${what}: ${faults.join()}`);
      assert.doesNotMatch(faults.join(), /a secret of acme/, what);
    }
    const bad = { ...ENTRY, name: 'Bad', issuer: 'x' };
    assert.equal(faultsOf(providers(bad, { ...bad, name: 'Worse' }, other)).length, 2);
  });

  test('have ids of their own', () => {
    const again = { ...ENTRY, name: 'acme  sso' };
    assert.match(faultsOf(providers(ENTRY, again)).join(), /acme-sso/);
    assert.deepEqual(faultsOf(providers(ENTRY, { ...again, id: 'acme-2' })), []);
  });

  test('have issuers of their own, because identities are told apart by them', () => {
    const again = { ...ENTRY, name: 'Again' };
    assert.equal(faultsOf(providers(ENTRY, again)).length, 1);
    const google = { ...ENTRY, name: 'G', issuer: 'https://accounts.google.com' };
    assert.equal(faultsOf({ ...GOOGLE, ...providers(google) }).length, 1);
  });
});
