/** The limits where they hold: in front of every password check (contract decision 10). */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isRefusal } from '../../src/core/errors.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOME = '198.51.100.7';
const PASSWORD = 'correct horse';
const UNLIMITED = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

interface Gate {
  readonly clock: FakeClock;
  readonly engine: FastPasswordEngine;
  readonly sallyport: Sallyport;
  /** How many passwords have been compared since the last call. */
  comparisons(): number;
  signIn(name: string, password: string, address?: string): Promise<string>;
  signInAdmin(password: string, address?: string): Promise<string>;
}

const originOf = (address: string) => ({
  address,
  addressKey: address,
  requestId: 'r',
  userAgent: '',
});

async function answerOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'signed_in';
  } catch (error) {
    if (isRefusal(error, 'rate_limited')) return `limited ${error.details.retryAfterSeconds}`;
    if (isRefusal(error, 'credentials_invalid')) return 'invalid';
    if (isRefusal(error, 'password_checks_busy')) return 'busy';
    throw error;
  }
}

async function openGate(t: TestContext, settings: Record<string, string> = {}): Promise<Gate> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-limits-'));
  const [clock, engine] = [new FakeClock(), new FastPasswordEngine()];
  const config = testConfig({ DATA_DIR: folder, ...settings });
  const events = { record: () => undefined };
  const sallyport = await openSallyport(config, events, { clock, passwordEngine: engine });
  t.after(async () => {
    await sallyport.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { users, admin, sessions } = sallyport;
  const account = { password: PASSWORD, role: 'STANDARD', origin: 'operator' } as const;
  for (const username of ['maria', 'bertold']) await users.create({ ...account, username });
  await admin.create(ADMIN_PASSWORD);
  return {
    clock,
    engine,
    sallyport,
    comparisons: () => engine.jobs.splice(0).filter((job) => job.kind === 'verify').length,
    signIn: (name, password, address = HOME) =>
      answerOf(sessions.signIn(name, password, originOf(address))),
    signInAdmin: (password, address = HOME) => answerOf(admin.signIn(password, originOf(address))),
  };
}

async function repeat(times: number, call: () => Promise<string>): Promise<string[]> {
  const answers: string[] = [];
  for (let index = 0; index < times; index += 1) answers.push(await call());
  return answers;
}

const countOf = (answers: readonly string[], wanted: string) =>
  answers.filter((answer) => answer.startsWith(wanted)).length;

test('guesses made at the same moment cannot exceed the budget of an address', async (t) => {
  const { engine, signIn, comparisons } = await openGate(t, { ACCOUNT_FAILURES_PER_MINUTE: '99' });
  const release = engine.hold();
  const guesses = Array.from({ length: 50 }, (_, index) => signIn('maria', `wrong guess ${index}`));
  release();
  const answers = await Promise.all(guesses);
  assert.equal(countOf(answers, 'invalid'), 10);
  assert.equal(countOf(answers, 'limited'), 40);
  assert.equal(comparisons(), 10);
});

test('an attempt counts before its password is compared', async (t) => {
  const { engine, signIn } = await openGate(t, { LOGIN_FAILURES_PER_MINUTE: '1' });
  const release = engine.hold();
  const first = signIn('maria', PASSWORD);
  while (engine.jobs.at(-1)?.kind !== 'verify') await new Promise(setImmediate);
  assert.match(await signIn('bertold', PASSWORD), /^limited/);
  release();
  assert.equal(await first, 'signed_in');
  assert.equal(await signIn('bertold', PASSWORD), 'signed_in');
});

test('while limited the right password is refused and not even compared', async (t) => {
  const { clock, signIn, comparisons } = await openGate(t);
  await repeat(5, () => signIn('maria', 'wrong guess'));
  assert.equal(comparisons(), 5);
  assert.equal(await signIn('maria', PASSWORD), 'limited 60');
  clock.advanceMs(59_001);
  assert.equal(await signIn('maria', PASSWORD), 'limited 1');
  assert.equal(comparisons(), 0);
  clock.advanceMs(999);
  assert.equal(await signIn('maria', PASSWORD), 'signed_in');
});

test('successes cost nothing, however many there are', async (t) => {
  const { signIn, signInAdmin } = await openGate(t);
  assert.equal(countOf(await repeat(30, () => signIn('maria', PASSWORD)), 'signed_in'), 30);
  assert.equal(countOf(await repeat(30, () => signInAdmin(ADMIN_PASSWORD)), 'signed_in'), 30);
});

test('an attempt that finds the queue full is given back', async (t) => {
  const limits = { LOGIN_FAILURES_PER_MINUTE: '40', ACCOUNT_FAILURES_PER_MINUTE: '40' };
  const { engine, signIn } = await openGate(t, limits);
  const release = engine.hold();
  const guesses = Array.from({ length: 40 }, () => signIn('maria', 'wrong guess'));
  const isDone = Promise.all(guesses);
  while (engine.jobs.at(-1)?.kind !== 'verify') await new Promise(setImmediate);
  release();
  const answers = await isDone;
  const busy = countOf(answers, 'busy');
  assert.ok(busy > 0 && countOf(answers, 'invalid') === 40 - busy);
  const later = await repeat(busy + 1, () => signIn('maria', 'wrong guess'));
  assert.equal(countOf(later, 'invalid'), busy);
  assert.equal(countOf(later, 'limited'), 1);
});

test('who finds no place is refused before anything is counted or written', async (t) => {
  const limits = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
  const { engine, sallyport, signIn } = await openGate(t, limits);
  const reserve = t.mock.method(sallyport.repository, 'reserveLoginAttempt');
  const release = engine.hold();
  const guesses = Array.from({ length: 400 }, () => signIn('maria', 'wrong guess'));
  while (engine.jobs.at(-1)?.kind !== 'verify') await new Promise(setImmediate);
  release();
  const answers = await Promise.all(guesses);
  // The line of two threads is about a hundred long.
  const reserved = reserve.mock.callCount();
  assert.ok(reserved < 200, `${reserved} attempts were reserved`);
  assert.ok(countOf(answers, 'busy') >= 400 - reserved);
});

test('an attempt whose check breaks off is given back', async (t) => {
  const { engine, signIn } = await openGate(t, { LOGIN_FAILURES_PER_MINUTE: '1' });
  const broken = t.mock.method(engine, 'run', async () => {
    throw new Error('the hashing thread ended');
  });
  await assert.rejects(signIn('maria', 'wrong guess'), /the hashing thread ended/);
  broken.mock.restore();
  assert.equal(await signIn('maria', 'wrong guess'), 'invalid');
  assert.match(await signIn('maria', 'wrong guess'), /^limited/);
});

test('a success clears the account for that address, and not the address', async (t) => {
  const { signIn } = await openGate(t);
  await repeat(4, () => signIn('maria', 'wrong guess'));
  await repeat(4, () => signIn('bertold', 'wrong guess'));
  assert.equal(await signIn('maria', PASSWORD), 'signed_in');
  assert.equal(await signIn('maria', 'wrong guess'), 'invalid', 'not the fifth in the minute');
  assert.equal(await signIn('maria', 'wrong guess'), 'invalid');
  assert.match(await signIn('maria', PASSWORD), /^limited/, 'ten have failed from here');
});

test('a success elsewhere leaves the counter of this address alone', async (t) => {
  const { signIn } = await openGate(t);
  await repeat(5, () => signIn('maria', 'wrong guess'));
  assert.equal(await signIn('maria', PASSWORD, '203.0.113.1'), 'signed_in');
  assert.match(await signIn('maria', PASSWORD), /^limited/);
});

test('one budget of an address covers users and the admin alike', async (t) => {
  const { signIn, signInAdmin } = await openGate(t);
  await repeat(4, () => signIn('maria', 'wrong guess'));
  await repeat(4, () => signInAdmin('wrong guess'));
  await repeat(2, () => signIn('bertold', 'wrong guess'));
  assert.match(await signInAdmin(ADMIN_PASSWORD), /^limited/);
  assert.match(await signIn('bertold', PASSWORD), /^limited/);
  assert.equal(await signInAdmin(ADMIN_PASSWORD, '203.0.113.1'), 'signed_in');
});

test('waits on one account grow with every use-up', async (t) => {
  const { clock, signIn } = await openGate(t);
  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    await repeat(5, () => signIn('maria', 'wrong guess'));
    const answer = await signIn('maria', PASSWORD);
    const seconds = Number(/^limited (\d+)$/.exec(answer)?.[1]);
    waits.push(seconds / 60);
    clock.advanceSeconds(seconds);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
});

test('names that nobody has are limited like those that somebody has', async (t) => {
  const course = async (name: string) => {
    const { clock, signIn, comparisons } = await openGate(t);
    const answers: unknown[] = [];
    for (let index = 0; index < 30; index += 1) {
      answers.push(await signIn(name, 'wrong guess'), comparisons());
      clock.advanceMs(7_000);
    }
    for (let index = 0; index < 100; index += 1) {
      answers.push(await signIn(name, 'wrong guess', `203.0.113.${index}`), comparisons());
    }
    return answers;
  };
  const [known, unknown] = [await course('maria'), await course('nobody')];
  assert.deepEqual(unknown, known);
  assert.ok(known.some((answer) => String(answer).startsWith('limited 3600')));
});

test('a hundred failures of strangers lock them out, not the person at home', async (t) => {
  const { signIn, comparisons } = await openGate(t, UNLIMITED);
  assert.equal(await signIn('maria', PASSWORD), 'signed_in');
  for (let index = 0; index < 100; index += 1) {
    assert.equal(await signIn('maria', 'wrong guess', `203.0.113.${index}`), 'invalid');
  }
  comparisons();
  assert.equal(await signIn('maria', PASSWORD, '203.0.113.200'), 'limited 3600');
  assert.equal(comparisons(), 0, 'the hundred and first was compared');
  assert.equal(await signIn('bertold', PASSWORD, '203.0.113.200'), 'signed_in');
  assert.equal(await signIn('maria', PASSWORD), 'signed_in');
  assert.equal(await signIn('maria', PASSWORD, '203.0.113.200'), 'signed_in', 'counted anew');
});

test('strangers cannot wait their hundred failures out', async (t) => {
  const { clock, sallyport, signIn } = await openGate(t, UNLIMITED);
  await repeat(100, () => signIn('maria', 'wrong guess', '203.0.113.1'));
  clock.advanceMs(300 * DAY_MS);
  await sallyport.maintenance.purge();
  assert.equal(await signIn('maria', PASSWORD, '203.0.113.1'), 'limited 3600');
});

test('an address is at home for thirty days after its last sign-in', async (t) => {
  const { clock, sallyport, signIn } = await openGate(t, UNLIMITED);
  await signIn('maria', PASSWORD);
  await repeat(100, () => signIn('maria', 'wrong guess', '203.0.113.1'));
  clock.advanceMs(30 * DAY_MS - 1);
  await sallyport.maintenance.purge();
  assert.equal(await signIn('maria', 'wrong guess'), 'invalid');
  clock.advanceMs(1);
  assert.equal(await signIn('maria', PASSWORD), 'limited 3600');
});

test('a new password from the operator lets a locked-out person in', async (t) => {
  const { sallyport, signIn } = await openGate(t, UNLIMITED);
  await repeat(100, () => signIn('maria', 'wrong guess'));
  assert.match(await signIn('maria', PASSWORD), /^limited/);
  await sallyport.users.setPassword('maria', 'another horse');
  assert.equal(await signIn('maria', 'another horse'), 'signed_in');
});
