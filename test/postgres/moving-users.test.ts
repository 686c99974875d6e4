/** Everybody signs in where they were brought to: from SQLite to PostgreSQL, with every hash form. */

import assert from 'node:assert/strict';
import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashSync } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { PasswordThreads } from '../../src/crypto/password-threads.ts';
import { formatParams, generateParams } from '../../src/storage/params-file.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { createTestDatabase, dropTestDatabases } from '../support/postgres-server.ts';
import { testConfig } from '../support/test-config.ts';

after(dropTestDatabases);

const PASSWORD = 'a password of before';
const SALT = Buffer.from('a salt of before');
const salt = SALT.toString('base64');

/** Cheap ones, of each form that is read. */
const LINES = [
  { username: 'bcrypt', password_hash: bcrypt.hashSync(PASSWORD, 4) },
  { username: 'php', password_hash: bcrypt.hashSync(PASSWORD, 4).replace('$2b$', '$2y$') },
  { username: 'argon2id', password_hash: argon2(2) },
  { username: 'argon2i', password_hash: argon2(1) },
  {
    username: 'scrypt',
    hash_algorithm: 'scrypt',
    hash_n: 16,
    hash_r: 1,
    hash_p: 1,
    hash_salt: salt,
    password_hash: scryptSync(PASSWORD, SALT, 32, { N: 16, r: 1, p: 1 }).toString('base64'),
  },
  {
    username: 'django',
    password_hash: `pbkdf2_sha256$1000$${SALT}$${pbkdf2('sha256')}`,
  },
  {
    username: 'keycloak',
    hash_algorithm: 'pbkdf2-sha512',
    hash_iterations: 1000,
    hash_salt: salt,
    password_hash: pbkdf2('sha512'),
  },
  {
    username: 'user1@test.com',
    hash_algorithm: 'firebase-scrypt',
    hash_signer_key:
      'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    hash_salt_separator: 'Bw==',
    hash_rounds: 8,
    hash_mem_cost: 14,
    hash_salt: '42xEC+ixf3L2lw==',
    password_hash:
      'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  },
];

function argon2(algorithm: number): string {
  return hashSync(PASSWORD, { algorithm, memoryCost: 64, timeCost: 1, parallelism: 1 });
}

function pbkdf2(digest: string): string {
  return pbkdf2Sync(PASSWORD, SALT, 1000, 64, digest).toString('base64');
}

async function importText({ userImports }: Sallyport, text: string, format: 'jsonl' | 'csv') {
  async function* pieces() {
    yield Buffer.from(text);
  }
  const options = { isDryRun: false, allowsPlainPasswords: false };
  for await (const batch of userImports.run(pieces(), format, options, {})) {
    for (const { outcome, reason } of batch) assert.equal(outcome, 'created', reason ?? '');
  }
}

test('users of every form go from SQLite to PostgreSQL and sign in there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-moving-'));
  const events = { record: () => undefined };
  const limits = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
  const passwordEngine = new PasswordThreads(2);
  const source = await openSallyport(testConfig({ DATA_DIR: folder, ...limits }), events, {
    passwordEngine,
  });
  const DATABASE_URL = await createTestDatabase();
  const config = testConfig({
    DATABASE_URL,
    SERVER_PARAMS: formatParams(generateParams()),
    ...limits,
  });
  const target = await openSallyport(config, events);
  t.after(async () => {
    await Promise.all([source.close(), target.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  await importText(source, LINES.map((line) => `${JSON.stringify(line)}\n`).join(''), 'jsonl');
  let file = '';
  for await (const piece of source.userExports.run('csv', {})) file += piece;
  await importText(target, file, 'csv');
  const origin = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: '' };
  for (const { username } of LINES) {
    const password = username === 'user1@test.com' ? 'user1password' : PASSWORD;
    await target.sessions.signIn(username, password, origin);
    // With each of them a kind goes that the others would have to pay for.
    await target.repository.purgeExpired(100);
  }
  await assert.rejects(target.sessions.signIn('scrypt', `${PASSWORD}!`, origin));
  await target.sessions.signIn('scrypt', PASSWORD, origin);
  assert.deepEqual(await target.repository.listPasswordKinds(), ['bcrypt:10']);
});
