import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { PasswordHash } from '../../src/core/ports.ts';
import { QueuedPasswordHasher } from '../../src/crypto/password-queue.ts';
import { ARGON2ID_DEFAULTS, decoyOfKind, kindOfHash } from '../../src/crypto/password-schemes.ts';
import { PasswordThreads } from '../../src/crypto/password-threads.ts';

const threads = new PasswordThreads();
after(() => threads.close());

const hasherFor = (algorithm: 'bcrypt' | 'argon2id') =>
  new QueuedPasswordHasher({
    engine: threads,
    scheme: { algorithm, bcryptCost: 10, argon2id: ARGON2ID_DEFAULTS },
  });

test('bcrypt hashes are stored in the standard form and verify', async () => {
  const hasher = hasherFor('bcrypt');
  const hash = await hasher.hash('correct horse', 'caller');
  assert.match(hash, /^\$2b\$10\$[./A-Za-z0-9]{53}$/);
  assert.equal(await hasher.verify('correct horse', hash, 'caller'), true);
  assert.equal(await hasher.verify('correct horsf', hash, 'caller'), false);
});

test('argon2id hashes carry their parameters and verify', async () => {
  const hasher = hasherFor('argon2id');
  const hash = await hasher.hash('correct horse', 'caller');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(hasher.currentKind, kindOfHash(hash));
  assert.equal(await hasher.verify('correct horse', hash, 'caller'), true);
  assert.equal(await hasher.verify('wrong horse', hash, 'caller'), false);
});

test('hashes that other systems wrote with $2a$ and $2y$ verify', async () => {
  const hasher = hasherFor('bcrypt');
  const hash = await hasher.hash('password from elsewhere', 'caller');
  for (const prefix of ['$2a$', '$2y$']) {
    const foreign = (prefix + hash.slice(4)) as PasswordHash;
    assert.equal(await hasher.verify('password from elsewhere', foreign, 'caller'), true, prefix);
  }
});

test('a decoy of each kind is a real hash to the algorithm, and no password has it', async () => {
  const hasher = hasherFor('bcrypt');
  for (const kind of ['bcrypt:10', 'argon2id:19456:2:1']) {
    const decoy = decoyOfKind(kind);
    assert.equal(kindOfHash(decoy), kind);
    // A malformed hash would throw in the thread, and the difference would show in the time.
    assert.equal(await hasher.verify('password', decoy, 'caller'), false);
    assert.equal(await threads.run({ kind: 'verify', password: 'x', hash: decoy }), false, kind);
  }
});

test('a job that fails in its thread fails alone, and the thread goes on', async () => {
  const failing = threads.run({ kind: 'verify', password: 'x', hash: '$argon2id$broken' });
  await assert.rejects(failing, /password hashing failed/);
  assert.equal(
    await threads.run({ kind: 'verify', password: 'x', hash: decoyOfKind('bcrypt:10') }),
    false,
  );
});
