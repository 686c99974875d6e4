/** Transitions that a signed-in person makes: on their own sessions and their own password. */

import type {
  ActingSession,
  OwnPasswordOutcome,
  OwnSession,
  UserRole,
} from '../core/repository.ts';
import { settleAttempt } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endConsoleSessionsOfUser } from './console-end-transitions.ts';
import { lockUser } from './locks.ts';
import type { Input, Output } from './repository-method.ts';
import { openSession } from './session-transitions.ts';
import { all, change, currentTimeMs, first, statement, type Transition } from './transition.ts';
import { rememberPasswordKind } from './user-transitions.ts';

const selectLiveSessions = statement<{ userId: number; nowS: number; limit: number }>()((db, p) =>
  db
    .selectFrom('sessions')
    .select([
      'id',
      'created_at_ms',
      'rotated_at_ms',
      'created_address',
      'last_address',
      'user_agent',
    ])
    .where('user_id', '=', p.userId)
    .where('ended_at_ms', 'is', null)
    .where('refresh_expires_at_s', '>', p.nowS)
    .orderBy('rotated_at_ms', 'desc')
    .orderBy('id')
    .limit(p.limit),
);
const selectActing = statement<{ sessionId: string; userId: number; nowS: number }>()((db, p) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['users.username', 'users.role'])
    .where('sessions.id', '=', p.sessionId)
    .where('sessions.user_id', '=', p.userId)
    .where('sessions.ended_at_ms', 'is', null)
    .where('sessions.refresh_expires_at_s', '>', p.nowS)
    .where('users.is_enabled', '=', 1),
);
/** The owner is part of the condition: another's session is never found. */
const endOne = statement<{ sessionId: string; userId: number; nowS: number; endedAtMs: number }>()(
  (db, p) =>
    db
      .updateTable('sessions')
      .set({ ended_at_ms: p.endedAtMs, end_reason: 'ended_by_user' })
      .where('id', '=', p.sessionId)
      .where('user_id', '=', p.userId)
      .where('ended_at_ms', 'is', null)
      .where('refresh_expires_at_s', '>', p.nowS),
);
const endAllBut = statement<{
  keptSessionId: string;
  userId: number;
  nowS: number;
  endedAtMs: number;
  reason: string;
}>()((db, p) =>
  db
    .updateTable('sessions')
    .set({ ended_at_ms: p.endedAtMs, end_reason: p.reason })
    .where('user_id', '=', p.userId)
    .where('id', '!=', p.keptSessionId)
    .where('ended_at_ms', 'is', null)
    .where('refresh_expires_at_s', '>', p.nowS),
);
const replaceCheckedHash = statement<{
  userId: number;
  checkedHash: string;
  passwordHash: string;
  passwordKind: string;
  nowMs: number;
}>()((db, p) =>
  db
    .updateTable('users')
    .set({
      password_hash: p.passwordHash,
      password_kind: p.passwordKind,
      password_changed_at_ms: p.nowMs,
    })
    .where('id', '=', p.userId)
    .where('password_hash', '=', p.checkedHash)
    // Again: whoever was disabled since the acting session was found must get no new one.
    .where('is_enabled', '=', 1),
);

export function* listLiveSessions(input: Input<'listLiveSessions'>): Transition<OwnSession[]> {
  const nowMs = yield* currentTimeMs();
  const rows = yield* all(selectLiveSessions, { ...input, nowS: secondsOf(nowMs) });
  return rows.map((row) => ({
    sessionId: row.id,
    createdAtMs: row.created_at_ms,
    refreshedAtMs: row.rotated_at_ms,
    createdAddress: row.created_address,
    lastAddress: row.last_address,
    userAgent: row.user_agent,
  }));
}

export function* endOwnSession(
  input: Input<'endOwnSession'>,
  audit: AuditEntries,
): Transition<Output<'endOwnSession'>> {
  const { sessionId, userId } = input;
  // Or two sessions that end each other at once would both succeed.
  yield* lockUser(userId);
  const nowMs = yield* currentTimeMs();
  if ((yield* findActing(input, nowMs)) === null) return 'not_live';
  const row = { sessionId, userId, nowS: secondsOf(nowMs), endedAtMs: nowMs };
  if ((yield* change(endOne, row)) !== 1) return 'not_live';
  const reason = 'ended_by_user';
  yield* audit.add({ name: 'session.ended', ...ownDoing(input), sessionId, reason }, nowMs);
  return 'ended';
}

export function* endOtherSessions(
  input: Input<'endOtherSessions'>,
  audit: AuditEntries,
): Transition<Output<'endOtherSessions'>> {
  const { userId, actingSessionId } = input;
  yield* lockUser(userId);
  const nowMs = yield* currentTimeMs();
  if ((yield* findActing(input, nowMs)) === null) return { outcome: 'not_live' };
  const endedSessions = yield* change(endAllBut, {
    keptSessionId: actingSessionId,
    userId,
    nowS: secondsOf(nowMs),
    endedAtMs: nowMs,
    reason: 'ended_by_user',
  });
  yield* endConsoleSessionsOfUser(userId);
  const kept = { sessionId: actingSessionId, reason: 'others_ended_by_user', endedSessions };
  yield* audit.add({ name: 'session.ended', ...ownDoing(input), ...kept }, nowMs);
  return { outcome: 'ended', endedSessions };
}

export function* changeOwnPassword(
  input: Input<'changeOwnPassword'>,
  audit: AuditEntries,
): Transition<OwnPasswordOutcome> {
  const { userId, checkedHash, passwordHash, passwordKind, sessionId, lifetimes } = input;
  yield* lockUser(userId);
  const nowMs = yield* currentTimeMs();
  const user = yield* findActing(input, nowMs);
  if (user === null) return { outcome: 'credentials_changed' };
  const hashes = { userId, checkedHash, passwordHash, passwordKind, nowMs };
  if ((yield* change(replaceCheckedHash, hashes)) !== 1) return { outcome: 'credentials_changed' };
  yield* rememberPasswordKind(passwordKind);
  // The acting session ends as well: whoever holds a copy of its tokens must not keep them.
  const endedSessions = yield* change(endAllBut, {
    keptSessionId: sessionId,
    userId,
    nowS: secondsOf(nowMs),
    endedAtMs: nowMs,
    reason: 'password_replaced',
  });
  yield* endConsoleSessionsOfUser(userId);
  yield* settleAttempt(input.attempt, nowMs);
  const { origin } = input;
  const opened = { user: { id: userId, ...user }, sessionId, lifetimes, origin };
  const tokens = yield* openSession(opened, nowMs);
  const done = { sessionId, endedSessions };
  yield* audit.add({ name: 'user.password_changed', ...ownDoing(input), ...done }, nowMs);
  return { outcome: 'changed', tokens, endedSessions };
}

/** Who did it, to whom and from where: the acting user, to themselves. */
function ownDoing({ userId, origin }: ActingSession) {
  return { actor: { kind: 'user', id: userId }, subject: userId, origin } as const;
}

interface ActingUser {
  readonly username: string;
  readonly role: UserRole;
}

/** Whom the acting session speaks for, while it lives and its user is enabled. */
function* findActing(
  { userId, actingSessionId }: ActingSession,
  nowMs: number,
): Transition<ActingUser | null> {
  const acting = { sessionId: actingSessionId, userId, nowS: secondsOf(nowMs) };
  return (yield* first(selectActing, acting)) ?? null;
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}
