/** A PostgreSQL database gets this release's schema once and whole, whoever starts or dies. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import { NewerSchemaError } from '../../src/storage/migrate.ts';
import { MIGRATION_NAMES } from '../../src/storage/migrations/catalogue.ts';
import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { createTestDatabase, dropTestDatabases, runSql } from '../support/postgres-server.ts';
import { temporaryFolder } from '../support/server-process.ts';

after(dropTestDatabases);

const MIGRATING_PROCESS = fileURLToPath(
  new URL('./migrating-postgres-process.ts', import.meta.url),
);

async function openAndClose(url: string): Promise<void> {
  await (await PostgresDatabase.open(url)).close();
}

const appliedTo = async (url: string) =>
  (await runSql(url, 'select name from kysely_migration order by name')).map(({ name }) => name);

/** Tables, columns with type and sort order, indexes and triggers. */
const schemaOf = (url: string) =>
  runSql(
    url,
    `select table_name || '.' || column_name as name, data_type, collation_name as more
       from information_schema.columns where table_schema = 'public'
     union all select indexname, indexdef, null from pg_indexes where schemaname = 'public'
     union all select tgname, tgenabled::text, null from pg_trigger where not tgisinternal
     order by 1, 2`,
  );

async function startMigrating(url: string, killAt?: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = killAt === undefined ? [url] : [url, killAt];
  const child = fork(MIGRATING_PROCESS, args, { execArgv: [], env });
  await once(child, 'message');
  return async (): Promise<number | string> => {
    const ended = once(child, 'exit');
    child.send('migrate');
    const [code, signal] = await ended;
    return signal ?? code;
  };
}

test('a new database gets every migration, and text that sorts by its bytes', async () => {
  const url = await createTestDatabase();
  await openAndClose(url);
  assert.deepEqual(await appliedTo(url), MIGRATION_NAMES);
  const texts = (await schemaOf(url)).filter((row) => row.data_type === 'text');
  const ours = texts.filter(({ name }) => !String(name).startsWith('kysely'));
  assert.ok(ours.length > 30);
  assert.deepEqual(
    ours.filter(({ more }) => more !== 'C'),
    [],
  );
});

test('servers that migrate a new database at once all start, on one schema', async () => {
  const alone = await createTestDatabase();
  await openAndClose(alone);
  const url = await createTestDatabase();
  const starts = await Promise.all(Array.from({ length: 4 }, () => startMigrating(url)));
  assert.deepEqual(await Promise.all(starts.map((migrate) => migrate())), [0, 0, 0, 0]);
  assert.deepEqual(await appliedTo(url), MIGRATION_NAMES);
  assert.deepEqual(await schemaOf(url), await schemaOf(alone));
});

for (const killAt of ['create table "access_tokens"', 'create trigger audit_events_enter']) {
  test(`a migration that was killed at ${killAt}… runs again at the next start`, async () => {
    const [alone, url] = [await createTestDatabase(), await createTestDatabase()];
    await openAndClose(alone);
    const migrate = await startMigrating(url, killAt);
    assert.equal(await migrate(), 'SIGKILL');
    await openAndClose(url);
    assert.deepEqual(await appliedTo(url), MIGRATION_NAMES);
    assert.deepEqual(await schemaOf(url), await schemaOf(alone));
  });
}

test('a database of a newer release is not opened', async () => {
  const url = await createTestDatabase();
  await openAndClose(url);
  await runSql(url, "insert into kysely_migration values ('9999-from-the-future', '2030')");
  await assert.rejects(openAndClose(url), NewerSchemaError);
});

async function faultOf(t: TestContext, url: string): Promise<string> {
  const opening = openDatabase({ DATA_DIR: temporaryFolder(t), DATABASE_URL: url });
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartFault);
  assert.equal(error.messages.length, 1);
  return error.messages[0] ?? '';
}

test('a database that cannot be had is named in one line, without its password', async (t) => {
  const url = new URL(await createTestDatabase());
  const { password } = url;
  url.pathname = '/nowhere';
  assert.match(await faultOf(t, url.href), /\/nowhere cannot be opened: .*does not exist/);
  assert.ok(!(await faultOf(t, url.href)).includes(password));
  url.password = 'wrong-password';
  assert.match(await faultOf(t, url.href), /cannot be opened: password authentication failed/);
  url.port = '1';
  assert.match(await faultOf(t, url.href), /cannot be opened: connect ECONNREFUSED/);
});
