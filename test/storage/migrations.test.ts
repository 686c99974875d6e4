/** A file is brought to this release's schema once and whole, whoever starts, whatever dies. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import { NewerSchemaError } from '../../src/storage/migrate.ts';
import { MIGRATION_NAMES } from '../../src/storage/migrations/catalogue.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { openSallyport } from '../../src/wiring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { testConfig } from '../support/test-config.ts';
import { tapConnections } from './tapped-connections.ts';

const MIGRATING_PROCESS = fileURLToPath(new URL('./migrating-process.ts', import.meta.url));

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-migrations-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openAndClose(file: string): Promise<void> {
  await (await SqliteDatabase.open(file, new FakeClock())).close();
}

function query(file: string, sql: string): unknown[] {
  const connection = new BetterSqlite3(file);
  try {
    return connection.prepare(sql).pluck().all();
  } finally {
    connection.close();
  }
}

const schemaOf = (file: string) =>
  query(file, 'select sql from sqlite_master where sql is not null order by type, name');
const appliedTo = (file: string) => query(file, 'select name from kysely_migration order by name');

/** A process that is ready to migrate; `migrate` lets it, and gives how it ended. */
async function startMigrating(file: string, killAt?: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = killAt === undefined ? [file] : [file, killAt];
  const child = fork(MIGRATING_PROCESS, args, { execArgv: [], env });
  await once(child, 'message');
  return async (): Promise<number | string> => {
    const ended = once(child, 'exit');
    child.send('migrate');
    const [code, signal] = await ended;
    return signal ?? code;
  };
}

test('a new file gets every migration', async (t) => {
  const file = join(newFolder(t), 'a.db');
  await openAndClose(file);
  assert.deepEqual(appliedTo(file), MIGRATION_NAMES);
  assert.deepEqual(query(file, 'pragma integrity_check'), ['ok']);
});

test('an empty file that somebody made beforehand is a new one', async (t) => {
  const folder = newFolder(t);
  const file = join(folder, 'a.db');
  new BetterSqlite3(file).close();
  await openAndClose(file);
  assert.deepEqual(appliedTo(file), MIGRATION_NAMES);
});

test('opening a file that is up to date writes nothing', async (t) => {
  const file = join(newFolder(t), 'a.db');
  await openAndClose(file);
  const before = { content: readFileSync(file), mtimeMs: statSync(file).mtimeMs };
  const tap = tapConnections();
  t.after(() => tap.remove());
  await openAndClose(file);
  assert.ok(readFileSync(file).equals(before.content));
  assert.equal(statSync(file).mtimeMs, before.mtimeMs);
  const writes = [...tap.statements].filter((sql) => /^(insert|update|create|alter)/i.test(sql));
  assert.deepEqual(writes, []);
  const asksMigrator = [...tap.statements].some((sql) => sql.includes('kysely_migration_lock'));
  assert.equal(asksMigrator, false, 'the migrator was loaded for nothing');
});

test('servers that migrate a new file at once all start, on one schema', async (t) => {
  const folder = newFolder(t);
  const alone = join(folder, 'alone.db');
  await openAndClose(alone);
  for (let round = 0; round < 3; round += 1) {
    const file = join(folder, `${round}.db`);
    const starts = await Promise.all(Array.from({ length: 4 }, () => startMigrating(file)));
    assert.deepEqual(await Promise.all(starts.map((migrate) => migrate())), [0, 0, 0, 0]);
    assert.deepEqual(appliedTo(file), MIGRATION_NAMES);
    assert.deepEqual(schemaOf(file), schemaOf(alone));
  }
});

for (const killAt of [
  'create table "settings"',
  'create table "access_tokens"',
  'create index "known_addresses',
  'insert into "kysely_migration"',
]) {
  test(`a migration that was killed at ${killAt}… runs again at the next start`, async (t) => {
    const folder = newFolder(t);
    const [alone, file] = [join(folder, 'alone.db'), join(folder, 'killed.db')];
    await openAndClose(alone);
    const migrate = await startMigrating(file, killAt);
    assert.equal(await migrate(), 'SIGKILL');
    const left = query(file, "select name from sqlite_master where name = 'settings'");
    assert.deepEqual(left, [], 'half a migration was left behind');
    await openAndClose(file);
    assert.deepEqual(appliedTo(file), MIGRATION_NAMES);
    assert.deepEqual(schemaOf(file), schemaOf(alone));
  });
}

async function makeNewer(file: string): Promise<void> {
  await openAndClose(file);
  const connection = new BetterSqlite3(file);
  connection
    .prepare('insert into kysely_migration (name, timestamp) values (?, ?)')
    .run('9999-from-the-future', '2030-01-01T00:00:00.000Z');
  connection.close();
}

test('a file of a newer release is not opened and not changed', async (t) => {
  const file = join(newFolder(t), 'a.db');
  await makeNewer(file);
  const before = readFileSync(file);
  await assert.rejects(openAndClose(file), (error) => {
    assert.ok(error instanceof NewerSchemaError);
    assert.deepEqual(error.unknownMigrations, ['9999-from-the-future']);
    return true;
  });
  assert.ok(readFileSync(file).equals(before));
});

async function startFaultOf(folder: string): Promise<readonly string[]> {
  const config = testConfig({ DATA_DIR: folder });
  const opening = openSallyport(config, { record: () => undefined });
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartFault, `the start gave ${error}`);
  return error.messages;
}

test('a start on a file of a newer release says so in one line', async (t) => {
  const folder = newFolder(t);
  const file = join(folder, DATABASE_FILE_NAME);
  await makeNewer(file);
  assert.deepEqual(await startFaultOf(folder), [
    `${file} was written by a newer release of Sallyport (it has 9999-from-the-future); ` +
      'start that release, or restore a backup',
  ]);
});

test('a start on what is no database says so in one line and leaves it alone', async (t) => {
  const folder = newFolder(t);
  const file = join(folder, DATABASE_FILE_NAME);
  const content = 'these are not the pages of a database\n'.repeat(200);
  writeFileSync(file, content);
  const [message, ...more] = await startFaultOf(folder);
  assert.equal(message, `${file} cannot be opened: file is not a database`);
  assert.deepEqual(more, []);
  assert.equal(readFileSync(file, 'utf8'), content);
});
