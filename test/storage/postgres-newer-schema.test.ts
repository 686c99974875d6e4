/**
 * A release on a database that a newer one migrates or has migrated: while it runs, and when it is
 * started again.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { listMigrations } from '../../src/schema-migrations.ts';
import { NewerSchemaError, runMissing } from '../../src/storage/migrate.ts';
import { migrationDatabase } from '../../src/storage/migrate-postgres.ts';
import {
  MIGRATION_NAMES,
  MIGRATIONS,
  type SchemaMigration,
} from '../../src/storage/migrations/catalogue.ts';
import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { createTestDatabase, dropTestDatabases, runSql } from '../support/postgres-server.ts';
import { startServerProcess, temporaryFolder } from '../support/server-process.ts';
import { testConfig } from '../support/test-config.ts';
import { waitUntil } from '../support/waiting.ts';

after(dropTestDatabases);

const PARAMS_KEY = 'w8Xy1ZaB2cD3eF4gH5iJ6kL7mN8oP9qR';
const ORIGIN = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };
const PERSON = { username: 'maria', password: 'correct horse' };
const LATER = '9999-of-a-later-release';
const NEWEST = MIGRATION_NAMES.at(-1) ?? '';

/** What a later release does when it is started. */
async function migrateFurther(url: string, migration: SchemaMigration): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  MIGRATIONS[LATER] = async () => migration;
  try {
    await runMissing(migrationDatabase(client));
  } finally {
    delete MIGRATIONS[LATER];
    await client.end();
  }
}

/** A database as an earlier release left it, without the migration of this name and later ones. */
async function databaseBefore(missing: string): Promise<string> {
  const url = await createTestDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const later = Object.entries(MIGRATIONS).filter(([name]) => name >= missing);
  for (const [name] of later) delete MIGRATIONS[name];
  try {
    await runMissing(migrationDatabase(client));
  } finally {
    Object.assign(MIGRATIONS, Object.fromEntries(later));
    await client.end();
  }
  return url;
}

async function addColumnsEverywhere(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables();
  for (const { name } of tables.filter((one) => !one.name.startsWith('kysely_'))) {
    await sql`alter table ${sql.table(name)} add column added_later bigint`.execute(db);
  }
}

async function migratedDatabase(): Promise<string> {
  const url = await createTestDatabase();
  await (await PostgresDatabase.open(url)).close();
  return url;
}

function open(url: string): Promise<Sallyport> {
  const config = testConfig({ DATABASE_URL: url, PARAMS_KEY });
  const passwordEngine = new FastPasswordEngine();
  return openSallyport(config, { record: () => undefined }, { passwordEngine });
}

/** Something of everything that is stored. */
async function workOn({ sessions, accessTokens, operations, auditTrail }: Sallyport) {
  const { username, password } = PERSON;
  await assert.rejects(sessions.signIn(username, 'a wrong guess', ORIGIN));
  const pair = await sessions.signIn(username, password, ORIGIN);
  const next = await sessions.refresh(pair.refreshToken, ORIGIN);
  assert.equal((await sessions.verifyAccessToken(next.accessToken))?.username, username);
  const token = { name: 'a machine', description: '', permissions: 4, expiresInSeconds: null };
  const { raw } = await accessTokens.create(token, { origin: ORIGIN });
  assert.notEqual(await accessTokens.authenticate(raw), null);
  assert.ok((await accessTokens.list()).length > 0);
  assert.equal((await operations.listUsers({ limit: 10 })).users.length, 1);
  await operations.countEverything();
  assert.ok((await auditTrail.newest({}, 5)).length > 0);
  const between = auditTrail.between({ untilMs: Date.now() + 60_000 });
  assert.equal((await between.next()).done, false);
}

test('a server that runs goes on when a later release adds to every table, and starts again', async (t) => {
  const url = await createTestDatabase();
  const running = await open(url);
  t.after(() => running.close());
  await running.users.create({ ...PERSON, role: 'STANDARD', origin: 'operator' });
  await workOn(running);
  await migrateFurther(url, { up: addColumnsEverywhere, oldestSchema: NEWEST });
  await workOn(running);

  const again = await open(url);
  t.after(() => again.close());
  assert.deepEqual(again.database.newerMigrations, [LATER]);
  await workOn(again);
  const lines = await listMigrations(testConfig({ DATABASE_URL: url, PARAMS_KEY }));
  assert.equal(lines?.find(({ name }) => name === LATER)?.isCompatible, true);

  const settings = { DATABASE_URL: url, PARAMS_KEY, DATA_DIR: temporaryFolder(t) };
  const server = await startServerProcess(t, settings);
  await waitUntil('the log says so', () => server.stdout().includes('"server.schema_newer"'));
});

for (const [what, oldestSchema] of [
  ['that says nothing of older ones', {}],
  ['that needs more than this one knows', { oldestSchema: '9998-of-the-release-between' }],
] as const) {
  test(`a release is not started on the schema of a newer one ${what}`, async () => {
    const url = await migratedDatabase();
    await migrateFurther(url, { up: addColumnsEverywhere, ...oldestSchema });
    await assert.rejects(PostgresDatabase.open(url), (error) => {
      assert.ok(error instanceof NewerSchemaError);
      assert.deepEqual(error.unknownMigrations, [LATER]);
      return true;
    });
  });
}

test('a migration that waits for a table lets those pass that come after it', async (t) => {
  const url = await databaseBefore('0005-suspended-access-tokens');
  const dump = new pg.Client({ connectionString: url });
  t.after(() => dump.end());
  await dump.connect();
  await dump.query('begin; lock table access_tokens in access share mode');
  const opening = PostgresDatabase.open(url);
  const waiting = `select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock'
    and relation = 'access_tokens'::regclass`;
  await waitUntil('the migration waits', async () => (await runSql(url, waiting)).length > 0);
  // As long as a request waits; the dump goes on all the while.
  await runSql(url, "set lock_timeout = '5s'; select count(*) from access_tokens");
  await dump.query('commit');
  await (await opening).close();
  const applied = await runSql(url, 'select name from kysely_migration order by name');
  assert.equal(applied.at(-1)?.name, NEWEST);
});
