/** Transitions of user accounts. */

import type { UserCredentials, UserRecord } from '../core/repository.ts';
import { forgetFailures } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endConsoleSessionsOfUser } from './console-end-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import {
  all,
  change,
  currentTimeMs,
  first,
  run,
  statement,
  type Transition,
} from './transition.ts';

const USER_COLUMNS = [
  'id',
  'username',
  'role',
  'is_enabled',
  'created_at_ms',
  'last_sign_in_at_ms',
] as const;

interface UserRow {
  id: number;
  username: string;
  role: 'ADMIN' | 'STANDARD';
  is_enabled: number;
  created_at_ms: number;
  last_sign_in_at_ms: number | null;
}

export const insertUser = statement<{
  username: string;
  usernameKey: string;
  passwordHash: string | null;
  passwordKind: string | null;
  role: 'ADMIN' | 'STANDARD';
  origin: string;
  nowMs: number;
}>()((db, p) =>
  db
    .insertInto('users')
    .values({
      username: p.username,
      username_key: p.usernameKey,
      password_hash: p.passwordHash,
      password_kind: p.passwordKind,
      role: p.role,
      is_enabled: 1,
      origin: p.origin,
      created_at_ms: p.nowMs,
      password_changed_at_ms: p.nowMs,
    })
    .onConflict((conflict) => conflict.column('username_key').doNothing())
    .returning(USER_COLUMNS),
);
const insertPasswordKind = statement<{ kind: string }>()((db, p) =>
  db
    .insertInto('password_kinds')
    .values({ kind: p.kind })
    .onConflict((conflict) => conflict.doNothing()),
);
const selectPasswordKinds = statement<object>()((db) =>
  db.selectFrom('password_kinds').select('kind').orderBy('kind'),
);
const selectUserByKey = statement<{ usernameKey: string }>()((db, p) =>
  db
    .selectFrom('users')
    .select([...USER_COLUMNS, 'password_hash'])
    .where('username_key', '=', p.usernameKey),
);
const selectUsers = statement<{ afterId: number; limit: number }>()((db, p) =>
  db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('id', '>', p.afterId)
    .orderBy('id')
    .limit(p.limit),
);
const updatePassword = statement<{
  usernameKey: string;
  passwordHash: string;
  passwordKind: string;
  nowMs: number;
}>()((db, p) =>
  db
    .updateTable('users')
    .set((eb) => ({
      password_hash: p.passwordHash,
      password_kind: p.passwordKind,
      password_changed_at_ms: p.nowMs,
      version: eb('version', '+', 1),
    }))
    .where('username_key', '=', p.usernameKey)
    .returning('id'),
);
export const endSessionsOfUser = statement<{ userId: number; endedAtMs: number; reason: string }>()(
  (db, p) =>
    db
      .updateTable('sessions')
      .set({ ended_at_ms: p.endedAtMs, end_reason: p.reason })
      .where('user_id', '=', p.userId)
      .where('ended_at_ms', 'is', null),
);

export function* createUser(
  { by, ...input }: Input<'createUser'>,
  audit: AuditEntries,
): Transition<Output<'createUser'>> {
  const nowMs = yield* currentTimeMs();
  const row = yield* first(insertUser, { ...input, nowMs });
  if (row === undefined) return { outcome: 'username_taken' };
  if (input.passwordKind !== null) {
    yield* run(insertPasswordKind, { kind: input.passwordKind });
  }
  yield* audit.add({ ...by, name: 'user.created', subject: row.id }, nowMs);
  return { outcome: 'created', user: toUser(row) };
}

export function* findUserByKey(
  usernameKey: Input<'findUserByKey'>,
): Transition<UserCredentials | null> {
  const row = yield* first(selectUserByKey, { usernameKey });
  if (row === undefined) return null;
  return { ...toUser(row), passwordHash: row.password_hash as UserCredentials['passwordHash'] };
}

export function* listUsers(input: Input<'listUsers'>): Transition<UserRecord[]> {
  const rows = yield* all(selectUsers, input);
  return rows.map(toUser);
}

export function* replacePasswordAndEndSessions(
  input: Input<'replacePasswordAndEndSessions'>,
  audit: AuditEntries,
): Transition<Output<'replacePasswordAndEndSessions'>> {
  const { usernameKey, passwordHash, passwordKind, accountKey, by } = input;
  const nowMs = yield* currentTimeMs();
  const user = yield* first(updatePassword, { usernameKey, passwordHash, passwordKind, nowMs });
  if (user === undefined) return { outcome: 'not_found' };
  yield* run(insertPasswordKind, { kind: passwordKind });
  const reason = 'password_replaced';
  const ended = { userId: user.id, endedAtMs: nowMs, reason };
  const endedSessions = yield* change(endSessionsOfUser, ended);
  yield* endConsoleSessionsOfUser(user.id);
  yield* forgetFailures(accountKey);
  const subject = user.id;
  yield* audit.add({ ...by, name: 'user.password_set', subject, endedSessions }, nowMs);
  return { outcome: 'replaced', userId: user.id, endedSessions };
}

/** Must run in the transition that stores a hash, or sign-in would not spend its time. */
export function* rememberPasswordKind(kind: string): Transition<void> {
  yield* run(insertPasswordKind, { kind });
}

export function* listPasswordKinds(): Transition<string[]> {
  const rows = yield* all(selectPasswordKinds, {});
  return rows.map((row) => row.kind);
}

function toUser(row: UserRow): UserRecord {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    isEnabled: row.is_enabled === 1,
    createdAtMs: row.created_at_ms,
    lastSignInAtMs: row.last_sign_in_at_ms,
  };
}
