/**
 * Brings a PostgreSQL database to this release's schema, on a connection of its own. An advisory
 * lock lets servers that start at once wait for each other; it goes with the connection, so that
 * one that was killed leaves nothing behind.
 */

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { isUpToDate, MIGRATION_WAIT_MS, runMissing } from './migrate.ts';
import type { AppliedMigration } from './migration-history.ts';

/** Any number will do that others in this database do not take. */
const MIGRATION_LOCK = 7_350_651_894;
const OLDEST_MAJOR = 14;

/**
 * Runs what is missing. Does nothing beyond two reads when the database is up to date.
 * @throws NewerSchemaError, or the driver's error when the database cannot be reached or changed
 */
export async function migratePostgres(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...config, lock_timeout: MIGRATION_WAIT_MS });
  // Its loss also fails the statement that is running; without a listener it ends the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await requireRecentServer(client);
    if (isUpToDate(await appliedMigrations(client))) return;
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runMissing(migrationDatabase(client));
  } finally {
    await client.end();
  }
}

/** By name; null when nothing has run there yet. @throws the driver's error */
export async function readPostgresHistory(
  config: pg.ClientConfig,
): Promise<AppliedMigration[] | null> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    if ((await appliedMigrations(client)).length === 0) return null;
    const { rows } = await client.query(
      'select name, timestamp as "appliedAt" from kysely_migration order by name',
    );
    return rows;
  } finally {
    await client.end();
  }
}

async function requireRecentServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query("select current_setting('server_version_num')::int as n");
  const major = Math.floor(rows[0].n / 10_000);
  if (major < OLDEST_MAJOR) throw new Error(`it is PostgreSQL ${major}; 14 or later is needed`);
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const table = await client.query("select to_regclass('kysely_migration') as found");
  if (table.rows[0].found === null) return [];
  const { rows } = await client.query('select name from kysely_migration order by name');
  return rows.map((row) => row.name);
}

/** Kysely asks for a pool; there is one connection, because that one holds the lock. */
function migrationDatabase(client: pg.Client): Kysely<unknown> {
  const connection = Object.assign(client, { release: () => undefined });
  const pool = { connect: async () => connection, end: async () => undefined, options: {} };
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}
