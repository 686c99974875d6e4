/** Every migration by name, in the order in which they run. */

import type { Migration } from 'kysely/migration';

export const MIGRATIONS: Record<string, () => Promise<Migration>> = {
  '0001-first-schema': () => import('./0001-first-schema.ts'),
  '0002-audit-trail': () => import('./0002-audit-trail.ts'),
  '0003-user-identities': () => import('./0003-user-identities.ts'),
  '0004-user-versions': () => import('./0004-user-versions.ts'),
  '0005-suspended-access-tokens': () => import('./0005-suspended-access-tokens.ts'),
};

export const MIGRATION_NAMES = Object.keys(MIGRATIONS).sort();
