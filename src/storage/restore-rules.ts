/**
 * What a restore must not bring back. The backup is older than the database that it replaces; what
 * was taken away in between stays away. The rules, and the attack that each of them answers, are in
 * docs/decisions/2026-11-22-backup-restore.md.
 *
 * SQLite only: the restored database and the one that it replaces are one connection's, as `main`
 * and `old`.
 */

import type BetterSqlite3 from 'better-sqlite3';

/** Ids that were given after the backup, and of which nothing is known, are below this distance. */
const UNKNOWN_IDS = 1_000_000;
const TABLES_WITH_IDS = ['users', 'access_tokens', 'audit_events'];

/** Column by column, because the old database may have been written by an earlier release. */
const AUDIT_COLUMNS = `at_ms, name, actor_kind, actor_id, subject, session_id, access_token_id,
  name_hash, reason, ended_sessions, address, request_id, user_agent`;

const USERS = `
  delete from main.users where not exists (
    select 1 from old.users o where o.id = users.id and o.created_at_ms = users.created_at_ms
  );
  update main.users as u set
    password_hash = o.password_hash,
    password_kind = o.password_kind,
    password_changed_at_ms = o.password_changed_at_ms,
    is_enabled = min(u.is_enabled, o.is_enabled),
    role = case o.role when 'ADMIN' then u.role else 'STANDARD' end
  from old.users o where o.id = u.id;
  insert or ignore into main.password_kinds (kind)
    select distinct password_kind from main.users where password_kind is not null;`;

/** Whoever looked at a user before the restore has looked at another state of theirs. */
const VERSIONS = `
  update main.users as u set version = max(u.version, o.version) + 1
  from old.users o where o.id = u.id;`;

/** The database has one admin or none; without this one, whoever is first could become it. */
const ADMIN = `
  insert into main.admins (id, password_hash, token_generation, created_at_ms,
                           password_changed_at_ms, last_sign_in_at_ms)
    select id, password_hash, token_generation, created_at_ms,
           password_changed_at_ms, last_sign_in_at_ms from old.admins where true
    on conflict (id) do update set
      password_hash = excluded.password_hash,
      password_changed_at_ms = excluded.password_changed_at_ms,
      token_generation = max(token_generation, excluded.token_generation);`;

const IDENTITIES = `
  delete from main.user_identities as i where not exists (
    select 1 from old.user_identities o
    where o.issuer = i.issuer and o.subject = i.subject and o.user_id = i.user_id
  );`;

const ACCESS_TOKENS = `
  delete from main.access_tokens as t where not exists (
    select 1 from old.access_tokens o
    where o.id = t.id and o.public_id = t.public_id and (o.permissions & t.permissions) <> 0
  );
  update main.access_tokens as t set
    secret_hash = o.secret_hash,
    rotated_at_ms = o.rotated_at_ms,
    last_used_at_ms = o.last_used_at_ms,
    previous_secret_hash = null,
    previous_successor_hash = null,
    previous_expires_at_ms = null,
    previous_last_used_at_ms = null,
    permissions = t.permissions & o.permissions,
    expires_at_ms = case
      when t.expires_at_ms is null then o.expires_at_ms
      when o.expires_at_ms is null then t.expires_at_ms
      else min(t.expires_at_ms, o.expires_at_ms) end
  from old.access_tokens o where o.id = t.id;`;

/** None outlives a restore, whatever is known: those of the backup may have ended since. */
const CONSOLE_SESSIONS = 'delete from main.console_sessions;';

const SUSPENSIONS = `
  update main.access_tokens as t set suspended_at_ms = o.suspended_at_ms
  from old.access_tokens o where o.id = t.id;`;

/** A previous value lives on where it lived just before: the backup's may have been ended since. */
const OVERLAPS = `
  update main.access_tokens as t set
    version = max(t.version, o.version) + 1,
    previous_secret_hash = o.previous_secret_hash,
    previous_successor_hash = o.previous_successor_hash,
    previous_expires_at_ms = case
      when t.expires_at_ms is null then o.previous_expires_at_ms
      else min(t.expires_at_ms, o.previous_expires_at_ms) end,
    previous_last_used_at_ms = o.previous_last_used_at_ms
  from old.access_tokens o where o.id = t.id;`;

/** On if it is on in either: off is what opens something. */
const AUTH_SWITCH = `
  update main.settings set value = 'true' where name = 'auth_enabled' and not exists (
    select 1 from old.settings where name = 'auth_enabled' and value = 'false'
  );`;

/** Whoever looked at the switch before the restore has looked at another one. */
const AUTH_VERSION = `
  insert into main.settings (name, value)
    select 'auth_version', cast(max(version) + 1 as text) from (
      select 1 as version
      union all select cast(value as integer) from main.settings where name = 'auth_version'
      union all select cast(value as integer) from old.settings where name = 'auth_version'
    ) where true
    on conflict (name) do update set value = excluded.value;`;

const FAILURES = `
  delete from main.failure_counters;
  insert into main.failure_counters
      (key, failed_at_ms, strikes, blocked_until_ms, failures_in_a_row, expires_at_ms)
    select key, failed_at_ms, strikes, blocked_until_ms, failures_in_a_row, expires_at_ms
    from old.failure_counters;`;

