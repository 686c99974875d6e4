/** The audit trail. What only SQLite spells like this is in {@link refuseChanges}. */

import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    // autoincrement: an id is never given again, also when the newest rows are gone.
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('subject', 'text')
    .addColumn('session_id', 'text')
    .addColumn('access_token_id', 'bigint')
    .addColumn('name_hash', 'text')
    .addColumn('reason', 'text')
    .addColumn('ended_sessions', 'integer')
    .addColumn('address', 'text')
    .addColumn('request_id', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('once_key', 'text')
    .execute();
  await createIndexes(db);
  await refuseChanges(db);
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  const table = 'audit_events';
  await db.schema.createIndex('audit_events_at_ms').on(table).columns(['at_ms', 'id']).execute();
  await db.schema.createIndex('audit_events_name').on(table).columns(['name', 'id']).execute();
  // Partial: most rows have no part in them, and cost nothing there.
  await db.schema
    .createIndex('audit_events_subject')
    .on(table)
    .columns(['subject', 'id'])
    .where(sql.ref('subject'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('audit_events_once_key')
    .unique()
    .on(table)
    .column('once_key')
    .where(sql.ref('once_key'), 'is not', null)
    .execute();
}

/**
 * Nothing is changed, and nothing is deleted but what the purge allows in its own transaction.
 * INSERT OR REPLACE deletes without asking the trigger for deletions, so it has one of its own.
 */
async function refuseChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create trigger audit_events_refuse_update before update on audit_events
    begin select raise(abort, 'audit events are never changed'); end`.execute(db);
  await sql`
    create trigger audit_events_refuse_delete before delete on audit_events
    when not exists (
      select 1 from settings
      where name = 'audit_purge_before_ms' and old.at_ms < cast(value as integer)
    )
    begin select raise(abort, 'audit events are deleted by retention alone'); end`.execute(db);
  await sql`
    create trigger audit_events_refuse_replace before insert on audit_events
    when exists (select 1 from audit_events where id = new.id)
      or exists (select 1 from audit_events where once_key = new.once_key)
    begin select raise(abort, 'audit events are never replaced'); end`.execute(db);
}
