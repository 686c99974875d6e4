/**
 * Sessions of the console. A table of its own: it touches no other, so it does not matter which
 * migrations before it there are beside the first.
 */

import { type Kysely, sql } from 'kysely';
import { columnTypesOf } from './column-types.ts';

/** A server of the release before opens none and is asked for none. */
export const oldestSchema = '0005-suspended-access-tokens';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { text, integer } = columnTypesOf(db);
  await db.schema
    .createTable('console_sessions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('secret_hash', text, (c) => c.notNull().unique())
    .addColumn('kind', text, (c) => c.notNull().check(sql`kind in ('admin', 'user')`))
    .addColumn('user_id', integer, (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('issued_under', 'bigint', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_seen_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('password_entered_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('address', text, (c) => c.notNull())
    .addColumn('user_agent', text, (c) => c.notNull())
    // A user's session that lost its user must never be taken for the built-in admin's.
    .addCheckConstraint(
      'console_sessions_holder',
      sql`(kind = 'admin' and user_id is null) or (kind = 'user' and user_id is not null)`,
    )
    .execute();
  await db.schema
    .createIndex('console_sessions_by_kind')
    .on('console_sessions')
    .columns(['kind', 'created_at_ms', 'id'])
    .execute();
  await db.schema
    .createIndex('console_sessions_by_user')
    .on('console_sessions')
    .columns(['user_id', 'created_at_ms', 'id'])
    .execute();
  await db.schema
    .createIndex('console_sessions_by_expiry')
    .on('console_sessions')
    .column('expires_at_ms')
    .execute();
}