const EVENTS_SINCE = `
  insert into main.audit_events (id, once_key, ${AUDIT_COLUMNS})
    select id, once_key, ${AUDIT_COLUMNS} from old.audit_events
    where id > (select coalesce(max(id), 0) from main.audit_events) order by id;`;

/** Of another history: their ids are taken. */
const EVENTS_ELSEWHERE = `
  insert into main.audit_events (${AUDIT_COLUMNS})
    select ${AUDIT_COLUMNS} from old.audit_events order by id;`;

const IDS_SINCE = `
  update main.sqlite_sequence as s
    set seq = max(s.seq, o.seq) from old.sqlite_sequence o where o.name = s.name;`;

export type Succession =
  /** The old database is what the backup's became: what is missing there was taken away. */
  | 'continued'
  /** So it is, and it was under other parameters: all access tokens were taken away meanwhile. */
  | 'renewed'
  /** It has another history: nothing follows from what it does not have. */
  | 'unrelated';

/**
 * Applies the rules to `main`, in one transaction, by what `oldFile` holds: a closed, intact
 * database of this release or an earlier one.
 */
export function carryOverRevocations(
  connection: BetterSqlite3.Database,
  oldFile: string,
): Succession {
  connection.prepare('attach database ? as old').run(oldFile);
  try {
    return connection.transaction(() => applyRules(connection))();
  } finally {
    connection.exec('detach database old');
  }
}

function applyRules(connection: BetterSqlite3.Database): Succession {
  const hasAudit = hasInOld(connection, 'audit_events');
  nameAllSequences(connection);
  connection.exec(CONSOLE_SESSIONS);
  if (!hasAudit || !isContinued(connection)) {
    assumeNothing(connection);
    if (hasAudit) connection.exec(EVENTS_ELSEWHERE);
    return 'unrelated';
  }
  connection.exec(USERS + ADMIN + ACCESS_TOKENS + AUTH_SWITCH + AUTH_VERSION + FAILURES);
  if (hasInOld(connection, 'user_identities')) connection.exec(IDENTITIES);
  if (hasInOld(connection, 'users', 'version')) connection.exec(VERSIONS);
  if (hasInOld(connection, 'access_tokens', 'suspended_at_ms')) connection.exec(SUSPENSIONS);
  if (hasInOld(connection, 'access_tokens', 'previous_secret_hash')) connection.exec(OVERLAPS);
  connection.exec(EVENTS_SINCE + IDS_SINCE);
  return isUnderOneKey(connection) ? 'continued' : 'renewed';
}

/** What holds when the database that is replaced cannot be asked. */
export function carryOverNothing(connection: BetterSqlite3.Database): void {
  connection.transaction(() => {
    nameAllSequences(connection);
    connection.exec(CONSOLE_SESSIONS);
    assumeNothing(connection);
  })();
}

/** The switch is on, and no id is given that may have been somebody's. */
function assumeNothing(connection: BetterSqlite3.Database): void {
  connection.exec("update main.settings set value = 'true' where name = 'auth_enabled'");
  connection.prepare('update main.sqlite_sequence set seq = seq + ?').run(UNKNOWN_IDS);
}

/** A table that never had a row is not listed there. */
function nameAllSequences(connection: BetterSqlite3.Database): void {
  const add = connection.prepare(
    `insert into main.sqlite_sequence (name, seq)
     select @name, 0 where not exists (select 1 from main.sqlite_sequence where name = @name)`,
  );
  for (const name of TABLES_WITH_IDS) add.run({ name });
}

/**
 * The backup's newest event is in the old database, or was there: events go by age alone, so then
 * all older ones are gone as well and there are newer ones.
 */
function isContinued(connection: BetterSqlite3.Database): boolean {
  const newest = connection
    .prepare(`select id, ${AUDIT_COLUMNS} from main.audit_events order by id desc limit 1`)
    .get() as { id: number } | undefined;
  if (newest === undefined) return false;
  const { id } = newest;
  const same = connection.prepare(`select id, ${AUDIT_COLUMNS} from old.audit_events where id = ?`);
  const found = same.get(id);
  if (found !== undefined) return JSON.stringify(found) === JSON.stringify(newest);
  const ids = connection.prepare('select min(id) as oldest from old.audit_events').get() as {
    oldest: number | null;
  };
  return ids.oldest !== null && ids.oldest > id && isUnderOneKey(connection);
}

function isUnderOneKey(connection: BetterSqlite3.Database): boolean {
  const [own, old] = ['main', 'old'].map((schema) =>
    connection
      .prepare(`select value from ${schema}.settings where name = 'params_fingerprint'`)
      .pluck()
      .get(),
  );
  return own === old;
}

function hasInOld(connection: BetterSqlite3.Database, table: string, column?: string): boolean {
  const columns = connection
    .prepare("select name from pragma_table_info(?, 'old')")
    .pluck()
    .all(table);
  return column === undefined ? columns.length > 0 : columns.includes(column);
}
