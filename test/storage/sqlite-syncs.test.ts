/** What waits for a disk that takes its time, what does not, and what becomes of a sync that fails. */

import assert from 'node:assert/strict';
import { copyFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isRefusal } from '../../src/core/errors.ts';
import type { Repository } from '../../src/core/repository.ts';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { LogNotSynced } from '../../src/storage/sqlite-log.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { openSallyport } from '../../src/wiring.ts';
import { testConfig } from '../support/test-config.ts';
import { HeldSyncs } from './held-syncs.ts';
import { addUser, BY, openSession, rotationInput, UNHEARD, userInput } from './samples.ts';
import { openSqliteStore } from './sqlite-store.ts';

const SESSION = 'session-1';
const END = { sessionId: SESSION, reason: 'signed_out', by: BY } as const;
const DISK_FAULT = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });

const isUnavailable = (error: unknown) => isRefusal(error, 'storage_unavailable');

/** A store with a user and a session; from here on its syncs are held. */
async function openHeldStore(t: TestContext) {
  const disk = new HeldSyncs();
  const store = await openSqliteStore({ sync: disk.sync });
  t.after(() => {
    disk.letGo();
    return store.close();
  });
  await openSession(store, await addUser(store, 'maria'));
  disk.hold();
  return { store, disk };
}

async function turnTheLoop(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
}

/** What has come to an end, in the order in which it did. */
function watch(calls: Record<string, Promise<unknown>>): string[] {
  const ended: string[] = [];
  for (const [name, call] of Object.entries(calls)) {
    call.then(
      () => ended.push(name),
      () => ended.push(`${name} refused`),
    );
  }
  return ended;
}

async function usersOf({ listUsers }: Pick<Repository, 'listUsers'>): Promise<string[]> {
  return (await listUsers({ afterId: 0, limit: 99 })).map(({ username }) => username);
}

test('writes made while the log is synced share the next sync and keep their order', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const before = disk.begun;
  const first = store.repository.createUser(userInput('first'));
  await disk.untilUnderWay();
  const names = Array.from({ length: 10 }, (_, index) => `user ${index}`);
  const others = names.map((name) => store.repository.createUser(userInput(name)));
  const ended = watch(
    Object.fromEntries([
      ['first', first],
      ...others.map((one, index) => [names[index] ?? '', one] as const),
    ]),
  );
  await turnTheLoop();
  assert.deepEqual([ended, disk.begun - before], [[], 1]);
  const committed = await store.sql('select username from users order by id');
  const usernames = committed.map(({ username }) => username);
  assert.deepEqual(usernames, ['maria', 'first'], 'the others will be one commit');
  await disk.endOne();
  await disk.untilUnderWay();
  assert.deepEqual([ended, disk.begun - before], [['first'], 2]);
  await disk.endOne();
  await Promise.all(others);
  assert.deepEqual([ended, disk.begun - before], [['first', ...names], 2]);
});

test('a read that sees what is not durable waits for the sync that is under way', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const before = disk.begun;
  const write = store.repository.createUser(userInput('bert'));
  await disk.untilUnderWay();
  const read = usersOf(store.repository);
  const ended = watch({ write, read });
  await turnTheLoop();
  assert.deepEqual([ended, disk.begun - before], [[], 1]);
  await disk.endOne();
  assert.deepEqual(await read, ['maria', 'bert']);
  assert.deepEqual([ended, disk.begun - before], [['write', 'read'], 1]);
  assert.deepEqual(await usersOf(store.repository), ['maria', 'bert']);
  assert.equal(disk.begun - before, 1, 'what is durable is read without a sync');
});

test('a transition that changes nothing waits for what it has seen', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const end = store.repository.endSession(END);
  await disk.untilUnderWay();
  const rotation = store.repository.rotateRefreshToken(rotationInput(SESSION, 1));
  const ended = watch({ end, rotation });
  await turnTheLoop();
  assert.deepEqual(ended, []);
  disk.letGo();
  assert.deepEqual(await rotation, { outcome: 'not_live' });
  assert.deepEqual(ended, ['end', 'rotation']);
});

test('what is kept is given without the disk, until an end is durable', async (t) => {
  const { store, disk } = await openHeldStore(t);
  assert.notEqual(await store.repository.findSession(SESSION), null);
  const end = store.repository.endSession(END);
  await disk.untilUnderWay();
  assert.equal((await store.repository.findSession(SESSION))?.endedAtMs, null);
  assert.notEqual(store.repository.recallSession(SESSION), null);
  const stored = store.forgetful.findSession(SESSION);
  const ended = watch({ end, stored });
  await turnTheLoop();
  assert.deepEqual(ended, [], 'who has read the end is not told of it before it is durable');
  await disk.endOne();
  await end;
  assert.equal(store.repository.recallSession(SESSION), null);
  assert.notEqual((await stored)?.endedAtMs, null);
});

test('good news is kept when it is durable and not before', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const rotation = store.repository.rotateRefreshToken(rotationInput(SESSION, 1));
  await disk.untilUnderWay();
  const found = store.repository.findSession(SESSION);
  await turnTheLoop();
  assert.equal(store.repository.recallSession(SESSION), null);
  await disk.endOne();
  await Promise.all([rotation, found]);
  assert.notEqual(store.repository.recallSession(SESSION), null);
});

