import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/core/errors.ts';
import type { PasswordHash } from '../../src/core/ports.ts';
import { MAX_WAIT_MS, QueuedPasswordHasher } from '../../src/crypto/password-queue.ts';
import { ARGON2ID_DEFAULTS } from '../../src/crypto/password-schemes.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';

const scheme = { algorithm: 'bcrypt', bcryptCost: 10, argon2id: ARGON2ID_DEFAULTS } as const;

function newHasher(concurrency = 2) {
  const engine = new FastPasswordEngine(concurrency);
  return { engine, hasher: new QueuedPasswordHasher({ engine, scheme }) };
}

const isBusy = (error: unknown) => isRefusal(error, 'password_checks_busy');

test('no more jobs run at once than the engine has threads', async () => {
  const { engine, hasher } = newHasher(2);
  const release = engine.hold();
  const jobs = Array.from({ length: 8 }, (_, n) => hasher.hash('password', `caller ${n}`));
  assert.equal(engine.jobs.length, 2);
  assert.equal(hasher.depth, 8);
  release();
  await Promise.all(jobs);
  assert.equal(engine.jobs.length, 8);
  assert.equal(hasher.depth, 0);
});

test('a full queue refuses at once and says when to come back', async () => {
  const { engine, hasher } = newHasher(2);
  const release = engine.hold();
  const refused: unknown[] = [];
  const jobs = Array.from({ length: 1000 }, (_, n) =>
    hasher.hash('password', `caller ${n}`).catch((reason: unknown) => refused.push(reason)),
  );
  await new Promise((resolve) => setImmediate(resolve));
  // Two threads at the first estimate of 100 ms do 100 jobs in the longest wait of five seconds.
  assert.equal(hasher.depth, 100);
  assert.equal(refused.length, 900);
  for (const reason of refused) {
    assert.ok(isRefusal(reason, 'password_checks_busy'));
    assert.ok(reason.details.retryAfterSeconds >= 1 && reason.details.retryAfterSeconds <= 5);
  }
  release();
  await Promise.all(jobs);
});

test('one caller holds at most a quarter of the places', async () => {
  const { engine, hasher } = newHasher(2);
  const release = engine.hold();
  const greedy = Array.from({ length: 60 }, () => hasher.hash('password', 'greedy'));
  const refused = greedy.map((job) => job.then(() => false, isBusy));
  assert.equal(hasher.depth, 25);
  const modest = hasher.hash('password', 'modest');
  release();
  await modest;
  assert.equal((await Promise.all(refused)).filter(Boolean).length, 35);
  await hasher.hash('password', 'greedy');
});

test('nobody waits longer than five seconds for a thread', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { engine, hasher } = newHasher(1);
  const release = engine.hold();
  const running = hasher.hash('password', 'first');
  const waiting = assert.rejects(hasher.hash('password', 'second'), isBusy);
  t.mock.timers.tick(MAX_WAIT_MS);
  await waiting;
  assert.equal(hasher.depth, 1);
  release();
  await running;
  assert.equal(engine.jobs.length, 1);
});

test('a hash that cannot be read matches nothing and throws nothing', async () => {
  const { hasher } = newHasher();
  assert.equal(await hasher.verify('password', 'nonsense' as PasswordHash, 'caller'), false);
});

test('as many are admitted as the line is long, and places come back when they are left', () => {
  const { hasher } = newHasher(2);
  const leaving = Array.from({ length: 100 }, () => hasher.admit());
  assert.throws(() => hasher.admit(), isBusy);
  leaving[0]?.();
  leaving[0] = hasher.admit();
  assert.throws(() => hasher.admit(), isBusy);
  for (const leave of leaving) leave();
  assert.equal(Array.from({ length: 100 }, () => hasher.admit()).length, 100);
});
