/** `migrate status` and `migrate up` on the embedded database. */

import { join } from 'node:path';
import type { MigrationLine } from './cli/backup-commands.ts';
import type { Config } from './config.ts';
import { systemClock } from './crypto/identifiers.ts';
import { StartFault } from './start-fault.ts';
import { readMigrationHistory } from './storage/migration-history.ts';
import { MIGRATION_NAMES } from './storage/migrations/catalogue.ts';
import { DATABASE_FILE_NAME, openDatabase } from './wiring.ts';

/** All that this release knows and all that the database has had, by name. @throws StartFault */
export async function listMigrations(config: Config): Promise<MigrationLine[] | null> {
  const file = join(config.DATA_DIR, DATABASE_FILE_NAME);
  let applied: Awaited<ReturnType<typeof readMigrationHistory>>;
  try {
    applied = await readMigrationHistory(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFault(`${file} cannot be opened: ${reason}`);
  }
  if (applied === null) return null;
  const times = new Map(applied.map(({ name, appliedAt }) => [name, appliedAt]));
  const names = new Set([...MIGRATION_NAMES, ...times.keys()]);
  return [...names].sort().map((name) => ({
    name,
    appliedAt: times.get(name) ?? null,
    isKnown: MIGRATION_NAMES.includes(name),
  }));
}

/** Opening a database is what brings it up; a server does nothing else. @throws StartFault */
export async function migrateUp(config: Config): Promise<string[]> {
  const before = await listMigrations(config);
  const done = before?.flatMap(({ name, appliedAt }) => (appliedAt === null ? [] : [name])) ?? [];
  const database = await openDatabase(config.DATA_DIR, systemClock);
  await database.close();
  return MIGRATION_NAMES.filter((name) => !done.includes(name));
}
