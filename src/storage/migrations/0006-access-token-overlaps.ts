/**
 * A version of each access token, the value that a rotation leaves alive for a while, and the
 * indexes that operators' listings walk.
 */

import { type Kysely, sql } from 'kysely';
import { columnTypesOf } from './column-types.ts';

/**
 * The release before neither sees nor ends a previous value, and need not: it lives only while
 * `previous_successor_hash` is the token's secret, so that any rotation ends it.
 */
export const oldestSchema = '0005-suspended-access-tokens';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { text, integer } = columnTypesOf(db);
  // One column at a time, because SQLite adds no more at once.
  const columns = [
    ['previous_secret_hash', text],
    ['previous_successor_hash', text],
    ['previous_expires_at_ms', 'bigint'],
    ['previous_last_used_at_ms', 'bigint'],
  ] as const;
  await db.schema
    .alterTable('access_tokens')
    .addColumn('version', integer, (c) => c.notNull().defaultTo(1))
    .execute();
  for (const [name, type] of columns) {
    await db.schema.alterTable('access_tokens').addColumn(name, type).execute();
  }
  await indexTokens(db);
}

/** One for each sort; access-token-listings.ts spells the expressions the same. */
async function indexTokens(db: Kysely<unknown>): Promise<void> {
  await sql`create index access_tokens_by_name on access_tokens (lower(name), id)`.execute(db);
  await sql`create index access_tokens_by_creation on access_tokens (created_at_ms, id)`.execute(
    db,
  );
  await sql`
    create index access_tokens_by_expiry
    on access_tokens ((coalesce(expires_at_ms, 9007199254740991)), id)`.execute(db);
  await sql`
    create index access_tokens_by_last_use
    on access_tokens ((coalesce(last_used_at_ms, 0)), id)`.execute(db);
  await sql`
    create index access_tokens_in_overlap on access_tokens (previous_expires_at_ms)
    where previous_expires_at_ms is not null`.execute(db);
}
