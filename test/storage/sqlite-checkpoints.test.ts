/** The log of an SQLite file is moved into it by another thread, and does not grow without end. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { CHECKPOINT_PAGES, SqliteCheckpointer } from '../../src/storage/sqlite-checkpointer.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/waiting.ts';
import { growLog } from './grown-log.ts';
import { addUser, openSession, UNHEARD } from './samples.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { tapConnectionOf } from './tapped-connections.ts';

const PROCESS = fileURLToPath(new URL('./checkpointing-process.ts', import.meta.url));
const SESSION = 'session-1';

function openOther(t: TestContext, file: string): BetterSqlite3.Database {
  const connection = new BetterSqlite3(file);
  t.after(() => connection.close());
  return connection;
}

/** Pages in the log, and how many of them the file has. */
function lookAtLog(connection: BetterSqlite3.Database): { log: number; checkpointed: number } {
  const [found] = connection.pragma('wal_checkpoint(noop)') as {
    log: number;
    checkpointed: number;
  }[];
  if (found === undefined) throw new Error('SQLite said nothing about its log');
  return found;
}

test('a grown log is moved into the file, begins anew, and nobody forgets what is kept', async (t) => {
  const { opened: store, connection } = await tapConnectionOf(openSqliteStore);
  t.after(() => store.close());
  await openSession(store, await addUser(store, 'maria'));
  await store.repository.findSession(SESSION);
  // What SQLite does by itself is not what is shown here.
  connection.pragma('wal_autocheckpoint = 0');
  await growLog(store.repository);
  await waitUntil('the file has all of the log', () => {
    const { log, checkpointed } = lookAtLog(connection);
    return log === checkpointed;
  });
  assert.notEqual(store.repository.recallSession(SESSION), null, 'a checkpoint is no change');
  await addUser(store, 'bert');
  assert.ok(lookAtLog(connection).log < CHECKPOINT_PAGES / 10);
  assert.notEqual(store.repository.recallSession(SESSION), null, 'nor is a log that begins anew');
});

test('while somebody reads an old state the log grows, and is moved when they have ended', async (t) => {
  const { opened: store, connection } = await tapConnectionOf(openSqliteStore);
  t.after(() => store.close());
  const reader = openOther(t, store.file);
  await addUser(store, 'maria');
  reader.exec('begin; select count(*) from users');
  connection.pragma('wal_autocheckpoint = 0');
  let written = await growLog(store.repository);
  written += await growLog(store.repository, written);
  assert.ok(lookAtLog(connection).log > CHECKPOINT_PAGES);
  assert.equal(reader.prepare('select count(*) from access_tokens').pluck().get(), 0);
  reader.exec('commit');
  await waitUntil('the file has all of the log', async () => {
    written += await growLog(store.repository, written);
    const { log, checkpointed } = lookAtLog(connection);
    return log - checkpointed < CHECKPOINT_PAGES;
  });
});

test('when no thread can be had SQLite itself keeps the log from growing on', async (t) => {
  const { opened: store, connection } = await tapConnectionOf(openSqliteStore);
  t.after(() => store.close());
  t.mock.method(SqliteCheckpointer.prototype, 'consider', () => undefined);
  for (let written = 0; written < 100; ) written += await growLog(store.repository, written);
  const { log } = lookAtLog(connection);
  assert.ok(log < 5 * CHECKPOINT_PAGES, `${log} pages`);
});

test('a checkpoint that could not sync is told to who has asked for it', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const faults: unknown[] = [];
  const checkpointer = new SqliteCheckpointer(store.file, (error) => faults.push(error));
  checkpointer.conclude({ code: 'SQLITE_BUSY', message: 'database is locked' });
  assert.deepEqual(faults, []);
  checkpointer.conclude({ code: 'SQLITE_IOERR_FSYNC', message: 'disk I/O error' });
  assert.deepEqual(faults, [new Error('disk I/O error')]);
  await checkpointer.close();
});

for (const end of ['close', 'exit', 'signal']) {
  test(`a process that ends by ${end} while the log is moved leaves a sound database`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-checkpoints-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'a.db');
    const child = spawn(process.execPath, [PROCESS, file, end], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    let said = '';
    for await (const text of child.stdout) {
      said += text;
      if (end === 'signal' && said.endsWith('\n')) child.kill('SIGTERM');
    }
    assert.deepEqual(await exit, end === 'signal' ? [null, 'SIGTERM'] : [0, null]);
    if (end === 'close')
      assert.equal(statSync(`${file}-wal`, { throwIfNoEntry: false }), undefined);
    const database = await SqliteDatabase.open(file, new FakeClock());
    t.after(() => database.close());
    const tokens = await createRepository(database, UNHEARD).listAccessTokens();
    assert.equal(tokens.length, Number(said));
    assert.equal(openOther(t, file).pragma('integrity_check', { simple: true }), 'ok');
  });
}