test('what another process has committed is told when a sync of our own has ended', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const othersDisk = new HeldSyncs();
  const other = await SqliteDatabase.open(store.file, store.clock, undefined, othersDisk.sync);
  t.after(() => {
    othersDisk.letGo();
    return other.close();
  });
  othersDisk.hold();
  const write = createRepository(other, UNHEARD).createUser(userInput('bert'));
  await othersDisk.untilUnderWay();
  const read = usersOf(store.repository);
  const ended = watch({ write, read });
  await disk.untilUnderWay();
  await turnTheLoop();
  assert.deepEqual(ended, []);
  await disk.endOne();
  assert.deepEqual(await read, ['maria', 'bert']);
  assert.deepEqual(ended, ['read']);
});

test('what another process commits during a sync is told after the next one', async (t) => {
  const { store, disk } = await openHeldStore(t);
  const other = await SqliteDatabase.open(store.file, store.clock);
  t.after(() => other.close());
  const before = disk.begun;
  const write = store.repository.createUser(userInput('bert'));
  await disk.untilUnderWay();
  await createRepository(other, UNHEARD).createUser(userInput('carol'));
  const read = usersOf(store.repository);
  const ended = watch({ write, read });
  await turnTheLoop();
  await disk.endOne();
  await disk.untilUnderWay();
  assert.deepEqual([ended, disk.begun - before], [['write'], 2]);
  await disk.endOne();
  assert.deepEqual(await read, ['maria', 'bert', 'carol']);
});

test('after a sync that failed everything is refused until the database is opened anew', async (t) => {
  const disk = new HeldSyncs();
  const store = await openSqliteStore({ sync: disk.sync });
  t.after(() => store.close());
  const reported: string[] = [];
  const repository = createRepository(store.database, {
    ...UNHEARD,
    events: { record: ({ name }) => void reported.push(name) },
  });
  await openSession(store, await addUser(store, 'maria'));
  await repository.findSession(SESSION);
  assert.notEqual(repository.recallSession(SESSION), null);
  disk.hold();
  const committed = repository.createUser(userInput('bert'));
  await disk.untilUnderWay();
  const waiting = [repository.createUser(userInput('carol')), usersOf(repository)];
  const refusals = [committed, ...waiting].map((one) => assert.rejects(one, isUnavailable));
  await disk.endOne(DISK_FAULT);
  await Promise.all(refusals);
  disk.letGo();
  const { begun } = disk;
  // The next sync would succeed, and say nothing about what the one before has lost.
  await assert.rejects(repository.createUser(userInput('dora')), isUnavailable);
  await assert.rejects(repository.findSession(SESSION), isUnavailable);
  await assert.rejects(repository.ping(), isUnavailable);
  assert.equal(repository.recallSession(SESSION), null);
  assert.deepEqual([reported, disk.begun - begun], [[], 0]);
  await store.database.close();
  const again = await SqliteDatabase.open(store.file, store.clock);
  t.after(() => again.close());
  const users = await usersOf(createRepository(again, UNHEARD));
  assert.ok(!users.includes('carol') && !users.includes('dora'), 'nothing else was committed');
});

test('closing waits for the sync that is under way', async (t) => {
  const disk = new HeldSyncs();
  const store = await openSqliteStore({ sync: disk.sync });
  disk.hold();
  const write = store.repository.createUser(userInput('bert'));
  await disk.untilUnderWay();
  const close = store.close();
  const ended = watch({ write, close });
  t.after(() => disk.letGo());
  await turnTheLoop();
  assert.deepEqual(ended, []);
  disk.letGo();
  await close;
  assert.deepEqual(ended, ['write', 'close']);
});

/** A database as a kill leaves it, with a log that nobody has synced for sure. */
async function openKilled(t: TestContext) {
  const store = await openSqliteStore();
  t.after(() => store.close());
  await addUser(store, 'maria');
  const file = join(store.folder, DATABASE_FILE_NAME);
  copyFileSync(store.file, file);
  copyFileSync(`${store.file}-wal`, `${file}-wal`);
  utimesSync(`${file}-wal`, 0, 0);
  const isLogAsItWas = () => statSync(`${file}-wal`).mtimeMs === 0;
  return { store, file, isLogAsItWas };
}

test('who opens what was killed writes its log anew and syncs it before all else', async (t) => {
  const { store, file, isLogAsItWas } = await openKilled(t);
  const disk = new HeldSyncs();
  disk.hold();
  const opening = SqliteDatabase.open(file, store.clock, undefined, disk.sync);
  const ended = watch({ opening });
  await disk.untilUnderWay();
  assert.equal(isLogAsItWas(), false);
  await turnTheLoop();
  assert.deepEqual(ended, []);
  disk.letGo();
  const database = await opening;
  t.after(() => database.close());
  assert.deepEqual(await usersOf(createRepository(database, UNHEARD)), ['maria']);
  utimesSync(`${file}-wal`, 0, 0);
  const another = await SqliteDatabase.open(file, store.clock);
  t.after(() => another.close());
  assert.equal(isLogAsItWas(), true, 'the log of who uses it at this moment is left alone');
});

test('a log that cannot be synced is nothing to start on, and the start says so', async (t) => {
  const { store, file } = await openKilled(t);
  const failing = (_: number, done: (error: Error | null) => void) =>
    void process.nextTick(done, DISK_FAULT);
  await assert.rejects(SqliteDatabase.open(file, store.clock, undefined, failing), LogNotSynced);
  const tap = t.mock.method(SqliteDatabase, 'open', async () => {
    throw new LogNotSynced(DISK_FAULT);
  });
  const config = testConfig({ DATA_DIR: store.folder });
  await assert.rejects(openSallyport(config, { record: () => undefined }), (error) => {
    assert.ok(error instanceof StartFault);
    assert.match(error.message, /cannot be opened: the disk has failed to keep what was written/);
    return true;
  });
  tap.mock.restore();
});
