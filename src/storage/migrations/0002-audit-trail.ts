/** The audit trail. What each database spells in its own way are the triggers. */

import { type Kysely, sql } from 'kysely';
import { columnTypesOf, isPostgres } from './column-types.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { text, integer, asId } = columnTypesOf(db);
  await db.schema
    .createTable('audit_events')
    // On PostgreSQL the trigger gives it, because it must say so first.
    .addColumn('id', integer, isPostgres(db) ? (c) => c.primaryKey() : asId)
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('actor_kind', text, (c) => c.notNull())
    .addColumn('actor_id', text)
    .addColumn('subject', text)
    .addColumn('session_id', text)
    .addColumn('access_token_id', 'bigint')
    .addColumn('name_hash', text)
    .addColumn('reason', text)
    .addColumn('ended_sessions', 'integer')
    .addColumn('address', text)
    .addColumn('request_id', text)
    .addColumn('user_agent', text)
    .addColumn('once_key', text)
    .execute();
  await createIndexes(db);
  if (isPostgres(db)) {
    await announceEntries(db);
    await refuseChangesOnPostgres(db);
  } else {
    await refuseChangesOnSqlite(db);
  }
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
async function refuseChangesOnSqlite(db: Kysely<unknown>): Promise<void> {
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

/**
 * Ids are given before a transaction commits, so the row of a smaller one may come later. Whoever
 * goes by ids needs to know up to which one nothing can: a transaction holds a lock that names an
 * id below its own from before it takes one until its row can be read. The highest id that was
 * given is read first, the locks after it, so that of every row up to it one or the other is known.
 */
async function announceEntries(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence audit_events_id_seq owned by audit_events.id`.execute(db);
  await sql`
    create function audit_events_enter() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared((23313::bigint << 40) + last_value - 1)
        from audit_events_id_seq;
      new.id := nextval('audit_events_id_seq');
      return new;
    end $$`.execute(db);
  await sql`
    create trigger audit_events_enter before insert on audit_events
    for each row execute function audit_events_enter()`.execute(db);
  await sql`
    create function audit_events_settled() returns bigint language plpgsql volatile as $$
    declare
      given bigint;
      announced bigint;
    begin
      select case when is_called then last_value else 0 end into given from audit_events_id_seq;
      select min(objid::bigint + ((classid::bigint & 255) << 32)) into announced from pg_locks
        where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 8 = 23313
          and database = (select oid from pg_database where datname = current_database());
      return least(given, announced);
    end $$`.execute(db);
}

/** As on SQLite; and no TRUNCATE, which asks no trigger of rows. */
async function refuseChangesOnPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function audit_events_refuse_change() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        if exists (
          select 1 from settings
          where name = 'audit_purge_before_ms' and old.at_ms < value::bigint
        ) then
          return old;
        end if;
        raise exception 'audit events are deleted by retention alone';
      end if;
      raise exception 'audit events are never changed';
    end $$`.execute(db);
  await sql`
    create trigger audit_events_refuse_change before update or delete on audit_events
    for each row execute function audit_events_refuse_change()`.execute(db);
  await sql`
    create trigger audit_events_refuse_truncate before truncate on audit_events
    for each statement execute function audit_events_refuse_change()`.execute(db);
  // Always: a session that plays the part of a replica would else go past them.
  for (const name of ['enter', 'refuse_change', 'refuse_truncate']) {
    const trigger = sql.id(`audit_events_${name}`);
    await sql`alter table audit_events enable always trigger ${trigger}`.execute(db);
  }
}
