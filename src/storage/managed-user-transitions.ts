/**
 * What operators do to one user. Each transition locks the user's row before it reads it, and
 * whatever takes away an enabled admin locks one row more, so that of two at once the second one
 * sees what the first has left.
 */

import type { Requester } from '../core/events.ts';
import type {
  ManagedUser,
  UserChangeOutcome,
  UserChangeRefusal,
  UserDeletionOutcome,
  UserPasswordOutcome,
} from '../core/operations-repository.ts';
import type { UserRole } from '../core/repository.ts';
import { forgetAccount, forgetFailures } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endConsoleSessionsOfUser } from './console-end-transitions.ts';
import type { Input } from './repository-method.ts';
import { change, currentTimeMs, first, statement, type Transition } from './transition.ts';
import { findManagedUser } from './user-listings.ts';
import { endSessionsOfUser, rememberPasswordKind } from './user-transitions.ts';

/** Changes nothing but locks the row, so that a read before a write is not a race. */
const lockUser = statement<{ userId: number }>()((db, p) =>
  db
    .updateTable('users')
    .set((eb) => ({ version: eb.ref('version') }))
    .where('id', '=', p.userId)
    .returning(['role', 'is_enabled', 'version']),
);
/** One row that all who take away an enabled admin queue at. */
const lockAdmins = statement<{ name: string }>()((db, p) =>
  db
    .insertInto('settings')
    .values({ name: p.name, value: '' })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name: p.name })),
);
const ADMINS_LOCK = 'enabled_admins_lock';
const selectOtherAdmin = statement<{ userId: number }>()((db, p) =>
  db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'ADMIN')
    .where('is_enabled', '=', 1)
    .where('id', '!=', p.userId)
    .limit(1),
);
const updateUser = statement<{ userId: number; role: UserRole; isEnabled: number }>()((db, p) =>
  db
    .updateTable('users')
    .set((eb) => ({
      role: p.role,
      is_enabled: p.isEnabled,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.userId),
);
const updatePasswordOf = statement<{
  userId: number;
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
    .where('id', '=', p.userId),
);
const countUnended = statement<{ userId: number }>()((db, p) =>
  db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', p.userId)
    .where('ended_at_ms', 'is', null),
);
const deleteSessions = statement<{ userId: number }>()((db, p) =>
  db.deleteFrom('sessions').where('user_id', '=', p.userId),
);
const deleteRow = statement<{ userId: number }>()((db, p) =>
  db.deleteFrom('users').where('id', '=', p.userId),
);

interface UserState {
  readonly role: UserRole;
  readonly isEnabled: boolean;
}

interface LockedUser extends UserState {
  readonly version: number;
}

export function* changeUser(
  input: Input<'changeUser'>,
  audit: AuditEntries,
): Transition<UserChangeOutcome> {
  const { userId, by } = input;
  const nowMs = yield* currentTimeMs();
  const user = yield* lockManagedUser(userId);
  if (user === null) return { outcome: 'not_found' };
  const wanted = {
    role: input.role ?? user.role,
    isEnabled: input.isEnabled ?? user.isEnabled,
  };
  const refusal = yield* refusalOf(input, user, wanted);
  if (refusal !== null) return yield* refuse(refusal, { userId, by, nowMs }, audit);
  if (wanted.role === user.role && wanted.isEnabled === user.isEnabled) {
    return { outcome: 'unchanged', user: yield* managedUserOf(userId) };
  }
  yield* change(updateUser, { userId, role: wanted.role, isEnabled: wanted.isEnabled ? 1 : 0 });
  let endedSessions = 0;
  if (wanted.role !== user.role) {
    const reason = wanted.role === 'ADMIN' ? 'to_admin' : 'to_standard';
    // One that was opened before must not come back with the role.
    if (wanted.role !== 'ADMIN') yield* endConsoleSessionsOfUser(userId);
    yield* audit.add({ ...by, name: 'user.role_changed', subject: userId, reason }, nowMs);
  }
  if (wanted.isEnabled && !user.isEnabled) {
    yield* audit.add({ ...by, name: 'user.enabled', subject: userId }, nowMs);
  }
  if (!wanted.isEnabled && user.isEnabled) {
    const ending = { userId, endedAtMs: nowMs, reason: 'ended_by_operator' };
    endedSessions = yield* change(endSessionsOfUser, ending);
    yield* endConsoleSessionsOfUser(userId);
    yield* audit.add({ ...by, name: 'user.disabled', subject: userId, endedSessions }, nowMs);
  }
  return { outcome: 'changed', user: yield* managedUserOf(userId), endedSessions };
}

export function* replacePasswordOfUser(
  input: Input<'replacePasswordOfUser'>,
  audit: AuditEntries,
): Transition<UserPasswordOutcome> {
  const { userId, passwordHash, passwordKind, accountKey, by } = input;
  const user = yield* lockManagedUser(userId);
  const nowMs = yield* currentTimeMs();
  if (user === null) return { outcome: 'not_found' };
  const refusal = yield* refusalOf(input, user, user);
  if (refusal !== null) return yield* refuse(refusal, { userId, by, nowMs }, audit);
  yield* change(updatePasswordOf, { userId, passwordHash, passwordKind, nowMs });
  yield* rememberPasswordKind(passwordKind);
  const ending = { userId, endedAtMs: nowMs, reason: 'password_replaced' };
  const endedSessions = yield* change(endSessionsOfUser, ending);
  yield* endConsoleSessionsOfUser(userId);
  yield* forgetFailures(accountKey);
  yield* audit.add({ ...by, name: 'user.password_set', subject: userId, endedSessions }, nowMs);
  return { outcome: 'replaced', user: yield* managedUserOf(userId), endedSessions };
}

export function* deleteUser(
  input: Input<'deleteUser'>,
  audit: AuditEntries,
): Transition<UserDeletionOutcome> {
  const { userId, accountKey, by } = input;
  const nowMs = yield* currentTimeMs();
  const user = yield* lockManagedUser(userId);
  if (user === null) return { outcome: 'not_found' };
  const refusal = yield* refusalOf(input, user, null);
  if (refusal !== null) return yield* refuse(refusal, { userId, by, nowMs }, audit);
  const endedSessions = (yield* first(countUnended, { userId }))?.count ?? 0;
  yield* change(deleteSessions, { userId });
  yield* endConsoleSessionsOfUser(userId);
  yield* change(deleteRow, { userId });
  yield* forgetAccount(accountKey);
  yield* audit.add({ ...by, name: 'user.deleted', subject: userId, endedSessions }, nowMs);
  return { outcome: 'deleted', endedSessions };
}

export function* lockManagedUser(userId: number): Transition<LockedUser | null> {
  const row = yield* first(lockUser, { userId });
  if (row === undefined) return null;
  return { role: row.role, isEnabled: row.is_enabled === 1, version: row.version };
}

/** Permission comes first: who may not touch a user is not told what state that one is in. */
function* refusalOf(
  input: {
    readonly userId: number;
    readonly expectedVersion: number | null;
    readonly mayTouchAdmins: boolean;
  },
  user: LockedUser,
  /** Null when the user is to be deleted. */
  wanted: UserState | null,
): Transition<UserChangeRefusal | null> {
  const { userId, expectedVersion, mayTouchAdmins } = input;
  const concernsAdmins = user.role === 'ADMIN' || wanted?.role === 'ADMIN';
  if (concernsAdmins && !mayTouchAdmins) return { outcome: 'permission_denied' };
  if (expectedVersion !== null && expectedVersion !== user.version) return { outcome: 'stale' };
  if (!isEnabledAdmin(user) || (wanted !== null && isEnabledAdmin(wanted))) return null;
  yield* change(lockAdmins, { name: ADMINS_LOCK });
  const other = yield* first(selectOtherAdmin, { userId });
  return other === undefined ? { outcome: 'last_admin' } : null;
}

function isEnabledAdmin({ role, isEnabled }: UserState): boolean {
  return role === 'ADMIN' && isEnabled;
}

/** Stale versions are no more than a question to look again, and are not recorded. */
function* refuse(
  refusal: UserChangeRefusal,
  about: { userId: number; by: Requester; nowMs: number },
  audit: AuditEntries,
): Transition<UserChangeRefusal> {
  const { outcome } = refusal;
  if (outcome === 'last_admin' || outcome === 'permission_denied') {
    yield* recordRefusedOperation(outcome, about, audit);
  }
  return refusal;
}

export function* recordRefusedOperation(
  reason: 'last_admin' | 'permission_denied',
  { userId, by, nowMs }: { userId: number; by: Requester; nowMs: number },
  audit: AuditEntries,
): Transition<void> {
  yield* audit.add({ ...by, name: 'operation.refused', subject: userId, reason }, nowMs);
}

function* managedUserOf(userId: number): Transition<ManagedUser> {
  const user = yield* findManagedUser(userId);
  if (user === null) throw new Error('a user went while their row was locked');
  return user;
}
