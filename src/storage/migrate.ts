/**
 * Brings a database to this release's schema: one transaction for each migration, forward only.
 * Servers that start at once wait for each other; a migration that was killed in the middle was
 * rolled back and runs again. What is SQLite's is here, what is PostgreSQL's in
 * migrate-postgres.ts.
 */

import type BetterSqlite3 from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { MIGRATION_NAMES, MIGRATIONS } from './migrations/catalogue.ts';

/** How long a starting server waits for another one that is migrating. */
export const MIGRATION_WAIT_MS = 30_000;

/** The database was written by a newer release; running on it would lose what that one added. */
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

/** @throws NewerSchemaError */
export function isUpToDate(applied: readonly string[]): boolean {
  const unknown = applied.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0) throw new NewerSchemaError(unknown);
  return applied.length === MIGRATION_NAMES.length;
}

/** Kysely's migrator is loaded only when there is something to do: it is not needed at a start. */
export async function runMissing(db: Kysely<unknown>): Promise<void> {
  const { Migrator } = await import('kysely/migration');
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () => {
        const loaded = MIGRATION_NAMES.map(async (name) => [name, await MIGRATIONS[name]?.()]);
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
