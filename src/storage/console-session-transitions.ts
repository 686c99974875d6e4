/**
 * Sessions of the console. Whatever ends one deletes its row; beside that, what a session was
 * opened under is held against its holder each time it is looked at, so that no transition has to
 * be trusted to have found all of them.
 */

import type { Kysely } from 'kysely';
import {
  CONSOLE_IDLE_MS,
  CONSOLE_MAX_AGE_MS,
  CONSOLE_TOUCH_MS,
  isConsoleSessionLive,
  MAX_CONSOLE_SESSIONS,
} from '../core/console-liveness.ts';
import type {
  ConsoleHolder,
  ConsoleSession,
  LiveConsoleSession,
} from '../core/console-sessions-repository.ts';
import type { Actor } from '../core/events.ts';
import { settleAttempt } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import type { Schema } from './schema.ts';
import {
  all,
  change,
  currentTimeMs,
  first,
  run,
  statement,
  type Transition,
} from './transition.ts';
import { rememberPasswordKind } from './user-transitions.ts';

/** With what decides whether it lives, as it is now. */
function liveness(db: Kysely<Schema>) {
  return db
    .selectFrom('console_sessions as c')
    .leftJoin('users as u', 'u.id', 'c.user_id')
    .select([
      'c.id',
      'c.kind',
      'c.user_id',
      'c.issued_under',
      'c.created_at_ms',
      'c.last_seen_at_ms',
      'c.password_entered_at_ms',
      'c.expires_at_ms',
      'c.address',
      'c.user_agent',
      'u.username',
      'u.role',
      'u.is_enabled',
      'u.password_hash',
      'u.password_changed_at_ms',
      (eb) =>
        eb
          .selectFrom('admins')
          .select('token_generation')
          .where('admins.id', '=', 1)
          .as('token_generation'),
    ]);
}

