/** A full disk, a bug in one transition, another process on the file: nothing is lost or mixed. */

import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRefusal } from '../../src/core/errors.ts';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import { AuditEntries } from '../../src/storage/audit-transitions.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import type { Transition } from '../../src/storage/transition.ts';
import { createUser } from '../../src/storage/user-transitions.ts';
import { openSallyport } from '../../src/wiring.ts';
import { testConfig } from '../support/test-config.ts';
import { accessTokenInput, addUser, BY, openSession, rotationInput, userInput } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';
import { tapConnectionOf } from './tapped-connections.ts';

const LOCK_HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));
const LONG_TEXT = 'x'.repeat(20_000);

const isUnavailable = (error: unknown) => isRefusal(error, 'storage_unavailable');
const isBusy = (error: unknown) => isRefusal(error, 'storage_busy');

const tokenInput = (name: string) => ({ ...accessTokenInput(name), description: LONG_TEXT });

async function namesOfTokens({ repository }: SqliteStore): Promise<string[]> {
  return (await repository.listAccessTokens()).map((token) => token.name);
}

/** Writes until the disk is full; the names of what was acknowledged. */
async function writeUntilFull(store: SqliteStore): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let index = 0; index < 1_000; index += 1) {
    const name = `token ${index}`;
    try {
      await store.repository.createAccessToken(tokenInput(name));
      acknowledged.push(name);
    } catch (error) {
      if (isUnavailable(error)) return acknowledged;
      throw error;
    }
  }
  throw new Error('the disk never got full');
}

