/** Decision 8 while users have hashes that other systems made, and the end of those hashes. */

import assert from 'node:assert/strict';
import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { adoptForeignHash } from '../../src/crypto/foreign-hashes.ts';
import { kindOfHash } from '../../src/crypto/password-schemes.ts';
import { alterDatabase, createUser, freshName, readDatabase } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import type { TestServer } from '../support/test-server.ts';

const PASSWORD = 'a password from elsewhere';
const WRONG = 'a wrong password';
const LONG = 'x'.repeat(1025);
const SALT = Buffer.from('salt of another system');

/** Cheap ones, of every form that is not tested elsewhere already. */
function foreignHashes(password: string): string[] {
  const [salt, phc] = [SALT.toString('base64'), (bytes: Buffer) => bytes.toString('base64')];
  const scrypt = scryptSync(password, SALT, 32, { N: 16, r: 1, p: 1 });
  const pbkdf2 = (iterations: number) => pbkdf2Sync(password, SALT, iterations, 32, 'sha256');
  return [
    `$scrypt$ln=4,r=1,p=1$${salt}$${phc(scrypt)}`,
    `$pbkdf2-sha256$i=1000$${salt}$${phc(pbkdf2(1000))}`,
    `$pbkdf2-sha256$i=2000$${salt}$${phc(pbkdf2(2000))}`,
  ].map((password_hash) => {
    const adopted = adoptForeignHash({ password_hash });
    assert.ok('hash' in adopted);
    return adopted.hash;
  });
}

async function giveHash(server: TestServer, userId: number, hash: string): Promise<void> {
  const kind = kindOfHash(hash);
  await alterDatabase(
    server,
    'update users set password_hash = ?, password_kind = ? where id = ?',
    hash,
    kind,
    userId,
  );
  const sql = 'insert into password_kinds (kind) values (?) on conflict do nothing';
  await alterDatabase(server, sql, kind);
}

async function startWithForeignUsers(engine = new FastPasswordEngine()) {
  const server = await startCheckedServer({ passwordEngine: engine });
  const users: { id: number; username: string }[] = [];
  for (const hash of foreignHashes(PASSWORD)) {
    const user = await createUser(server);
    await giveHash(server, user.id, hash);
    users.push(user);
  }
  return { server, engine, users };
}

test('nobody without a way in costs more or hears anything else, whatever kinds there are', async () => {
  const { server, engine, users } = await startWithForeignUsers();
  const disabled = await createUser(server);
  const [scrypt = ''] = foreignHashes(PASSWORD);
  await giveHash(server, disabled.id, scrypt);
  await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', disabled.id);
  const present = await createUser(server);
  const outsiders: [string, string][] = [
    [freshName(), PASSWORD],
    [present.username, WRONG],
    [disabled.username, PASSWORD],
    ...users.map(({ username }): [string, string] => [username, WRONG]),
    ...users.map(({ username }): [string, string] => [username, LONG]),
  ];
  for (const [username, password] of outsiders) {
    engine.jobs.length = 0;
    const body = { username, password };
    const answer = await server.call('POST', '/api/auth/login', { body });
    assert.equal(answer.text, '{"error":"invalid username or password"}');
    assert.equal(answer.status, 401);
    assert.deepEqual(
      engine.jobs.map((job) => (job.kind === 'verify' ? kindOfHash(job.hash) : 'hash')),
      ['bcrypt:10', 'pbkdf2-sha256:i=50000', 'scrypt:ln=4,r=1,p=1'],
      'in one order, one call for each kind',
    );
  }
  await server.close();
});

test('the first sign-in puts a hash of ours in place of a foreign one', async () => {
  const { server, users } = await startWithForeignUsers();
  for (const { id, username } of users) {
    const body = { username, password: PASSWORD };
    for (const time of ['first', 'second']) {
      assert.equal((await server.call('POST', '/api/auth/login', { body })).status, 200, time);
    }
    const sql = 'select password_hash as h, password_kind as k from users where id = ?';
    const stored = await readDatabase(server, sql, id);
    assert.equal(stored.k, 'bcrypt:10');
    assert.equal(kindOfHash(String(stored.h)), 'bcrypt:10');
  }
  await server.sallyport.repository.purgeExpired(100);
  assert.deepEqual(await server.sallyport.repository.listPasswordKinds(), ['bcrypt:10']);
  await server.close();
});

test('however many kinds there are, one check takes one place of the queue at a time', async () => {
  const engine = new FastPasswordEngine(4);
  const { server, users } = await startWithForeignUsers(engine);
  engine.jobs.length = 0;
  const release = engine.hold();
  const [user] = users;
  const body = { username: user?.username, password: PASSWORD };
  const answer = server.call('POST', '/api/auth/login', { body });
  while (engine.jobs.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const heldAtOnce = engine.jobs.length;
  release();
  assert.equal((await answer).status, 200);
  assert.equal(heldAtOnce, 1);
  await server.close();
});
