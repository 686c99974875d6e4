/** What SQLite has acknowledged survives the loss of power, and nobody else can read it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { renewParams } from '../../src/renew-params.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { openSallyport } from '../../src/wiring.ts';
import { debianProgram } from '../support/debian-package.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { testConfig } from '../support/test-config.ts';
import { keyOf, UNHEARD, userInput } from './samples.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { tapConnectionOf, tapConnections } from './tapped-connections.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));
const WRITER = fileURLToPath(new URL('./traced-writer.ts', import.meta.url));
const COMMITS = 20;
const NORMAL = 1;
const FULL = 2;

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-durability-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('every open of a file sets WAL and synchronous=NORMAL, not only the first', async (t) => {
  const file = join(newFolder(t), 'a.db');
  const clock = new FakeClock();
  const durable = { journalMode: 'wal', synchronous: NORMAL };
  const first = await SqliteDatabase.open(file, clock);
  const second = await SqliteDatabase.open(file, clock);
  assert.deepEqual([first.durability(), second.durability()], [durable, durable]);
  await first.close();
  await second.close();
  const third = await SqliteDatabase.open(file, clock);
  assert.deepEqual(third.durability(), durable);
  await third.close();
});

test('the server and the commands open their database with what keeps it sound', async (t) => {
  const folder = newFolder(t);
  const config = testConfig({ DATA_DIR: folder });
  const tap = tapConnections();
  t.after(() => tap.remove());
  for (const _ of [1, 2]) {
    await (await openSallyport(config, { record: () => undefined })).close();
  }
  await renewParams(config, { kind: 'operator', name: null });
  // Each start has one for the database and one for its lock, which holds nothing.
  assert.deepEqual(tap.synchronousAtClose, [NORMAL, FULL, NORMAL, FULL, NORMAL, FULL]);
});

test('the database keeps to its foreign keys', async (t) => {
  const { opened, connection } = await tapConnectionOf(openSqliteStore);
  t.after(() => opened.close());
  assert.equal(connection.pragma('foreign_keys', { simple: true }), 1);
});

test('only one place opens a database to serve; others lock, look, copy, move, restore', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const openers = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /new (BetterSqlite3|Database)\(/.test(readFileSync(SOURCES + file, 'utf8')));
  const allowed = [
    'checkpoint-worker.ts',
    'database-lock.ts',
    'migration-history.ts',
    'move-source.ts',
    'restored-database.ts',
    'sqlite-snapshot.ts',
    'sqlite.ts',
  ];
  assert.deepEqual(
    openers.sort(),
    allowed.map((name) => join('storage', name)),
  );
});

interface Step {
  readonly what: 'write' | 'header' | 'sync' | 'synced' | string;
  readonly isMainThread: boolean;
}

/** Writes and syncs of the log, and marks, in the order in which they happened. */
function traceWriter(file: string, output: string): Step[] {
  const strace = debianProgram('strace');
  execFileSync(
    strace.path,
    [
      ...['-f', '-y', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync,write,pwrite64', '-o', output],
      ...[process.execPath, WRITER, file, String(COMMITS)],
    ],
    { env: { ...process.env, ...strace.env }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const lines = readFileSync(output, 'utf8').split('\n');
  const [mainThread] = lines.find((line) => line.includes('"MARK opened'))?.split(' ') ?? [];
  const syncing = new Set<string>();
  return lines.flatMap((line) => {
    const [thread = ''] = line.split(' ');
    return stepsOf(line, thread, syncing).map((what) => ({
      what,
      isMainThread: thread === mainThread,
    }));
  });
}

/** `syncing` are the threads in a sync that the trace has shown the beginning of. */
function stepsOf(line: string, thread: string, syncing: Set<string>): string[] {
  const mark = /"MARK ([a-z ]+)\\n"/.exec(line)?.[1];
  if (mark !== undefined) return [mark];
  if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) {
    return [/, 32, 0(\)| <unfinished)/.test(line) ? 'header' : 'write'];
  }
  if (/ (fsync|fdatasync)\(\d+<[^>]*-wal>/.test(line)) {
    if (!line.includes('<unfinished')) return ['sync', 'synced'];
    syncing.add(thread);
    return ['sync'];
  }
  if (/<\.\.\. (fsync|fdatasync) resumed>/.test(line) && syncing.delete(thread)) return ['synced'];
  return [];
}

const withoutRepeats = (steps: readonly string[]) =>
  steps.filter((step, index) => step !== steps[index - 1]);

for (const state of ['new', 'already opened once']) {
  test(`each commit to a file that is ${state} is synced before it is acknowledged`, async (t) => {
    const folder = newFolder(t);
    const file = join(folder, 'a.db');
    if (state !== 'new') await (await SqliteDatabase.open(file, new FakeClock())).close();
    const trace = traceWriter(file, join(folder, 'trace'));
    const served = trace.slice(
      trace.findIndex(({ what }) => what === 'opened') + 1,
      trace.findIndex(({ what }) => what === 'acknowledged all') + 1,
    );
    // SQLite itself syncs the header, when the log begins. All else is not on the main thread.
    const own = served.filter(({ what, isMainThread }) => what !== 'header' && isMainThread);
    const ownSyncs = own.filter(({ what }) => what === 'sync').length;
    assert.equal(ownSyncs, served.filter(({ what }) => what === 'header').length);
    assert.ok(ownSyncs <= 1);
    const steps = served
      .filter(({ what, isMainThread }) => !(isMainThread && /^(header|sync|synced)$/.test(what)))
      .map(({ what }) => what);
    const untilLast = steps.lastIndexOf('acknowledged') + 1;
    const expected = ['write', 'sync', 'synced', 'acknowledged'];
    assert.deepEqual(
      withoutRepeats(steps.slice(0, untilLast)),
      Array.from({ length: COMMITS }, () => expected).flat(),
    );
    const atOnce = steps.slice(untilLast);
    assert.deepEqual(atOnce.slice(-2), ['synced', 'acknowledged all']);
    const syncs = atOnce.filter((step) => step === 'sync').length;
    assert.ok(syncs >= 1 && syncs < COMMITS / 4, `${COMMITS} writes at once took ${syncs} syncs`);
  });
}

test('a copy of file and log at any acknowledgement holds all that was acknowledged', async (t) => {
  const folder = newFolder(t);
  const store = await openSqliteStore();
  t.after(() => store.close());
  for (let count = 1; count <= 8; count += 1) {
    await store.repository.createUser(userInput(`user ${count}`));
    const copy = join(folder, `${count}.db`);
    copyFileSync(store.file, copy);
    copyFileSync(`${store.file}-wal`, `${copy}-wal`);
    const copied = await SqliteDatabase.open(copy, store.clock);
    const repository = createRepository(copied, UNHEARD);
    assert.equal((await repository.listUsers({ afterId: 0, limit: 99 })).length, count);
    assert.notEqual(await repository.findUserByKey(keyOf(`user ${count}`)), null);
    await copied.close();
  }
});

test('folder and files are for their owner alone, whatever the umask', async (t) => {
  const parent = newFolder(t);
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const folder = join(parent, 'made', 'data');
  const file = join(folder, 'a.db');
  const database = await SqliteDatabase.open(file, new FakeClock());
  await createRepository(database, UNHEARD).createUser(userInput('maria'));
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  assert.equal(modeOf(folder), '700');
  assert.deepEqual([file, `${file}-wal`, `${file}-shm`].map(modeOf), ['600', '600', '600']);
  await database.close();
});

test('closing moves the log into the file', async (t) => {
  const folder = newFolder(t);
  const database = await SqliteDatabase.open(join(folder, 'a.db'), new FakeClock());
  const written = createRepository(database, UNHEARD).createUser(userInput('maria'));
  await database.close();
  assert.equal((await written).outcome, 'created', 'what was pending is written first');
  assert.deepEqual(readdirSync(folder), ['a.db', 'a.db.lock']);
  assert.equal(statSync(join(folder, 'a.db.lock')).size, 0);
});
