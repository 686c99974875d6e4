/** The schema of the first release. Never edited once shipped: later changes are later files. */

import { type Kysely, sql } from 'kysely';
import { columnTypesOf } from './column-types.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { text, integer } = columnTypesOf(db);
  await db.schema
    .createTable('settings')
    .addColumn('name', text, (c) => c.primaryKey())
    .addColumn('value', text, (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('admins')
    .addColumn('id', integer, (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn('password_hash', text, (c) => c.notNull())
    .addColumn('token_generation', integer, (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('password_changed_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_sign_in_at_ms', 'bigint')
    .execute();

  await createUsers(db);
  await createSessions(db);
  await createAccessTokens(db);
  await createCounters(db);
}

async function createUsers(db: Kysely<unknown>): Promise<void> {
  const { text, integer, asId } = columnTypesOf(db);
  await db.schema
    .createTable('users')
    .addColumn('id', integer, asId)
    .addColumn('username', text, (c) => c.notNull())
    .addColumn('username_key', text, (c) => c.notNull().unique())
    .addColumn('password_hash', text)
    .addColumn('password_kind', text)
    .addColumn('role', text, (c) => c.notNull().check(sql`role in ('ADMIN', 'STANDARD')`))
    .addColumn('is_enabled', 'integer', (c) => c.notNull().check(sql`is_enabled in (0, 1)`))
    .addColumn('origin', text, (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('password_changed_at_ms', 'bigint')
    .addColumn('last_sign_in_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('users_password_kind').on('users').column('password_kind').execute();
  await db.schema
    .createTable('password_kinds')
    .addColumn('kind', text, (c) => c.primaryKey())
    .execute();
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  const { text, integer } = columnTypesOf(db);
  await db.schema
    .createTable('sessions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('user_id', integer, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('generation', integer, (c) => c.notNull())
    .addColumn('role_issued', text, (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('rotated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('access_expires_at_s', 'bigint', (c) => c.notNull())
    .addColumn('refresh_expires_at_s', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('end_reason', text)
    .addColumn('created_address', text, (c) => c.notNull())
    .addColumn('last_address', text, (c) => c.notNull())
    .addColumn('user_agent', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('sessions_user_id').on('sessions').column('user_id').execute();
  await db.schema
    .createIndex('sessions_refresh_expires_at_s')
    .on('sessions')
    .column('refresh_expires_at_s')
    .execute();
}

async function createAccessTokens(db: Kysely<unknown>): Promise<void> {
  const { text, integer, asId } = columnTypesOf(db);
  await db.schema
    .createTable('access_tokens')
    .addColumn('id', integer, asId)
    .addColumn('public_id', text, (c) => c.notNull().unique())
    .addColumn('secret_hash', text, (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('description', text, (c) => c.notNull())
    .addColumn('permissions', 'integer', (c) => c.notNull().check(sql`permissions between 1 and 7`))
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('rotated_at_ms', 'bigint')
    .addColumn('expires_at_ms', 'bigint')
    .addColumn('last_used_at_ms', 'bigint')
    .execute();
  await db.schema
    .createIndex('access_tokens_expires_at_ms')
    .on('access_tokens')
    .column('expires_at_ms')
    .execute();
}

async function createCounters(db: Kysely<unknown>): Promise<void> {
  const { text } = columnTypesOf(db);
  await db.schema
    .createTable('failure_counters')
    .addColumn('key', text, (c) => c.primaryKey())
    .addColumn('failed_at_ms', text, (c) => c.notNull())
    .addColumn('strikes', 'integer', (c) => c.notNull())
    .addColumn('blocked_until_ms', 'bigint', (c) => c.notNull())
    .addColumn('failures_in_a_row', 'integer', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('failure_counters_expires_at_ms')
    .on('failure_counters')
    .column('expires_at_ms')
    .execute();
  await db.schema
    .createTable('known_addresses')
    .addColumn('account_key', text, (c) => c.notNull())
    .addColumn('address_key', text, (c) => c.notNull())
    .addColumn('last_sign_in_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('known_addresses_key', ['account_key', 'address_key'])
    .execute();
  await db.schema
    .createIndex('known_addresses_last_sign_in_at_ms')
    .on('known_addresses')
    .column('last_sign_in_at_ms')
    .execute();
}
