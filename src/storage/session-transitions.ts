/** Transitions of sessions: sign-in, refresh token rotation, ends. */

import type { Kysely } from 'kysely';
import type { RequestOrigin, SecurityEvent } from '../core/events.ts';
import type {
  ReuseReason,
  RotationOutcome,
  SessionEndReason,
  SessionLifetimes,
  SessionLiveness,
  SessionTokens,
  SignInOutcome,
} from '../core/repository.ts';
import { settleAttempt } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { type MovedSession, rotateTogether } from './grouped-rotations.ts';
import { lockSession } from './locks.ts';
import type { Input, Output } from './repository-method.ts';
import type { Schema } from './schema.ts';
import {
  change,
  currentTimeMs,
  first,
  grouped,
  run,
  statement,
  type Transition,
} from './transition.ts';
import { rememberPasswordKind } from './user-transitions.ts';

const recordSignIn = statement<{
  userId: number;
  checkedHash: string;
  newHash: string;
  nowMs: number;
}>()((db, p) =>
  db
    .updateTable('users')
    .set({ password_hash: p.newHash, last_sign_in_at_ms: p.nowMs })
    .where('id', '=', p.userId)
    .where('password_hash', '=', p.checkedHash)
    .where('is_enabled', '=', 1)
    .returning(['username', 'role']),
);
const updatePasswordKind = statement<{ userId: number; kind: string }>()((db, p) =>
  db.updateTable('users').set({ password_kind: p.kind }).where('id', '=', p.userId),
);
const insertSession = statement<{
  id: string;
  userId: number;
  role: 'ADMIN' | 'STANDARD';
  nowMs: number;
  accessExpiresAt: number;
  refreshExpiresAt: number;
  address: string;
  userAgent: string;
}>()((db, p) =>
  db.insertInto('sessions').values({
    id: p.id,
    user_id: p.userId,
    generation: 1,
    role_issued: p.role,
    created_at_ms: p.nowMs,
    rotated_at_ms: p.nowMs,
    access_expires_at_s: p.accessExpiresAt,
    refresh_expires_at_s: p.refreshExpiresAt,
    created_address: p.address,
    last_address: p.address,
    user_agent: p.userAgent,
  }),
);
const selectSession = statement<{ sessionId: string }>()((db, p) => sessionRow(db, p.sessionId));
/** And on PostgreSQL nobody else moves or ends it before this transition is over. */
const holdSession = statement<{ sessionId: string }>()((db, p, dialect) => {
  const row = sessionRow(db, p.sessionId);
  return dialect === 'postgres' ? row.forNoKeyUpdate('sessions') : row;
});
function sessionRow(db: Kysely<Schema>, sessionId: string) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
      'sessions.user_id',
      'users.username',
      'users.role',
      'users.is_enabled',
      'sessions.generation',
      'sessions.role_issued',
      'sessions.created_at_ms',
      'sessions.rotated_at_ms',
      'sessions.access_expires_at_s',
      'sessions.refresh_expires_at_s',
      'sessions.ended_at_ms',
    ])
    .where('sessions.id', '=', sessionId);
}
/** The compare-and-set of a refresh race; who holds the session is certain to win it. */
const moveGeneration = statement<{
  sessionId: string;
  generation: number;
  role: 'ADMIN' | 'STANDARD';
  nowMs: number;
  accessExpiresAt: number;
  refreshExpiresAt: number;
  address: string;
}>()((db, p) =>
  db
    .updateTable('sessions')
    .set((eb) => ({
      generation: eb('generation', '+', 1),
      role_issued: p.role,
      rotated_at_ms: p.nowMs,
      access_expires_at_s: p.accessExpiresAt,
      refresh_expires_at_s: p.refreshExpiresAt,
      last_address: p.address,
    }))
    .where('id', '=', p.sessionId)
    .where('generation', '=', p.generation)
    .where('ended_at_ms', 'is', null),
);
const endOneSession = statement<{ sessionId: string; endedAtMs: number; reason: string }>()(
  (db, p) =>
    db
      .updateTable('sessions')
      .set({ ended_at_ms: p.endedAtMs, end_reason: p.reason })
      .where('id', '=', p.sessionId)
      .where('ended_at_ms', 'is', null),
);

export function* signInUser(
  input: Input<'signInUser'>,
  audit: AuditEntries,
): Transition<SignInOutcome> {
  const { userId, sessionId, checkedHash, upgradedHash, upgradedKind, lifetimes, origin } = input;
  const nowMs = yield* currentTimeMs();
  const newHash = upgradedHash ?? checkedHash;
  const user = yield* first(recordSignIn, { userId, checkedHash, newHash, nowMs });
  if (user === undefined) return { outcome: 'credentials_changed' };
  if (upgradedKind !== null) {
    yield* run(updatePasswordKind, { userId, kind: upgradedKind });
    yield* rememberPasswordKind(upgradedKind);
  }
  yield* settleAttempt(input.attempt, nowMs);
  const opened = { user: { id: userId, ...user }, sessionId, lifetimes, origin };
  const tokens = yield* openSession(opened, nowMs);
  const actor = { kind: 'user', id: userId } as const;
  const event = { name: 'session.signed_in', actor, origin, subject: userId, sessionId } as const;
  yield* audit.add(event, nowMs);
  return { outcome: 'signed_in', tokens };
}

