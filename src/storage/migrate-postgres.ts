/**
 * Brings a PostgreSQL database to this release's schema, on a connection of its own. An advisory
 * lock lets servers that start at once wait for each other; it goes with the connection, so that
 * one that was killed leaves nothing behind.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import {
  isCompatible,
  isUpToDate,
  MIGRATION_WAIT_MS,
  OLDEST_SCHEMA_PREFIX,
  runMissing,
  unknownAmong,
} from './migrate.ts';
import type { AppliedMigration } from './migration-history.ts';

/** Any number will do that others in this database do not take. */
const MIGRATION_LOCK = 7_350_651_894;
const OLDEST_MAJOR = 14;
/** Far below what a request waits for: none is refused because of a migration that waits. */
const TABLE_WAIT_MS = 500;
const GIVE_WAY_MS = 500;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs what is missing. Does nothing beyond a few reads when the database is up to date.
 * @returns the migrations of newer releases that say that this one may work on the database
 * @throws NewerSchemaError, or the driver's error when the database cannot be reached or changed
 */
export async function migratePostgres(config: pg.ClientConfig): Promise<string[]> {
  const client = new pg.Client({ ...config, lock_timeout: MIGRATION_WAIT_MS });
  // Its loss also fails the statement that is running; without a listener it ends the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await requireRecentServer(client);
    const before = await examine(client);
    if (before.isUpToDate) return before.unknown;
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Who held it may have been a newer release.
    const { isUpToDate, unknown } = await examine(client);
    if (!isUpToDate) await runGivingWay(client);
    return unknown;
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
    const applied = await appliedMigrations(client);
    if (applied.length === 0) return null;
    const oldest = await oldestSchemas(client, applied);
    const { rows } = await client.query<{ name: string; appliedAt: string }>(
      'select name, timestamp as "appliedAt" from kysely_migration order by name',
    );
    return rows.map((row) => ({ ...row, isCompatible: isCompatible(oldest.get(row.name)) }));
  } finally {
    await client.end();
  }
}

/** @throws NewerSchemaError */
async function examine(client: pg.Client): Promise<{ isUpToDate: boolean; unknown: string[] }> {
  const applied = await appliedMigrations(client);
  const oldest = await oldestSchemas(client, applied);
  return { isUpToDate: isUpToDate(applied, oldest), unknown: unknownAmong(applied) };
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

/** What migrations of newer releases have left; on most databases there are none. */
async function oldestSchemas(
  client: pg.Client,
  applied: readonly string[],
): Promise<Map<string, string>> {
  const names = unknownAmong(applied).map((name) => OLDEST_SCHEMA_PREFIX + name);
  if (names.length === 0) return new Map();
  const text = 'select name, value from settings where name = any($1)';
  const { rows } = await client.query(text, [names]);
  return new Map(rows.map(({ name, value }) => [name.slice(OLDEST_SCHEMA_PREFIX.length), value]));
}

/**
 * Whoever waits for a table holds up all that ask for it later: behind a migration that waits for
 * the end of a dump, every server would stand still. So it waits briefly, lets them pass, and
 * tries again.
 */
async function runGivingWay(client: pg.Client): Promise<void> {
  const untilMs = performance.now() + MIGRATION_WAIT_MS;
  await client.query(`set lock_timeout = ${TABLE_WAIT_MS}`);
  for (;;) {
    try {
      return await runMissing(migrationDatabase(client));
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (performance.now() > untilMs) {
        throw new Error(
          `others have held a table that a migration needs for ${MIGRATION_WAIT_MS / 1_000} s ` +
            '(a dump, a long transaction)',
          { cause: error },
        );
      }
    }
    await wait(GIVE_WAY_MS);
  }
}

/** Kysely asks for a pool; there is one connection, because that one holds the lock. */
export function migrationDatabase(client: pg.Client): Kysely<unknown> {
  const connection = Object.assign(client, { release: () => undefined });
  const pool = { connect: async () => connection, end: async () => undefined, options: {} };
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}