const selectBySecret = statement<{ secretHash: string }>()((db, p) =>
  liveness(db).where('c.secret_hash', '=', p.secretHash),
);
const selectById = statement<{ sessionId: string }>()((db, p) =>
  liveness(db).where('c.id', '=', p.sessionId),
);
const selectUnexpired = statement<{ nowMs: number; limit: number }>()((db, p) =>
  liveness(db)
    .where('c.expires_at_ms', '>', p.nowMs)
    .orderBy('c.expires_at_ms', 'desc')
    .limit(p.limit),
);
const insertSession = statement<{
  id: string;
  secretHash: string;
  kind: 'admin' | 'user';
  userId: number | null;
  issuedUnder: number;
  nowMs: number;
  expiresAtMs: number;
  address: string;
  userAgent: string;
}>()((db, p) =>
  db.insertInto('console_sessions').values({
    id: p.id,
    secret_hash: p.secretHash,
    kind: p.kind,
    user_id: p.userId,
    issued_under: p.issuedUnder,
    created_at_ms: p.nowMs,
    last_seen_at_ms: p.nowMs,
    password_entered_at_ms: p.nowMs,
    expires_at_ms: p.expiresAtMs,
    address: p.address,
    user_agent: p.userAgent,
  }),
);
const touch = statement<{ sessionId: string; nowMs: number; dueMs: number; idleMs: number }>()(
  (db, p) =>
    db
      .updateTable('console_sessions')
      .set({ last_seen_at_ms: p.nowMs })
      .where('id', '=', p.sessionId)
      .where('last_seen_at_ms', '<=', p.dueMs)
      // Or a request that was found live a moment before its end would give it another hour.
      .where('last_seen_at_ms', '>', p.idleMs)
      .where('expires_at_ms', '>', p.nowMs),
);
const confirm = statement<{ sessionId: string; nowMs: number }>()((db, p) =>
  db
    .updateTable('console_sessions')
    .set({ password_entered_at_ms: p.nowMs, last_seen_at_ms: p.nowMs })
    .where('id', '=', p.sessionId),
);
const deleteOne = statement<{ sessionId: string }>()((db, p) =>
  db.deleteFrom('console_sessions').where('id', '=', p.sessionId),
);
/** The newest first; more than may live were never there at once. */
const selectOfUser = statement<{ userId: number }>()((db, p) =>
  db
    .selectFrom('console_sessions')
    .select('id')
    .where('user_id', '=', p.userId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(2 * MAX_CONSOLE_SESSIONS),
);
const selectOfAdmin = statement<object>()((db) =>
  db
    .selectFrom('console_sessions')
    .select('id')
    .where('kind', '=', 'admin')
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(2 * MAX_CONSOLE_SESSIONS),
);

interface HeldHash {
  checkedHash: string;
  newHash: string;
  nowMs: number;
}

/** Locks the holder until this is over: who takes something away waits, or is seen here. */
function holdAdmin(isSignIn: boolean) {
  return statement<HeldHash>()((db, p) =>
    db
      .updateTable('admins')
      .set({ password_hash: p.newHash, ...(isSignIn && { last_sign_in_at_ms: p.nowMs }) })
      .where('id', '=', 1)
      .where('password_hash', '=', p.checkedHash)
      .returning('token_generation as issued_under'),
  );
}

function holdUser(isSignIn: boolean) {
  return statement<HeldHash & { userId: number }>()((db, p) =>
    db
      .updateTable('users')
      .set({ password_hash: p.newHash, ...(isSignIn && { last_sign_in_at_ms: p.nowMs }) })
      .where('id', '=', p.userId)
      .where('password_hash', '=', p.checkedHash)
      .where('is_enabled', '=', 1)
      .where('role', '=', 'ADMIN')
      .returning((eb) => eb.fn.coalesce('password_changed_at_ms', eb.lit(0)).as('issued_under')),
  );
}

const HOLD = {
  sign_in: { admin: holdAdmin(true), user: holdUser(true) },
  confirmation: { admin: holdAdmin(false), user: holdUser(false) },
};

const updatePasswordKind = statement<{ userId: number; kind: string }>()((db, p) =>
  db.updateTable('users').set({ password_kind: p.kind }).where('id', '=', p.userId),
);

export function* openConsoleSession(
  input: Input<'openConsoleSession'>,
  audit: AuditEntries,
): Transition<Output<'openConsoleSession'>> {
  const { holder, sessionId, secretHash, origin } = input;
  const nowMs = yield* currentTimeMs();
  const issuedUnder = yield* holdHolder('sign_in', input, nowMs);
  if (issuedUnder === null) return { outcome: 'credentials_changed' };
  yield* run(insertSession, {
    id: sessionId,
    secretHash,
    kind: holder.kind,
    userId: holder.kind === 'user' ? holder.userId : null,
    issuedUnder,
    nowMs,
    expiresAtMs: nowMs + CONSOLE_MAX_AGE_MS,
    address: origin.address,
    userAgent: origin.userAgent,
  });
  yield* settleAttempt(input.attempt, nowMs);
  const name = holder.kind === 'admin' ? 'admin.signed_in' : 'session.signed_in';
  const by = { actor: actorOf(holder), origin, subject: subjectOf(holder) };
  yield* audit.add({ name, ...by, sessionId, reason: 'console' }, nowMs);
  for (const surplus of yield* findSurplus(holder, sessionId)) {
    yield* run(deleteOne, { sessionId: surplus });
    const ended = { sessionId: surplus, reason: 'too_many' } as const;
    yield* audit.add({ name: 'console.ended', ...by, ...ended }, nowMs);
  }
  return { outcome: 'opened', ...(yield* presentSession(sessionId, nowMs)) };
}

export function* findConsoleSession(
  secretHash: Input<'findConsoleSession'>,
): Transition<LiveConsoleSession | null> {
  const nowMs = yield* currentTimeMs();
  const row = yield* first(selectBySecret, { secretHash });
  if (row === undefined || !isLive(row, nowMs)) return null;
  return { session: sessionOf(row), nowMs };
}

export function* touchConsoleSession(sessionId: string): Transition<void> {
  const nowMs = yield* currentTimeMs();
  const times = { dueMs: nowMs - CONSOLE_TOUCH_MS, idleMs: nowMs - CONSOLE_IDLE_MS };
  yield* run(touch, { sessionId, nowMs, ...times });
}

export function* confirmConsoleSession(
  input: Input<'confirmConsoleSession'>,
  audit: AuditEntries,
): Transition<Output<'confirmConsoleSession'>> {
  const { holder, sessionId, origin } = input;
  const asked = yield* currentTimeMs();
  const issuedUnder = yield* holdHolder('confirmation', input, asked);
  if (issuedUnder === null) return { outcome: 'credentials_changed' };
  const nowMs = yield* currentTimeMs();
  const row = yield* first(selectById, { sessionId });
  const isTheirs = row?.user_id === (holder.kind === 'user' ? holder.userId : null);
  if (row === undefined || !isTheirs || !isLive(row, nowMs)) {
    return { outcome: 'credentials_changed' };
  }
  if ((yield* change(confirm, { sessionId, nowMs })) === 0) {
    return { outcome: 'credentials_changed' };
  }
  yield* settleAttempt(input.attempt, nowMs);
  const by = { actor: actorOf(holder), origin, subject: subjectOf(holder) };
  yield* audit.add({ name: 'console.confirmed', ...by, sessionId }, nowMs);
  return { outcome: 'confirmed', ...(yield* presentSession(sessionId, nowMs)) };
}

export function* endConsoleSession(
  { sessionId, reason, by }: Input<'endConsoleSession'>,
  audit: AuditEntries,
): Transition<Output<'endConsoleSession'>> {
  const nowMs = yield* currentTimeMs();
  const row = yield* first(selectById, { sessionId });
  if (row === undefined || (yield* change(deleteOne, { sessionId })) === 0) return 'not_live';
  if (!isLive(row, nowMs)) return 'not_live';
  const subject = row.user_id ?? 'admin';
  yield* audit.add({ ...by, name: 'console.ended', subject, sessionId, reason }, nowMs);
  return 'ended';
}

export function* listConsoleSessions({
  limit,
}: Input<'listConsoleSessions'>): Transition<ConsoleSession[]> {
  const nowMs = yield* currentTimeMs();
  const rows = yield* all(selectUnexpired, { nowMs, limit });
  return rows.filter((row) => isLive(row, nowMs)).map(sessionOf);
}

/** What a session of this holder is issued under now; null where there can be none. */
function* holdHolder(
  purpose: keyof typeof HOLD,
  input: Input<'confirmConsoleSession'>,
  nowMs: number,
): Transition<number | null> {
  const { holder, checkedHash, upgradedHash, upgradedKind } = input;
  const hash = { checkedHash, newHash: upgradedHash ?? checkedHash, nowMs };
  if (holder.kind === 'admin') {
    return (yield* first(HOLD[purpose].admin, hash))?.issued_under ?? null;
  }
  const { userId } = holder;
  const held = yield* first(HOLD[purpose].user, { ...hash, userId });
  if (held === undefined) return null;
  if (upgradedKind !== null) {
    yield* run(updatePasswordKind, { userId, kind: upgradedKind });
    yield* rememberPasswordKind(upgradedKind);
  }
  return held.issued_under;
}

/**
 * Those beyond the number that one holder may have, all older than the others. The one that was
 * just opened is none of them, also when the clock was set back since the others were.
 */
function* findSurplus(holder: ConsoleHolder, openedId: string): Transition<string[]> {
  const rows =
    holder.kind === 'admin'
      ? yield* all(selectOfAdmin, {})
      : yield* all(selectOfUser, { userId: holder.userId });
  const others = rows.map(({ id }) => id).filter((id) => id !== openedId);
  return others.slice(MAX_CONSOLE_SESSIONS - 1);
}

function* presentSession(sessionId: string, nowMs: number): Transition<LiveConsoleSession> {
  const row = yield* first(selectById, { sessionId });
  if (row === undefined) throw new Error('a console session went while its holder was locked');
  return { session: sessionOf(row), nowMs };
}

interface LivenessRow {
  readonly id: string;
  readonly kind: 'admin' | 'user';
  readonly user_id: number | null;
  readonly issued_under: number;
  readonly created_at_ms: number;
  readonly last_seen_at_ms: number;
  readonly password_entered_at_ms: number;
  readonly expires_at_ms: number;
  readonly address: string;
  readonly user_agent: string;
  readonly username: string | null;
  readonly role: 'ADMIN' | 'STANDARD' | null;
  readonly is_enabled: number | null;
  readonly password_hash: string | null;
  readonly password_changed_at_ms: number | null;
  readonly token_generation: number | null;
}

function isLive(row: LivenessRow, nowMs: number): boolean {
  const state = {
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: row.expires_at_ms,
    issuedUnder: row.issued_under,
    wouldBeIssuedUnder: row.kind === 'admin' ? row.token_generation : userIssue(row),
  };
  return isConsoleSessionLive(state, nowMs);
}

function userIssue(row: LivenessRow): number | null {
  const mayHaveOne = row.role === 'ADMIN' && row.is_enabled === 1 && row.password_hash !== null;
  return mayHaveOne ? (row.password_changed_at_ms ?? 0) : null;
}

function sessionOf(row: LivenessRow): ConsoleSession {
  return {
    sessionId: row.id,
    holder: row.user_id === null ? { kind: 'admin' } : { kind: 'user', userId: row.user_id },
    username: row.username ?? 'admin',
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    passwordEnteredAtMs: row.password_entered_at_ms,
    expiresAtMs: row.expires_at_ms,
    address: row.address,
    userAgent: row.user_agent,
  };
}

function actorOf(holder: ConsoleHolder): Actor {
  return holder.kind === 'admin' ? { kind: 'admin' } : { kind: 'user', id: holder.userId };
}

function subjectOf(holder: ConsoleHolder): number | 'admin' {
  return holder.kind === 'admin' ? 'admin' : holder.userId;
}
