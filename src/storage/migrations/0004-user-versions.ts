/**
 * A version of each user, and the indexes that operators' listings and counts walk. None of them
 * holds a column that a rotation of refresh tokens changes, so that rotations do not pay for them.
 */

import { type Kysely, sql } from 'kysely';
import { columnTypesOf } from './column-types.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('version', columnTypesOf(db).integer, (c) => c.notNull().defaultTo(1))
    .execute();
  await indexUsers(db);
  await indexSessions(db);
  await indexAuditTrail(db);
}

/** One for each sort, below role and state: every filter is then a few ranges of one index. */
async function indexUsers(db: Kysely<unknown>): Promise<void> {
  await sql`create index users_by_id on users (role, is_enabled, id)`.execute(db);
  await sql`create index users_by_username on users (role, is_enabled, username_key)`.execute(db);
  await sql`create index users_by_creation on users (role, is_enabled, created_at_ms, id)`.execute(
    db,
  );
  await sql`
    create index users_by_last_sign_in
    on users (role, is_enabled, (coalesce(last_sign_in_at_ms, 0)), id)`.execute(db);
}

/** Sessions that nothing has ended, by when they began; and the others, to be counted. */
async function indexSessions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index sessions_unended on sessions (created_at_ms, id)
    where ended_at_ms is null`.execute(db);
  await sql`
    create index sessions_ended on sessions (ended_at_ms)
    where ended_at_ms is not null`.execute(db);
  await sql`
    create index sessions_unended_by_user on sessions (user_id, created_at_ms, id)
    where ended_at_ms is null`.execute(db);
}

/** Of the trail only what statistics count; count-transitions.ts spells the condition the same. */
async function indexAuditTrail(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index audit_events_sign_ins on audit_events (name, at_ms)
    where name in ('admin.sign_in_failed', 'admin.signed_in', 'session.sign_in_failed',
      'session.signed_in', 'sign_in.limited')`.execute(db);
}
