/** The settings of sign-in providers: what is taken, and what is said of what is not. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../src/config.ts';
import { configuredProviders } from '../src/provider-settings.ts';

const ENTRY = {
  name: 'Company SSO',
  issuer: 'https://id.example.com/realms/main',
  client_id: 'client',
  client_secret: 'canary-secret',
};

function read(environment: Record<string, string>) {
  const { config, faults } = readConfig(environment);
  return { providers: config === null ? null : configuredProviders(config), faults };
}

function faultOf(entries: unknown): string {
  const { faults } = read({ OIDC_PROVIDERS: JSON.stringify(entries) });
  assert.equal(faults.length, 1, JSON.stringify(entries));
  const [fault = ''] = faults;
  assert.ok(!fault.includes('canary-secret'), fault);
  return fault;
}

test('without settings there is no provider', () => {
  assert.deepEqual(read({}).providers, []);
  assert.deepEqual(read({ GOOGLE_CLIENT_ID: '', OIDC_PROVIDERS: '[]' }).providers, []);
});

test('Google comes first, then the others in their order, each under a word for its paths', () => {
  const { providers } = read({
    GOOGLE_CLIENT_ID: 'id',
    GOOGLE_CLIENT_SECRET: 'secret',
    GOOGLE_CLIENT_REDIRECT_URL: 'https://app.example/auth/google/callback',
    OIDC_PROVIDERS: JSON.stringify([
      ENTRY,
      { ...ENTRY, name: 'Ünïversity', redirect_url: 'https://app.example/u' },
      { ...ENTRY, id: 'third' },
    ]),
  });
  assert.deepEqual(
    providers?.map(({ id, issuer, redirectUri }) => [id, issuer, redirectUri]),
    [
      ['google', 'https://accounts.google.com', 'https://app.example/auth/google/callback'],
      ['company-sso', ENTRY.issuer, null],
      ['university', ENTRY.issuer, 'https://app.example/u'],
      ['third', ENTRY.issuer, null],
    ],
  );
});

test('an issuer is reached over https, or over http on loopback alone', () => {
  for (const issuer of ['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1/x']) {
    assert.deepEqual(read({ GOOGLE_ISSUER: issuer }).faults, [], issuer);
  }
  const unsafe = [
    'http://id.example.com',
    'http://127.0.0.1.example.com',
    'id.example.com',
    'ftp://x',
  ];
  for (const issuer of [...unsafe, 'https://u:p@id.example.com', 'https://id.example.com/?x=1']) {
    const { faults } = read({ GOOGLE_ISSUER: issuer });
    assert.match(faults[0] ?? '', /^GOOGLE_ISSUER must be the https address of an issuer/, issuer);
    assert.match(
      faultOf([{ ...ENTRY, issuer }]),
      /entry 1 a field "issuer" that must be the https/,
    );
  }
});

test('half of the Google settings is a fault', () => {
  for (const name of ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET']) {
    assert.deepEqual(read({ [name]: 'x' }).faults, [
      'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET must be set together',
    ]);
  }
});

test('redirect URIs are whole addresses without a fragment', () => {
  const good = read({ GOOGLE_REDIRECT_URIS: 'https://a.example/x, http://localhost:3000/y' });
  assert.deepEqual(good.faults, []);
  for (const uri of ['/auth/google/callback', 'https://a.example/#x', 'javascript:alert(1)']) {
    const { faults } = read({ GOOGLE_REDIRECT_URIS: uri, GOOGLE_CLIENT_REDIRECT_URL: uri });
    assert.equal(faults.length, 2, uri);
  }
});

test('a fault in OIDC_PROVIDERS names the entry and the field, and no secret', () => {
  assert.match(
    read({ OIDC_PROVIDERS: 'nonsense' }).faults[0] ?? '',
    /must be a JSON array such as/,
  );
  assert.match(read({ OIDC_PROVIDERS: '{}' }).faults[0] ?? '', /must be a JSON array such as/);
  assert.match(faultOf([null]), /something else than an object as entry 1/);
  for (const field of ['name', 'issuer', 'client_id', 'client_secret']) {
    assert.match(
      faultOf([ENTRY, { ...ENTRY, [field]: undefined }]),
      new RegExp(`"${field}" in entry 2`),
    );
    assert.match(faultOf([{ ...ENTRY, [field]: 7 }]), new RegExp(`"${field}" in entry 1`));
    assert.match(faultOf([{ ...ENTRY, [field]: ' ' }]), new RegExp(`"${field}" in entry 1`));
  }
  assert.match(faultOf([{ ...ENTRY, clientId: 'x' }]), /unknown field "clientId" in entry 1/);
  assert.match(faultOf([ENTRY, ENTRY]), /two entries with the id company-sso/);
  assert.match(faultOf([{ ...ENTRY, id: 'google' }]), /give an "id" of/);
  assert.match(faultOf([{ ...ENTRY, id: 'a/b' }]), /give an "id" of/);
  assert.match(faultOf([{ ...ENTRY, name: '日本' }]), /the id "" in entry 1; give an "id" of/);
  assert.match(faultOf([{ ...ENTRY, name: 'x'.repeat(41) }]), /a name of over 40 characters/);
});

test('an empty secret says nothing of how to make one, because the provider makes it', () => {
  const { faults } = read({ GOOGLE_CLIENT_SECRET: ' ' });
  assert.deepEqual(faults, ['GOOGLE_CLIENT_SECRET is empty; leave it out, or give a value']);
});

test('the list of providers can be in a file, where its secrets are out of the environment', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-providers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const OIDC_PROVIDERS_FILE = join(folder, 'providers.json');
  writeFileSync(OIDC_PROVIDERS_FILE, `${JSON.stringify([ENTRY], null, 2)}\n`);
  const { providers, faults } = read({ OIDC_PROVIDERS_FILE });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    providers?.map(({ id }) => id),
    ['company-sso'],
  );
  writeFileSync(OIDC_PROVIDERS_FILE, '[');
  assert.match(read({ OIDC_PROVIDERS_FILE }).faults[0] ?? '', /must be a JSON array such as/);
});
