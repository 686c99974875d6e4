/**
 * Brings a database to this release's schema: one transaction for each migration, forward only.
 * Servers that start at once wait for each other; a migration that was killed in the middle was
 * rolled back and runs again. What is SQLite's is here, what is PostgreSQL's in
 * migrate-postgres.ts.
 */

import type BetterSqlite3 from 'better-sqlite3';
import { type Kysely, sql } from 'kysely';
import { MIGRATION_NAMES, MIGRATIONS, type SchemaMigration } from './migrations/catalogue.ts';

/** How long a starting server waits for another one that is migrating. */
export const MIGRATION_WAIT_MS = 30_000;

/**
 * In `settings`, with the name of a migration behind it: which migrations a server must know to
 * work on a database that has had this one.
 */
export const OLDEST_SCHEMA_PREFIX = 'oldest_schema:';

/** The database was written by a newer release, which does not say that this one may work on it. */
export class NewerSchemaError extends Error {
  readonly unknownMigrations: readonly string[];

  constructor(unknownMigrations: readonly string[]) {
    super(`the database has migrations that this release does not know: ${unknownMigrations}`);
    this.name = 'NewerSchemaError';
    this.unknownMigrations = unknownMigrations;
  }
}

/**
 * Runs what is missing. Does nothing beyond one read when the file is up to date.
 * @throws NewerSchemaError
 */
export async function migrateSqlite(connection: BetterSqlite3.Database): Promise<void> {
  if (isUpToDate(appliedMigrations(connection))) return;
  connection.pragma(`busy_timeout = ${MIGRATION_WAIT_MS}`);
  try {
    const { migrationDatabase } = await import('./migration-dialect.ts');
    await runMissing(migrationDatabase(connection));
  } finally {
    connection.pragma('busy_timeout = 0');
  }
}

function appliedMigrations(connection: BetterSqlite3.Database): string[] {
  const table = connection
    .prepare("select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'")
    .get();
  if (table === undefined) return [];
  const names = connection.prepare('select name from kysely_migration order by name').pluck();
  return names.all() as string[];
}

/**
 * `oldestSchemas` is what newer migrations have left in the settings, by their names: those that
 * say that this release may work on the database are no reason to refuse it.
 * @throws NewerSchemaError
 */
export function isUpToDate(
  applied: readonly string[],
  oldestSchemas: ReadonlyMap<string, string> = new Map(),
): boolean {
  const unknown = unknownAmong(applied);
  const known = applied.length - unknown.length;
  const refused = unknown.filter((name) => !isCompatible(oldestSchemas.get(name)));
  if (refused.length > 0) throw new NewerSchemaError(refused);
  if (unknown.length > 0 && known < MIGRATION_NAMES.length) throw new NewerSchemaError(unknown);
  return known === MIGRATION_NAMES.length;
}

export function unknownAmong(applied: readonly string[]): string[] {
  return applied.filter((name) => !MIGRATION_NAMES.includes(name));
}

/** Whether a server that knows this release's migrations may work, where these are needed. */
export function isCompatible(oldestSchema: string | undefined): boolean {
  return oldestSchema !== undefined && oldestSchema <= (MIGRATION_NAMES.at(-1) ?? '');
}

/** Kysely's migrator is loaded only when there is something to do: it is not needed at a start. */
export async function runMissing(db: Kysely<unknown>): Promise<void> {
  const { Migrator } = await import('kysely/migration');
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => {
        const loaded = Object.entries(MIGRATIONS).map(async ([name, load]) => [
          name,
          leavingOldestSchema(name, await load()),
        ]);
        return Object.fromEntries(await Promise.all(loaded));
      },
    },
  });
  for (;;) {
    const { error, results } = await migrator.migrateUp();
    if (error !== undefined) throw error;
    if (results === undefined || results.length === 0) return;
  }
}

/** In the transaction of the migration itself, so that one is never there without the other. */
function leavingOldestSchema(name: string, { up, oldestSchema }: SchemaMigration) {
  return {
    up: async (db: Kysely<unknown>) => {
      await up(db);
      if (oldestSchema === undefined) return;
      const setting = OLDEST_SCHEMA_PREFIX + name;
      await sql`insert into settings (name, value) values (${setting}, ${oldestSchema})`.execute(
        db,
      );
    },
  };
}
