/**
 * Every statement of the transitions, and the few that may read more than they give. All others
 * are held to be hot: so a new one is looked at until somebody says here why it need not be.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rotateTogether } from '../../src/storage/grouped-rotations.ts';
import { type Dialect, declaredStatements, type Statement } from '../../src/storage/transition.ts';

const STORAGE = join(import.meta.dirname, '../../src/storage');

/** Loads all that declares statements, whoever uses it. */
for (const file of readdirSync(STORAGE).filter((name) =>
  /-(transitions|listings)\.ts$/.test(name),
)) {
  await import(join(STORAGE, file));
}

interface Exception {
  /** The beginning of the statement. */
  readonly sql: string;
  /** That it is all of the statement: one that goes on is another one. */
  readonly isWhole?: boolean;
  /** Which tables it may read as a whole. */
  readonly tables: readonly string[];
  readonly because: string;
}

const MAY_SCAN: readonly Exception[] = [
  {
    sql: 'select "id", "public_id", "name", "description", "permissions", "created_at_ms", "expires_at_ms", "last_used_at_ms", "rotated_at_ms", "suspended_at_ms", "version", "secret_hash", "previous_secret_hash", "previous_successor_hash", "previous_expires_at_ms", "previous_last_used_at_ms" from "access_tokens" order by "id"',
    tables: ['access_tokens'],
    because: 'contract 1 lists all access tokens in one answer',
  },
  {
    sql: 'select "id" from "admins" union all',
    tables: ['admins', 'users', 'access_tokens', 'u', 't'],
    because: 'it takes the first row that there is, once at a start',
  },
  {
    sql: 'select "kind" from "password_kinds"',
    tables: ['password_kinds'],
    because: 'there are as many kinds of hash as an operator has ever chosen',
  },
  {
    sql: 'delete from "password_kinds"',
    tables: ['password_kinds'],
    because: 'there are as many kinds of hash as an operator has ever chosen',
  },
  {
    sql: 'update "sessions" set "ended_at_ms" = ?, "end_reason" = ? where "ended_at_ms" is null',
    tables: ['sessions'],
    because: 'only `params renew` ends the sessions of everybody',
  },
  {
    sql: 'select count(*) as "count" from "users"',
    tables: ['users'],
    because: 'statistics count whole tables, over the narrowest index there is',
  },
  {
    sql: 'select count(*) as "count" from "sessions"',
    tables: ['sessions'],
    because: 'statistics count whole tables, over the narrowest index there is',
  },
  {
    sql: 'select count(*) as "count" from "sessions" where "ended_at_ms" is not null',
    tables: ['sessions'],
    because: 'statistics count what has ended over an index that holds nothing else',
  },
  {
    sql: 'select count(*) as "count" from "access_tokens"',
    tables: ['access_tokens'],
    because: 'statistics count whole tables, over the narrowest index there is',
  },
  {
    sql: 'select count(*) as "count" from "failure_counters"',
    tables: ['failure_counters'],
    because: 'housekeeping counts them once a minute, and keeps them below a bound',
  },
  {
    sql: 'delete from "failure_counters" where ("key", "expires_at_ms") in (select',
    tables: ['failure_counters'],
    because: 'it takes the first of an index, and SQLite calls that a scan although it is limited',
  },
  {
    sql: 'delete from "console_sessions"',
    isWhole: true,
    tables: ['console_sessions'],
    because: 'only `params renew` and a restore end those of everybody',
  },
  {
    sql: 'update "access_tokens" set "suspended_at_ms" = ?, "previous_secret_hash" = ?',
    tables: ['access_tokens'],
    because: 'only a restore and its end concern all of them',
  },
  {
    sql: 'update "access_tokens" set "suspended_at_ms" = ?, "version" = "version" + ?',
    tables: ['access_tokens'],
    because: 'only a restore and its end concern all of them',
  },
  {
    sql: 'insert into "users" ("username", "username_key", "password_hash", "password_kind", "role", "is_enabled", "origin", "created_at_ms", "password_changed_at_ms", "last_sign_in_at_ms") select',
    tables: ['line'],
    because: 'it reads the lines of the batch that it adds',
  },
  {
    sql: 'select "users"."username_key" from json_each',
    tables: ['line'],
    because: 'it reads the names that it looks up',
  },
  {
    sql: 'select "user_identities"."issuer", "user_identities"."subject" from json_each',
    tables: ['line'],
    because: 'it reads the identities that it looks up',
  },
];

/** A page of what is known to be few. */
const MAY_SORT: readonly Exception[] = [
  {
    sql: 'select "id", "created_at_ms", "rotated_at_ms", "created_address", "last_address", "user_agent" from "sessions" where "user_id" = ?',
    tables: [],
    because: 'one user has few live sessions',
  },
  {
    sql: 'select "id" from "audit_events" where "once_key" >= ?',
    tables: [],
    because: 'there is a bound on the rows of one minute',
  },
];

/** SQLite is never given them: there, several statements cost no round trips. */
const ONLY_ON_POSTGRES: readonly unknown[] = [rotateTogether];

export interface ExaminedSql {
  /** As the database is given it. */
  readonly sql: string;
  /** Values that are the same in every call, by the position of their placeholder, from 1. */
  readonly constants: ReadonlyMap<number, unknown>;
  /** Which tables it may read as a whole; none for what runs while people wait. */
  readonly mayScan: readonly string[];
  readonly maySort: boolean;
}

/** Each text once. */
export function declaredSql(dialect: Dialect): ExaminedSql[] {
  const isGiven = (one: Statement) => dialect === 'postgres' || !ONLY_ON_POSTGRES.includes(one);
  const given = declaredStatements.filter(isGiven);
  const statements = new Map(given.map((one) => [one[dialect].sql, one[dialect]]));
  return [...statements.values()].map(({ sql, bind }) => {
    const values = bind(new Proxy({}, { get: () => UNKNOWN }));
    const constants = values.flatMap((value, index) =>
      value === UNKNOWN ? [] : [[index + 1, value] as const],
    );
    return { ...examined(sql), constants: new Map(constants) };
  });
}

const UNKNOWN = Symbol('differs from call to call');

/** Any statement, held to the same rules. */
export function examined(sql: string): ExaminedSql {
  return {
    sql,
    constants: new Map(),
    mayScan: exceptionFor(sql, MAY_SCAN)?.tables ?? [],
    maySort: exceptionFor(sql, MAY_SORT) !== undefined,
  };
}

/** Exceptions that are of no statement any more. */
export function staleExceptions(): string[] {
  const texts = declaredSql('sqlite').map(({ sql }) => sql);
  return [MAY_SCAN, MAY_SORT].flatMap((exceptions) => {
    const used = new Set(texts.map((sql) => exceptionFor(sql, exceptions)));
    return exceptions.filter((one) => !used.has(one)).map(({ sql }) => sql);
  });
}

function exceptionFor(sql: string, exceptions: readonly Exception[]): Exception | undefined {
  const text = sql.replace(/\$\d+|\+\?/g, '?');
  // A count of a part is another statement than the count of all.
  return exceptions.find(({ sql: start, isWhole = start.startsWith('select count') }) =>
    isWhole ? text === start : text.startsWith(start),
  );
}
