/**
 * Users as operators see them, one at a time and in pages. Each sort walks its own index below one
 * role and one state; a listing of several takes a page of each and merges them, so that no
 * combination of filters ever reads users whom it does not show.
 */

import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type {
  ListedUser,
  ManagedUser,
  UserCursor,
  UserSort,
} from '../core/operations-repository.ts';
import type { UserRole } from '../core/repository.ts';
import type { Input } from './repository-method.ts';
import type { Schema } from './schema.ts';
import {
  all,
  currentTimeMs,
  first,
  type Statement,
  statement,
  type Transition,
} from './transition.ts';

export interface ManagedUserRow {
  id: number;
  username: string;
  username_key: string;
  role: UserRole;
  is_enabled: number;
  origin: string;
  created_at_ms: number;
  last_sign_in_at_ms: number | null;
  version: number;
  has_password: unknown;
  live_sessions: number | null;
}

function selectManaged(db: Kysely<Schema>, p: { nowS: number }) {
  return db.selectFrom('users').select((eb) => [...managedColumns(eb), liveSessionsOf(eb, p.nowS)]);
}

/** All of a {@link ManagedUserRow} that stands in the user's own row. */
export function managedColumns(eb: ExpressionBuilder<Schema, 'users'>) {
  return [
    'users.id',
    'users.username',
    'users.username_key',
    'users.role',
    'users.is_enabled',
    'users.origin',
    'users.created_at_ms',
    'users.last_sign_in_at_ms',
    'users.version',
    eb('users.password_hash', 'is not', null).as('has_password'),
  ] as const;
}

function liveSessionsOf(eb: ExpressionBuilder<Schema, 'users'>, nowS: number) {
  return eb
    .selectFrom('sessions')
    .select((count) => count.fn.countAll<number>().as('count'))
    .whereRef('sessions.user_id', '=', 'users.id')
    .where('sessions.ended_at_ms', 'is', null)
    .where('sessions.refresh_expires_at_s', '>', nowS)
    .as('live_sessions');
}

const selectById = statement<{ id: number; nowS: number }>()((db, p) =>
  selectManaged(db, p).where('users.id', '=', p.id),
);
const selectByKey = statement<{ usernameKey: string; nowS: number }>()((db, p) =>
  selectManaged(db, p).where('users.username_key', '=', p.usernameKey),
);

interface PageValues {
  role: UserRole;
  isEnabled: number;
  /** The place behind which the page begins. */
  key: number | string;
  id: number;
  /** The keys that begin with the wanted prefix: from the first on, before the second. */
  from: string;
  to: string;
  nowS: number;
  limit: number;
}

type PageStatement = Statement<PageValues, ManagedUserRow>;

/** How one sort is walked: first those with the cursor's own key, then those behind it. */
interface Walk {
  readonly ties: PageStatement | null;
  readonly beyond: PageStatement;
  keyOf(row: ManagedUserRow): number | string;
}

const DIRECTIONS = { asc: '>', desc: '<' } as const;

type Direction = keyof typeof DIRECTIONS;

/** Literally as in the index: a parameter in it would not match. */
const LAST_SIGN_IN = sql<number>`coalesce(last_sign_in_at_ms, 0)`;

function page(build: (query: ReturnType<typeof below>, p: PageValues) => typeof query) {
  return statement<PageValues>()((db, p) => build(below(db, p), p).limit(p.limit)) as PageStatement;
}

function below(db: Kysely<Schema>, p: PageValues) {
  return selectManaged(db, p)
    .where('users.role', '=', p.role)
    .where('users.is_enabled', '=', p.isEnabled);
}

function walkById(direction: Direction): Walk {
  return {
    ties: null,
    beyond: page((query, p) =>
      query.where('users.id', DIRECTIONS[direction], p.id).orderBy('users.id', direction),
    ),
    keyOf: (row) => row.id,
  };
}

function walkByUsername(direction: Direction): Walk {
  const isAscending = direction === 'asc';
  return {
    ties: null,
    // The key is unique. The cursor bounds one end of the range, so the prefix is for the other.
    beyond: page((query, p) =>
      query
        .where('users.username_key', isAscending ? '>=' : '<', p.key as string)
        .where('users.username_key', isAscending ? '<' : '>=', isAscending ? p.to : p.from)
        .orderBy('users.username_key', direction),
    ),
    keyOf: (row) => row.username_key,
  };
}

function walkByTime(
  time: 'users.created_at_ms' | typeof LAST_SIGN_IN,
  direction: Direction,
  keyOf: Walk['keyOf'],
): Walk {
  const behind = DIRECTIONS[direction];
  return {
    ties: page((query, p) =>
      query
        .where(time, '=', p.key as number)
        .where('users.id', behind, p.id)
        .orderBy('users.id', direction),
    ),
    beyond: page((query, p) =>
      query
        .where(time, behind, p.key as number)
        .orderBy(time, direction)
        .orderBy('users.id', direction),
    ),
    keyOf,
  };
}

