/**
 * Many rows at once, as transitions of the server's own storage: the columns are those of its
 * schema, and which types they have is known to the database.
 */

import { type InsertObject, type Kysely, sql } from 'kysely';
import type { Schema } from '../../src/storage/schema.ts';
import {
  all,
  type Dialect,
  type Row,
  run,
  type Statement,
  statement,
  type Transition,
} from '../../src/storage/transition.ts';
import type { AccessTokenRow, AuditRow, SessionRow, UserRow } from './generated-rows.ts';

/** Rows of a statement on PostgreSQL: its one parameter stays within a few megabytes. */
const PAGE_ROWS = 5_000;

/** Whole pages on PostgreSQL, where each statement is a message; SQLite is faster row by row. */
interface Page {
  /** JSON: an array of objects. */
  rows: string;
}

type Columns<T extends keyof Schema> = readonly (keyof Schema[T] & string)[];

const USER_COLUMNS = [
  'username',
  'username_key',
  'password_hash',
  'password_kind',
  'role',
  'is_enabled',
  'origin',
  'created_at_ms',
  'password_changed_at_ms',
  'last_sign_in_at_ms',
] as const satisfies readonly (keyof UserRow)[];
const SESSION_COLUMNS = [
  'id',
  'user_id',
  'generation',
  'role_issued',
  'created_at_ms',
  'rotated_at_ms',
  'access_expires_at_s',
  'refresh_expires_at_s',
  'ended_at_ms',
  'end_reason',
  'created_address',
  'last_address',
  'user_agent',
] as const satisfies readonly (keyof SessionRow)[];
const TOKEN_COLUMNS = [
  'public_id',
  'secret_hash',
  'name',
  'description',
  'permissions',
  'created_at_ms',
  'expires_at_ms',
  'last_used_at_ms',
] as const satisfies readonly (keyof AccessTokenRow)[];
const AUDIT_COLUMNS = [
  'at_ms',
  'name',
  'actor_kind',
  'actor_id',
  'subject',
  'session_id',
  'address',
  'request_id',
  'user_agent',
] as const satisfies readonly (keyof AuditRow)[];

const sessions = insertionInto('sessions', SESSION_COLUMNS);
const accessTokens = insertionInto('access_tokens', TOKEN_COLUMNS);
const auditEvents = insertionInto('audit_events', AUDIT_COLUMNS);

const KEY = ['id', 'username_key'] as const;
const insertUser = statement<Row>()((db, p) =>
  db.insertInto('users').values(rowOf<UserRow>(USER_COLUMNS, p)).returning(KEY),
);
const insertUserPage = statement<Page>()((db, p) =>
  pageInto(db, 'users', USER_COLUMNS, p).returning(KEY),
);

/** @returns the ids that they were given, by the key of their names */
export function* insertUsers(
  rows: readonly UserRow[],
  dialect: Dialect,
): Transition<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const page of dialect === 'postgres' ? pagesOf(rows) : []) {
    const inserted = yield* all(insertUserPage, { rows: JSON.stringify(page) });
    for (const { id, username_key: key } of inserted) ids.set(key, id);
  }
  for (const row of dialect === 'sqlite' ? rows : []) {
    const [inserted] = yield* all(insertUser, { ...row });
    if (inserted !== undefined) ids.set(inserted.username_key, inserted.id);
  }
  return ids;
}

export function insertSessions(rows: readonly SessionRow[], dialect: Dialect): Transition<void> {
  return insertAll(sessions, rows, dialect);
}

export function insertAccessTokens(
  rows: readonly AccessTokenRow[],
  dialect: Dialect,
): Transition<void> {
  return insertAll(accessTokens, rows, dialect);
}

export function insertAuditEvents(rows: readonly AuditRow[], dialect: Dialect): Transition<void> {
  return insertAll(auditEvents, rows, dialect);
}

interface Insertion {
  readonly row: Statement<Row>;
  readonly page: Statement<Page>;
}

function* insertAll(into: Insertion, rows: readonly object[], dialect: Dialect): Transition<void> {
  if (dialect === 'sqlite') {
    for (const row of rows) yield* run(into.row, { ...row });
    return;
  }
  for (const page of pagesOf(rows)) yield* run(into.page, { rows: JSON.stringify(page) });
}

function insertionInto<T extends keyof Schema>(table: T, columns: Columns<T>): Insertion {
  return {
    row: statement<Row>()((db, p) =>
      db.insertInto(table).values(rowOf<InsertObject<Schema, T>>(columns, p)),
    ),
    page: statement<Page>()((db, p) => pageInto(db, table, columns, p)),
  };
}

/** The placeholders of one row, under the names of its columns. */
function rowOf<T>(columns: readonly string[], p: Row): T {
  return Object.fromEntries(columns.map((column) => [column, p[column]])) as T;
}

function pageInto<T extends keyof Schema>(
  db: Kysely<Schema>,
  table: T,
  columns: Columns<T>,
  { rows }: Page,
) {
  const source = sql`select ${sql.join(columns.map((column) => sql.ref(column)))}
    from json_populate_recordset(null::${sql.table(table)}, ${rows}::json)`;
  return db
    .insertInto(table)
    .columns([...columns])
    .expression(source);
}

function* pagesOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let first = 0; first < rows.length; first += PAGE_ROWS) {
    yield rows.slice(first, first + PAGE_ROWS);
  }
}
