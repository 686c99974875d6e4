/** Access tokens that a restore has put on hold: they authenticate nobody until they are accepted. */

import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('access_tokens').addColumn('suspended_at_ms', 'bigint').execute();
}