function walksByTime(direction: Direction) {
  return {
    created: walkByTime('users.created_at_ms', direction, (row) => row.created_at_ms),
    lastSignIn: walkByTime(LAST_SIGN_IN, direction, (row) => row.last_sign_in_at_ms ?? 0),
  };
}

const ASCENDING = walksByTime('asc');
const DESCENDING = walksByTime('desc');

const WALKS: Record<UserSort, Walk> = {
  id: walkById('asc'),
  '-id': walkById('desc'),
  username: walkByUsername('asc'),
  '-username': walkByUsername('desc'),
  created_at: ASCENDING.created,
  '-created_at': DESCENDING.created,
  last_sign_in_at: ASCENDING.lastSignIn,
  '-last_sign_in_at': DESCENDING.lastSignIn,
};

/** No name may hold them: nothing is between a key and the same with the first one appended. */
const FIRST_CHARACTER = '\u0001';
const LAST_CHARACTER = '\u{10ffff}';

export function* findManagedUser(id: number): Transition<ManagedUser | null> {
  const row = yield* first(selectById, { id, nowS: secondsOf(yield* currentTimeMs()) });
  return row === undefined ? null : toManagedUser(row);
}

export function* findManagedUserByKey(
  usernameKey: Input<'findManagedUserByKey'>,
): Transition<ManagedUser | null> {
  const nowS = secondsOf(yield* currentTimeMs());
  const row = yield* first(selectByKey, { usernameKey, nowS });
  return row === undefined ? null : toManagedUser(row);
}

export function* listManagedUsers(input: Input<'listManagedUsers'>): Transition<ListedUser[]> {
  const { keyPrefix = '', role, isEnabled, sort, after, limit } = input;
  const walk = WALKS[sort];
  const [from, to] = [keyPrefix, keyPrefix + LAST_CHARACTER];
  const { key, id } = beginningOf(sort, after, [from, to]);
  const values = { key, id, from, to, limit };
  const nowS = secondsOf(yield* currentTimeMs());
  const rows: ManagedUserRow[] = [];
  for (const wantedRole of role === undefined ? (['ADMIN', 'STANDARD'] as const) : [role]) {
    for (const state of isEnabled === undefined ? [1, 0] : [isEnabled ? 1 : 0]) {
      const group = { ...values, role: wantedRole, isEnabled: state, nowS };
      rows.push(...(yield* pageOf(walk, group, after === undefined)));
    }
  }
  const listed = rows.map((row) => ({
    user: toManagedUser(row),
    cursor: { sort, key: walk.keyOf(row), id: row.id },
  }));
  const sign = sort.startsWith('-') ? -1 : 1;
  listed.sort((a, b) => sign * compare(a.cursor, b.cursor));
  return listed.slice(0, limit);
}

function* pageOf(walk: Walk, values: PageValues, isFirst: boolean): Transition<ManagedUserRow[]> {
  const hasTies = walk.ties !== null && !isFirst;
  const tied = walk.ties !== null && hasTies ? yield* all(walk.ties, values) : [];
  if (tied.length === values.limit) return tied;
  const rest = yield* all(walk.beyond, { ...values, limit: values.limit - tied.length });
  return [...tied, ...rest];
}

/**
 * Where a page begins: behind `after`, or before everybody. A prefix keeps its bounds also when
 * the cursor is from a listing without it.
 */
function beginningOf(
  sort: UserSort,
  after: UserCursor | undefined,
  [from, to]: readonly [string, string],
): Pick<UserCursor, 'key' | 'id'> {
  // From the prefix itself on: a user whose whole name it is is shown too.
  if (sort === 'username') {
    const behind = after === undefined ? '' : `${after.key}${FIRST_CHARACTER}`;
    return { key: compareText(behind, from) > 0 ? behind : from, id: 0 };
  }
  if (sort === '-username') {
    const before = after === undefined ? to : String(after.key);
    return { key: compareText(before, to) < 0 ? before : to, id: 0 };
  }
  if (after !== undefined) return after;
  return sort.startsWith('-')
    ? { key: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }
    : { key: -1, id: 0 };
}

function compare(a: UserCursor, b: UserCursor): number {
  if (typeof a.key === 'string' && typeof b.key === 'string') return compareText(a.key, b.key);
  return Number(a.key) - Number(b.key) || a.id - b.id;
}

/** As the databases order text: by code points, which UTF-16 does not. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function toManagedUser(row: ManagedUserRow): ManagedUser {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    isEnabled: row.is_enabled === 1,
    createdAtMs: row.created_at_ms,
    lastSignInAtMs: row.last_sign_in_at_ms,
    origin: row.origin as ManagedUser['origin'],
    hasPassword: Boolean(row.has_password),
    version: row.version,
    liveSessions: row.live_sessions ?? 0,
  };
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}
