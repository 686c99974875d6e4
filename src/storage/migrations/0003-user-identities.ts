/** Who people are at OpenID Connect providers. */

import type { Kysely } from 'kysely';
import { columnTypesOf } from './column-types.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { text, integer } = columnTypesOf(db);
  await db.schema
    .createTable('user_identities')
    .addColumn('issuer', text, (c) => c.notNull())
    .addColumn('subject', text, (c) => c.notNull())
    .addColumn('user_id', integer, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('provider_id', text, (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('user_identities_key', ['issuer', 'subject'])
    .addUniqueConstraint('user_identities_user_id_issuer', ['user_id', 'issuer'])
    .execute();
}
