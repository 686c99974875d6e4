/** Every migration by name, in the order in which they run. */

import type { Kysely } from 'kysely';

export interface SchemaMigration {
  up(db: Kysely<unknown>): Promise<void>;
  /**
   * The newest migration that a server must know to work, and to be started, on a database that
   * has had this one: an older release's for what only adds (expand), and that of the release that
   * needs it no more for what takes away (contract). Nothing for what no older release may be
   * started on.
   */
  readonly oldestSchema?: string;
}

export const MIGRATIONS: Record<string, () => Promise<SchemaMigration>> = {
  '0001-first-schema': () => import('./0001-first-schema.ts'),
  '0002-audit-trail': () => import('./0002-audit-trail.ts'),
  '0003-user-identities': () => import('./0003-user-identities.ts'),
  '0004-user-versions': () => import('./0004-user-versions.ts'),
  '0005-suspended-access-tokens': () => import('./0005-suspended-access-tokens.ts'),
  '0006-access-token-overlaps': () => import('./0006-access-token-overlaps.ts'),
  '0007-console-sessions': () => import('./0007-console-sessions.ts'),
};

export const MIGRATION_NAMES = Object.keys(MIGRATIONS).sort();