/** Of generation 1, for somebody who has just proven who they are. */
export function* openSession(
  input: {
    user: { id: number; username: string; role: 'ADMIN' | 'STANDARD' };
    sessionId: string;
    lifetimes: SessionLifetimes;
    origin: RequestOrigin;
  },
  nowMs: number,
): Transition<SessionTokens> {
  const { user, sessionId, lifetimes, origin } = input;
  const { id: userId, username, role } = user;
  const { address, userAgent } = origin;
  const times = issueTimes(nowMs, nowMs, lifetimes);
  const row = { id: sessionId, userId, role, nowMs, ...times, address, userAgent };
  yield* run(insertSession, row);
  const issuedAt = Math.floor(nowMs / 1000);
  return { sessionId, userId, username, roleIssued: role, generation: 1, issuedAt, ...times };
}

export function* rotateRefreshToken(
  input: Input<'rotateRefreshToken'>,
  audit: AuditEntries,
): Transition<RotationOutcome> {
  const { sessionId, userId, generation, lifetimes, origin } = input;
  const { accessTtlSeconds, refreshTtlSeconds, maxAgeSeconds } = lifetimes;
  const ttl = { accessTtlSeconds, refreshTtlSeconds, maxAgeSeconds };
  const rotated = rotatedEvent({ sessionId, userId, origin });
  const moved = yield* grouped(rotateTogether, () => ({
    ...audit.rowOf(rotated),
    ...ttl,
    generation,
  }));
  if (moved !== undefined) {
    audit.note(rotated);
    return { outcome: 'rotated', tokens: toTokens(sessionId, moved) };
  }
  // In this order, because PostgreSQL is asked for both at once.
  const session = yield* first(holdSession, { sessionId: input.sessionId });
  const nowMs = yield* currentTimeMs();
  const rotation = yield* rotate(input, session, nowMs);
  yield* audit.add(rotationEvent(input, rotation), nowMs);
  return rotation;
}

function rotatedEvent({
  sessionId,
  userId,
  origin,
}: Pick<Input<'rotateRefreshToken'>, 'sessionId' | 'userId' | 'origin'>): SecurityEvent {
  const actor = { kind: 'user', id: userId } as const;
  return { name: 'session.refreshed', actor, origin, sessionId, subject: userId };
}

function rotationEvent(
  { sessionId, userId, origin }: Input<'rotateRefreshToken'>,
  rotation: RotationOutcome,
): SecurityEvent {
  const actor = { kind: 'user', id: userId } as const;
  const about = { origin, sessionId, subject: userId };
  switch (rotation.outcome) {
    case 'rotated':
      return rotatedEvent({ sessionId, userId, origin });
    case 'retried':
      return { name: 'session.refresh_retried', actor, ...about };
    // Nobody can say whether it was the user or the thief: they stay anonymous.
    case 'reused': {
      const { reason, userId: subject } = rotation;
      return { name: 'session.refresh_reused', ...about, subject, reason };
    }
    case 'not_live':
      return { name: 'session.refresh_failed', ...about, reason: 'session_not_live' };
  }
}

function* rotate(
  input: Input<'rotateRefreshToken'>,
  session: SessionRow | undefined,
  nowMs: number,
): Transition<RotationOutcome> {
  const { sessionId, generation, lifetimes, origin } = input;
  const { address } = origin;
  if (session === undefined || !isUnended(session, nowMs)) return { outcome: 'not_live' };
  if (session.generation === generation) {
    if (session.is_enabled !== 1) return { outcome: 'not_live' };
    const times = issueTimes(nowMs, session.created_at_ms, lifetimes);
    const { role } = session;
    yield* run(moveGeneration, { sessionId, generation, role, nowMs, ...times, address });
    return { outcome: 'rotated', tokens: successorOf(session, sessionId, nowMs, times) };
  }
  // An older token. Who waited for the session has a time from before the move that it waited for,
  // and a retry must not look as if the clock had gone back.
  const laterMs = yield* currentTimeMs();
  const reason = replayReason(session, generation, lifetimes.graceSeconds, laterMs);
  if (reason === null) {
    if (session.is_enabled !== 1) return { outcome: 'not_live' };
    return { outcome: 'retried', tokens: toTokens(sessionId, session) };
  }
  yield* endNow(sessionId, 'refresh_token_reused', laterMs);
  return { outcome: 'reused', userId: session.user_id, reason };
}

export function* findSession(sessionId: string): Transition<SessionLiveness | null> {
  const row = yield* first(selectSession, { sessionId });
  if (row === undefined) return null;
  return {
    userId: row.user_id,
    username: row.username,
    role: row.role,
    isUserEnabled: row.is_enabled === 1,
    endedAtMs: row.ended_at_ms,
    refreshExpiresAt: row.refresh_expires_at_s,
  };
}