/** The limit of this process on the size of any file; it ends with the test. */
function setLargestFile(t: TestContext, bytes: number | 'unlimited'): void {
  const limitTo = (limit: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${limit}:`]);
  limitTo(bytes);
  t.after(() => limitTo('unlimited'));
}

async function openLimitedStore(t: TestContext) {
  const { opened: store, connection } = await tapConnectionOf(openSqliteStore);
  t.after(() => store.close());
  const limitPages = (extra: number) => {
    const pages = Number(connection.pragma('page_count', { simple: true }));
    connection.pragma(`max_page_count = ${pages + extra}`);
  };
  return { store, limitPages };
}

test('with a full disk writes are refused, reads go on and nothing is lost', async (t) => {
  const { store, limitPages } = await openLimitedStore(t);
  await openSession(store, await addUser(store, 'maria'));
  limitPages(30);
  const acknowledged = await writeUntilFull(store);
  assert.ok(acknowledged.length > 1);
  await assert.rejects(store.repository.createAccessToken(tokenInput('late')), isUnavailable);
  assert.deepEqual(await namesOfTokens(store), acknowledged);
  assert.equal((await store.repository.findSession('session-1'))?.endedAtMs, null);
  await store.repository.ping();
  limitPages(1_000);
  await store.repository.createAccessToken(tokenInput('after'));
  assert.deepEqual(await namesOfTokens(store), [...acknowledged, 'after']);
});

test('when the disk fills up inside a batch, what is refused has not happened', async (t) => {
  const { store, limitPages } = await openLimitedStore(t);
  limitPages(12);
  const names = Array.from({ length: 40 }, (_, index) => `token ${index}`);
  const settled = await Promise.allSettled(
    names.flatMap((name, index) => [
      store.repository.createAccessToken(tokenInput(name)),
      store.repository.createUser(userInput(`user ${index}`)),
    ]),
  );
  const refused = settled.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0);
  assert.ok(refused.every((result) => isUnavailable(result.reason)));
  const users = await store.repository.listUsers({ afterId: 0, limit: 999 });
  const tokens = await store.repository.listAccessTokens();
  assert.equal(users.length + tokens.length, settled.length - refused.length);
});

test('when the log cannot grow inside a batch, what is refused has not happened', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  // More than SQLite's cache holds, so that it writes before the commit.
  const description = LONG_TEXT.repeat(6);
  const large = Array.from({ length: 200 }, (_, index) => ({
    ...tokenInput(`token ${index}`),
    description,
  }));
  const small = Array.from({ length: 50 }, (_, index) => userInput(`user ${index}`));
  setLargestFile(t, statSync(`${store.file}-wal`).size + 500_000);
  const settled = await Promise.allSettled([
    ...large.map((input) => store.repository.createAccessToken(input)),
    ...small.map((input) => store.repository.createUser(input)),
  ]);
  assert.ok(settled.every((one) => one.status === 'rejected' && isUnavailable(one.reason)));
  assert.deepEqual(await namesOfTokens(store), []);
  assert.deepEqual(await store.repository.listUsers({ afterId: 0, limit: 9 }), []);
  setLargestFile(t, 'unlimited');
  await addUser(store, 'maria');
});

test('a file that may not grow refuses writes until it may again', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const size = Math.max(statSync(store.file).size, statSync(`${store.file}-wal`).size);
  setLargestFile(t, size + 100_000);
  const acknowledged = await writeUntilFull(store);
  const atOnce = ['a', 'b', 'c'].map((name) =>
    store.repository.createAccessToken(tokenInput(name)),
  );
  const settled = await Promise.allSettled(atOnce);
  assert.ok(settled.every((one) => one.status === 'rejected' && isUnavailable(one.reason)));
  assert.deepEqual(await namesOfTokens(store), acknowledged);
  setLargestFile(t, 'unlimited');
  await store.repository.createAccessToken(tokenInput('after'));
  assert.deepEqual(await namesOfTokens(store), [...acknowledged, 'after']);
});

test('a transition that throws leaves nothing behind and the others commit', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const bug = new Error('a bug');
  function* failHalfWay(name: string): Transition<void> {
    yield* createUser(userInput(name), new AuditEntries({ kind: 'server' }));
    throw bug;
  }
  const settled = await Promise.allSettled([
    store.repository.createUser(userInput('anna')),
    store.database.write(() => failHalfWay('bert')),
    store.repository.createUser(userInput('carol')),
    store.database.write(() => failHalfWay('anna')),
    store.repository.createUser(userInput('dora')),
  ]);
  const outcomes = settled.map((one) => (one.status === 'rejected' ? one.reason : 'done'));
  assert.deepEqual(outcomes, ['done', bug, 'done', bug, 'done']);
  const users = await store.repository.listUsers({ afterId: 0, limit: 9 });
  assert.deepEqual(
    users.map((user) => user.username),
    ['anna', 'carol', 'dora'],
  );
});

test('a read that throws leaves the connection able to write', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const bug = new Error('a bug');
  // biome-ignore lint/correctness/useYield: a body that fails before its first statement
  const failing = store.database.read(function* (): Transition<void> {
    throw bug;
  });
  await assert.rejects(failing, bug);
  await addUser(store, 'maria');
});

test('within one process nothing rotates after an end that was asked before', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  await openSession(store, await addUser(store, 'maria'));
  const sessionId = 'session-1';
  const end = store.repository.endSession({ sessionId, reason: 'signed_out', by: BY });
  const rotation = store.repository.rotateRefreshToken(rotationInput(sessionId, 1));
  assert.equal(await end, 'ended');
  assert.deepEqual(await rotation, { outcome: 'not_live' });
});

async function holdLock(file: string): Promise<() => Promise<void>> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const holder = fork(LOCK_HOLDER, [file], { execArgv: [], env });
  await once(holder, 'message');
  return async () => {
    holder.send('release');
    await once(holder, 'exit');
  };
}

async function turnTheLoop(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function countTurnsUntil(settled: Promise<unknown>): Promise<number> {
  let isSettled = false;
  void settled.finally(() => {
    isSettled = true;
  });
  let turns = 0;
  for (; !isSettled; turns += 1) await turnTheLoop(1);
  return turns;
}

test('another writer delays a write and no reads, and then it succeeds', async (t) => {
  const store = await openSqliteStore({ busyDeadlineMs: 60_000 });
  t.after(() => store.close());
  await openSession(store, await addUser(store, 'maria'));
  const release = await holdLock(store.file);
  let isSettled = false;
  const write = store.repository.rotateRefreshToken(rotationInput('session-1', 1));
  void write.finally(() => {
    isSettled = true;
  });
  for (let round = 0; round < 20; round += 1) {
    await turnTheLoop(100);
    assert.equal((await store.repository.findSession('session-1'))?.endedAtMs, null);
  }
  assert.equal(isSettled, false);
  await release();
  assert.equal((await write).outcome, 'rotated');
});

test('a write that waits too long is refused as busy, and the event loop goes on', async (t) => {
  const store = await openSqliteStore({ busyDeadlineMs: 100 });
  t.after(() => store.close());
  const release = await holdLock(store.file);
  const names = ['anna', 'bert'];
  const writes = names.map((name) => store.repository.createUser(userInput(name)));
  const turns = await countTurnsUntil(Promise.allSettled(writes));
  // A wait inside SQLite would take all of that time in one turn.
  assert.ok(turns > 100, `the event loop turned only ${turns} times`);
  for (const write of writes) await assert.rejects(write, isBusy);
  await release();
  await addUser(store, 'carol');
  const users = await store.repository.listUsers({ afterId: 0, limit: 9 });
  assert.deepEqual(
    users.map((user) => user.username),
    ['carol'],
  );
});

test('a start on a database that another program holds says so in one line', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const file = join(store.folder, DATABASE_FILE_NAME);
  await (await SqliteDatabase.open(file, store.clock)).close();
  const release = await holdLock(file);
  t.after(release);
  const config = testConfig({ DATA_DIR: store.folder });
  const opening = openSallyport(config, { record: () => undefined }, { busyDeadlineMs: 30 });
  await assert.rejects(opening, (error) => {
    const message = `${file} is held by another program; close it there and start again`;
    assert.ok(error instanceof StartFault);
    assert.deepEqual(error.messages, [message]);
    return true;
  });
});
