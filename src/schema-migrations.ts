/** `migrate status` and `migrate up`, on whichever database the configuration names. */

import { join } from 'node:path';
import type { MigrationLine } from './cli/backup-commands.ts';
import type { Config } from './config.ts';
import { DATABASE_FILE_NAME, nameDatabase, openDatabase } from './database-choice.ts';
import { StartFault } from './start-fault.ts';
import { type AppliedMigration, readMigrationHistory } from './storage/migration-history.ts';
import { MIGRATION_NAMES } from './storage/migrations/catalogue.ts';

const CONNECT_WAIT_MS = 5_000;

/** All that this release knows and all that the database has had, by name. @throws StartFault */
export async function listMigrations(config: Config): Promise<MigrationLine[] | null> {
  let applied: AppliedMigration[] | null;
  try {
    applied = await readHistory(config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFault(`${nameDatabase(config)} cannot be opened: ${reason}`);
  }
  if (applied === null) return null;
  const found = new Map(applied.map((one) => [one.name, one]));
  const names = new Set([...MIGRATION_NAMES, ...found.keys()]);
  return [...names].sort().map((name) => ({
    name,
    appliedAt: found.get(name)?.appliedAt ?? null,
    isKnown: MIGRATION_NAMES.includes(name),
    isCompatible: found.get(name)?.isCompatible ?? false,
  }));
}

/** Opening a database is what brings it up; a server does nothing else. @throws StartFault */
export async function migrateUp(config: Config): Promise<string[]> {
  const before = await listMigrations(config);
  const done = before?.flatMap(({ name, appliedAt }) => (appliedAt === null ? [] : [name])) ?? [];
  const database = await openDatabase(config);
  await database.close();
  return MIGRATION_NAMES.filter((name) => !done.includes(name));
}

async function readHistory({ DATABASE_URL: url, DATA_DIR: folder }: Config) {
  if (url === null) return readMigrationHistory(join(folder, DATABASE_FILE_NAME));
  const { readPostgresHistory } = await import('./storage/migrate-postgres.ts');
  return readPostgresHistory({ connectionString: url, connectionTimeoutMillis: CONNECT_WAIT_MS });
}
