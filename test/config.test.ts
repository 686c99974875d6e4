import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig, SETTINGS } from '../src/config.ts';

function faultsOf(environment: Record<string, string>): readonly string[] {
  return readConfig(environment).faults;
}

test('an empty environment gives the documented defaults', () => {
  const { config } = readConfig({});
  assert.equal(config?.PORT, 6573);
  assert.equal(config?.HOST, '127.0.0.1');
  assert.equal(config?.DATA_DIR, './data');
  assert.equal(config?.APP_NAME, 'Vega AI');
  assert.equal(config?.AUTH_ENABLED, true);
  assert.equal(config?.ACCESS_TOKEN_EXPIRY, 60);
  assert.equal(config?.REFRESH_TOKEN_EXPIRY, 168);
  assert.equal(config?.REFRESH_GRACE_SECONDS, 30);
  assert.equal(config?.SESSION_MAX_AGE_DAYS, 30);
  assert.equal(config?.BCRYPT_COST, 10);
  assert.equal(config?.LOGIN_FAILURES_PER_MINUTE, 10);
  assert.equal(config?.ACCOUNT_FAILURES_PER_MINUTE, 5);
  assert.deepEqual(config?.CORS_ALLOWED_ORIGINS, []);
});

test('all faults are reported at once, each by the name of its variable', () => {
  const faults = faultsOf({ PORT: '70000', AUTH_ENABLED: 'no', TRUSTED_PROXIES: '10.0.0.0/99' });
  assert.equal(faults.length, 3);
  assert.match(faults[0] ?? '', /^PORT must be a whole number from 0 to 65535, not "70000"$/);
  assert.match(faults[1] ?? '', /^AUTH_ENABLED must be true or false, not "no"$/);
  assert.match(faults[2] ?? '', /^TRUSTED_PROXIES must list networks/);
});

test('only the exact word false turns auth off at first', () => {
  for (const word of ['False', 'false ', '0', 'no', 'off', 'FALSE']) {
    assert.equal(faultsOf({ AUTH_ENABLED: word }).length, 1, word);
  }
  assert.equal(readConfig({ AUTH_ENABLED: '' }).config?.AUTH_ENABLED, true);
  assert.equal(readConfig({ AUTH_ENABLED: 'false' }).config?.AUTH_ENABLED, false);
});

test('numbers are whole, in bounds and nothing but digits', () => {
  const texts = ['-1', '61', '1.5', '1e1', 'NaN', '0x1f', '1h', '9'.repeat(400), ' 30'];
  for (const text of texts) {
    assert.equal(faultsOf({ REFRESH_GRACE_SECONDS: text }).length, 1, text);
  }
  for (const text of ['0', '30', '60']) {
    assert.deepEqual(faultsOf({ REFRESH_GRACE_SECONDS: text }), [], text);
  }
});

test('a misspelt setting is a fault that names the one that was meant', () => {
  assert.deepEqual(faultsOf({ LOGIN_FAILURE_PER_MINUTE: '3' }), [
    'LOGIN_FAILURE_PER_MINUTE is not a setting; did you mean LOGIN_FAILURES_PER_MINUTE?',
  ]);
  assert.deepEqual(faultsOf({ TOKEN_SECRT: 'x' }), [
    'TOKEN_SECRT is not a setting; did you mean TOKEN_SECRET?',
  ]);
  assert.equal(faultsOf({ token_secret: 'x' }).length, 1);
});

test('variables of other programs are none of our business', () => {
  const ordinary = {
    HOME: '/root',
    PATH: '/bin',
    HOSTNAME: 'box',
    PORTS: '1',
    POST: 'x',
    LANG: 'C',
  };
  assert.deepEqual(faultsOf({ ...ordinary, LOGNAME: 'me', USERNAME: 'me', DATABASE: 'x' }), []);
});

test('every setting can come from a file, but not from both', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sallyport-config-')), 'secret');
  writeFileSync(file, 'a secret from a file, long enough to use\n');
  const { config } = readConfig({ TOKEN_SECRET_FILE: file });
  assert.equal(config?.TOKEN_SECRET, 'a secret from a file, long enough to use');
  assert.match(faultsOf({ TOKEN_SECRET_FILE: file, TOKEN_SECRET: 'x' })[0] ?? '', /both set/);
  assert.match(faultsOf({ PORT_FILE: `${file}.missing` })[0] ?? '', /^PORT .*ENOENT/);
});

test('an empty secret is a fault and not an absence', () => {
  for (const value of ['', ' ', '\n']) {
    assert.match(faultsOf({ TOKEN_SECRET: value })[0] ?? '', /^TOKEN_SECRET is empty/);
  }
  assert.deepEqual(faultsOf({ PORT: '' }), []);
});

test('no fault ever shows the value of a secret', () => {
  const secret = 'the-secret-that-must-not-be-shown';
  for (const [name, setting] of Object.entries(SETTINGS)) {
    if (!('isSecret' in setting)) continue;
    const faults = faultsOf({ [name]: secret, [`${name}_FILE`]: '/nonexistent', PORT: 'x' });
    assert.ok(faults.length >= 2);
    assert.ok(!faults.join().includes(secret), name);
  }
});

test('settings that contradict each other are faults', () => {
  const contradictions: Record<string, string>[] = [
    { ADMIN_USERNAME: 'root' },
    { ADMIN_PASSWORD: 'hunter2hunter2' },
    { RESET_ADMIN_PASSWORD: 'true' },
    { ACCESS_TOKEN_EXPIRY: '120', REFRESH_TOKEN_EXPIRY: '1' },
    { CORS_ALLOWED_ORIGINS: '*,https://app.example.com' },
  ];
  for (const environment of contradictions) {
    assert.equal(faultsOf(environment).length, 1, JSON.stringify(environment));
  }
});

test('a DATABASE_URL that names no PostgreSQL database is refused and not repeated', () => {
  const form = /^DATABASE_URL must be of the form postgres:\/\/user:password@host:5432\/database$/;
  for (const url of ['postgres://x', 'mysql://u:hidden@h/d', 'u:hidden@h/d', 'postgres://h/']) {
    assert.match(faultsOf({ DATABASE_URL: url })[0] ?? '', form);
  }
});

test('origins are exact: no path, no trailing slash, no bare host', () => {
  for (const origin of ['app.example.com', 'https://app.example.com/', 'https://a.b/c', 'null']) {
    assert.equal(faultsOf({ CORS_ALLOWED_ORIGINS: origin }).length, 1, origin);
  }
});

test('COOKIE_SECURE is true, false or unset, and COOKIE_DOMAIN is a domain', () => {
  assert.equal(readConfig({}).config?.COOKIE_SECURE, null);
  assert.equal(readConfig({ COOKIE_SECURE: 'true' }).config?.COOKIE_SECURE, true);
  assert.equal(readConfig({ COOKIE_SECURE: 'false' }).config?.COOKIE_SECURE, false);
  for (const word of ['yes', '1', 'False', 'auto']) {
    assert.equal(faultsOf({ COOKIE_SECURE: word }).length, 1, word);
  }
  assert.equal(
    readConfig({ COOKIE_DOMAIN: 'a-b.example.com' }).config?.COOKIE_DOMAIN,
    'a-b.example.com',
  );
  const bad = [
    '.example.com',
    'example.com; Secure',
    'localhost',
    '10.0.0.1',
    'a..b',
    'x.y/z',
    '-a.b',
  ];
  for (const name of bad) assert.equal(faultsOf({ COOKIE_DOMAIN: name }).length, 1, name);
});
