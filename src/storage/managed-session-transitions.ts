/** Sessions as operators see and end them. */

import { type ExpressionBuilder, sql } from 'kysely';
import type {
  ManagedSession,
  SessionCursor,
  UserSessionsEndOutcome,
} from '../core/operations-repository.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endConsoleSessionsOfUser } from './console-end-transitions.ts';
import { lockManagedUser, recordRefusedOperation } from './managed-user-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import type { Schema } from './schema.ts';
import { endNow, findUnended } from './session-transitions.ts';
import { all, change, currentTimeMs, statement, type Transition } from './transition.ts';
import { endSessionsOfUser as endAll } from './user-transitions.ts';

interface PageValues {
  userId: number;
  createdAtMs: number;
  sessionId: string;
  nowS: number;
  limit: number;
}

/** One statement for each combination: a filter that is not given is not in it. */
function page(hasUser: boolean, hasRole: boolean) {
  return statement<PageValues>()((db, p) => {
    let query = db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([
        'sessions.id',
        'sessions.user_id',
        'users.username',
        'sessions.created_at_ms',
        'sessions.rotated_at_ms',
        'sessions.created_address',
        'sessions.last_address',
        'sessions.user_agent',
      ])
      .where('sessions.ended_at_ms', 'is', null)
      .where('sessions.refresh_expires_at_s', '>', p.nowS)
      .where(
        sql<boolean>`(sessions.created_at_ms, sessions.id) < (${p.createdAtMs}, ${p.sessionId})`,
      );
    if (hasUser) query = query.where('sessions.user_id', '=', p.userId);
    if (hasRole) {
      // As a condition on `users` it would be walked first, and all its sessions sorted. And to
      // PostgreSQL whatever equals something is rare: then too it would sort them all.
      query = query.where((eb) => eb(roleOfOwner(eb), '!=', 'ADMIN'));
    }
    return query
      .orderBy('sessions.created_at_ms', 'desc')
      .orderBy('sessions.id', 'desc')
      .limit(p.limit);
  });
}

function roleOfOwner(eb: ExpressionBuilder<Schema, 'sessions'>) {
  return eb
    .selectFrom('users as owners')
    .select('owners.role')
    .whereRef('owners.id', '=', 'sessions.user_id');
}

const PAGES = {
  all: page(false, false),
  user: page(true, false),
  role: page(false, true),
  both: page(true, true),
};

/** Newer than every session. */
const BEGINNING: SessionCursor = { createdAtMs: Number.MAX_SAFE_INTEGER, sessionId: '' };

export function* listManagedSessions(
  input: Input<'listManagedSessions'>,
): Transition<ManagedSession[]> {
  const { userId, ownerRole, after = BEGINNING, limit } = input;
  const [withUser, without] =
    ownerRole === undefined ? [PAGES.user, PAGES.all] : [PAGES.both, PAGES.role];
  const rows = yield* all(userId === undefined ? without : withUser, {
    userId: userId ?? 0,
    createdAtMs: after.createdAtMs,
    sessionId: after.sessionId,
    nowS: Math.floor((yield* currentTimeMs()) / 1000),
    limit,
  });
  return rows.map((row) => ({
    sessionId: row.id,
    userId: row.user_id,
    username: row.username,
    createdAtMs: row.created_at_ms,
    refreshedAtMs: row.rotated_at_ms,
    createdAddress: row.created_address,
    lastAddress: row.last_address,
    userAgent: row.user_agent,
  }));
}

export function* endSessionsOfUser(
  { userId, mayTouchAdmins, by }: Input<'endSessionsOfUser'>,
  audit: AuditEntries,
): Transition<UserSessionsEndOutcome> {
  const nowMs = yield* currentTimeMs();
  const user = yield* lockManagedUser(userId);
  if (user === null) return { outcome: 'not_found' };
  if (user.role === 'ADMIN' && !mayTouchAdmins) {
    yield* recordRefusedOperation('permission_denied', { userId, by, nowMs }, audit);
    return { outcome: 'permission_denied' };
  }
  const reason = 'ended_by_operator';
  const endedSessions = yield* change(endAll, { userId, endedAtMs: nowMs, reason });
  yield* endConsoleSessionsOfUser(userId);
  const event = { name: 'session.ended', subject: userId, reason, endedSessions } as const;
  yield* audit.add({ ...by, ...event }, nowMs);
  return { outcome: 'ended', endedSessions };
}

export function* endManagedSession(
  { sessionId, mayTouchAdmins, by }: Input<'endManagedSession'>,
  audit: AuditEntries,
): Transition<Output<'endManagedSession'>> {
  const nowMs = yield* currentTimeMs();
  const session = yield* findUnended(sessionId, nowMs);
  if (session === null) return 'not_live';
  const userId = session.user_id;
  if (session.role === 'ADMIN' && !mayTouchAdmins) {
    yield* recordRefusedOperation('permission_denied', { userId, by, nowMs }, audit);
    return 'permission_denied';
  }
  const reason = 'ended_by_operator';
  const ended = yield* endNow(sessionId, reason, nowMs);
  if (ended === 'ended') {
    const event = { name: 'session.ended', subject: userId, sessionId, reason } as const;
    yield* audit.add({ ...by, ...event }, nowMs);
  }
  return ended;
}