export function* endSession(
  { sessionId, reason, by }: Input<'endSession'>,
  audit: AuditEntries,
): Transition<Output<'endSession'>> {
  const nowMs = yield* currentTimeMs();
  const session = yield* findUnended(sessionId, nowMs);
  if (session === null || session.is_enabled !== 1) return 'not_live';
  const ended = yield* endNow(sessionId, reason, nowMs);
  if (ended === 'ended') {
    const subject = session.user_id;
    yield* audit.add({ ...by, name: 'session.ended', subject, sessionId, reason }, nowMs);
  }
  return ended;
}

export function* endSessionByRefreshToken(
  input: Input<'endSessionByRefreshToken'>,
  audit: AuditEntries,
): Transition<Output<'endSessionByRefreshToken'>> {
  const { sessionId, generation, graceSeconds, origin } = input;
  // A rotation in between would make a replay of what is the current token now.
  yield* lockSession(sessionId);
  const nowMs = yield* currentTimeMs();
  const session = yield* findUnended(sessionId, nowMs);
  if (session === null) return 'not_live';
  const isReplay =
    session.generation !== generation &&
    replayReason(session, generation, graceSeconds, nowMs) !== null;
  if (!isReplay && session.is_enabled !== 1) return 'not_live';
  const reason = isReplay ? 'refresh_token_reused' : 'signed_out';
  const ended = yield* endNow(sessionId, reason, nowMs);
  if (ended === 'not_live') return ended;
  const about = { origin, sessionId, subject: session.user_id };
  if (isReplay) {
    const replay = { name: 'session.refresh_reused', ...about, reason: 'at_sign_out' } as const;
    yield* audit.add(replay, nowMs);
    return 'reused';
  }
  const actor = { kind: 'user', id: session.user_id } as const;
  yield* audit.add({ name: 'session.ended', actor, ...about, reason }, nowMs);
  return 'ended';
}

type SessionRow =
  NonNullable<(typeof selectSession)['types']> extends (p: never) => infer R ? R : never;

/**
 * The session if it has not ended or expired. It lives only while its user is enabled, but a
 * replay ends it all the same: the thief must not find it alive when the user is enabled again.
 */
export function* findUnended(sessionId: string, nowMs: number): Transition<SessionRow | null> {
  const row = yield* first(selectSession, { sessionId });
  return row !== undefined && isUnended(row, nowMs) ? row : null;
}

function isUnended(session: SessionRow, nowMs: number): boolean {
  return session.ended_at_ms === null && nowMs < session.refresh_expires_at_s * 1000;
}

/**
 * Why a token that is not the current one is a replay, or null when it is a retry: the immediate
 * predecessor, within the grace period of the rotation that replaced it. Its successor cannot
 * have been presented, because presenting it would have moved the generation on.
 * A negative age (the clock went back) is outside the window. A grace of 0 means none at all,
 * also within the same millisecond: whether a replay passes must not be luck.
 */
function replayReason(
  session: SessionRow,
  generation: number,
  graceSeconds: number,
  nowMs: number,
): ReuseReason | null {
  if (generation > session.generation) return 'from_the_future';
  if (generation < session.generation - 1) return 'superseded';
  const ageMs = nowMs - session.rotated_at_ms;
  const isInGrace = graceSeconds > 0 && ageMs >= 0 && ageMs <= graceSeconds * 1000;
  return isInGrace ? null : 'after_grace';
}

export function* endNow(
  sessionId: string,
  reason: SessionEndReason,
  endedAtMs: number,
): Transition<'ended' | 'not_live'> {
  const ended = yield* change(endOneSession, { sessionId, endedAtMs, reason });
  return ended === 1 ? 'ended' : 'not_live';
}

/** Unix seconds; nothing outlives the session's maximum age. */
function issueTimes(nowMs: number, createdAtMs: number, lifetimes: SessionLifetimes) {
  const issuedAt = Math.floor(nowMs / 1000);
  const latest = Math.floor(createdAtMs / 1000) + lifetimes.maxAgeSeconds;
  return {
    accessExpiresAt: Math.min(issuedAt + lifetimes.accessTtlSeconds, latest),
    refreshExpiresAt: Math.min(issuedAt + lifetimes.refreshTtlSeconds, latest),
  };
}

/** What {@link moveGeneration} has just stored, without reading it again. */
function successorOf(
  session: SessionRow,
  sessionId: string,
  nowMs: number,
  times: ReturnType<typeof issueTimes>,
): SessionTokens {
  return toTokens(sessionId, {
    ...session,
    generation: session.generation + 1,
    role_issued: session.role,
    rotated_at_ms: nowMs,
    access_expires_at_s: times.accessExpiresAt,
    refresh_expires_at_s: times.refreshExpiresAt,
  });
}

/** What the current pair of a stored session is derived from. */
export function toTokens(sessionId: string, row: MovedSession): SessionTokens {
  return {
    sessionId,
    userId: row.user_id,
    username: row.username,
    roleIssued: row.role_issued,
    generation: row.generation,
    issuedAt: Math.floor(row.rotated_at_ms / 1000),
    accessExpiresAt: row.access_expires_at_s,
    refreshExpiresAt: row.refresh_expires_at_s,
  };
}
