/**
 * How each security event is kept in the audit trail. The log and the trail are made from the same
 * event, so that they can never name one thing differently; a new event does not compile until it
 * is decided here.
 */

import type { Actor, SecurityEvent, SecurityEventName } from './events.ts';

/**
 * `each`: one row for every time. `once_a_minute`: one row for each key and minute, for what
 * anybody can cause as often as they like: the trail says that it happened, the log how often.
 */
export type AuditRule =
  | { readonly kind: 'each' }
  | { readonly kind: 'once_a_minute'; readonly keyOf: (event: SecurityEvent) => string };

const EACH: AuditRule = { kind: 'each' };
const BY_ADDRESS = onceAMinute(({ origin }) => origin?.addressKey ?? '');

export const AUDIT_RULES = {
  'access_token.accepted': EACH,
  'access_token.changed': EACH,
  'access_token.created': EACH,
  'access_token.deleted': EACH,
  'access_token.overlap_ended': EACH,
  'access_token.rotated': EACH,
  'admin.created': EACH,
  'admin.password_reset': EACH,
  // Bounded by the limits on failed password checks.
  'admin.sign_in_failed': EACH,
  'admin.signed_in': EACH,
  'auth.disabled': EACH,
  'auth.enabled': EACH,
  'bearer.denied': onceAMinute(({ accessTokenId, subject }) =>
    accessTokenId === undefined ? `user:${subject}` : String(accessTokenId),
  ),
  'bearer.rejected': BY_ADDRESS,
  // Bounded by the limits on failed password checks.
  'console.confirmation_failed': EACH,
  'console.confirmed': EACH,
  'console.ended': EACH,
  'database.restored': EACH,
  'local_call.refused': BY_ADDRESS,
  // Whoever may do some of it can ask for the rest as often as they like.
  'operation.refused': onceAMinute(({ actor, subject, reason }) =>
    [actor?.kind, actor === undefined ? null : actorIdOf(actor), subject, reason].join(':'),
  ),
  'params.renewed': EACH,
  'session.ended': EACH,
  'session.refresh_failed': onceAMinute(({ sessionId, origin }) =>
    sessionId === undefined ? `address:${origin?.addressKey}` : `session:${sessionId}`,
  ),
  'session.refresh_retried': EACH,
  'session.refresh_reused': EACH,
  'session.refreshed': EACH,
  // Bounded by the limits on failed password checks.
  'session.sign_in_failed': EACH,
  'session.signed_in': EACH,
  'sign_in.busy': BY_ADDRESS,
  'sign_in.limited': onceAMinute(({ limitKey }) => limitKey ?? ''),
  // Anybody can begin such a sign-in and fail at it.
  'sign_in.provider_refused': onceAMinute(
    ({ reason, origin }) => `${reason}:${origin?.addressKey}`,
  ),
  'user.created': EACH,
  'user.identity_linked': EACH,
  'user.deleted': EACH,
  'user.disabled': EACH,
  'user.enabled': EACH,
  // Bounded by the limits on failed password checks.
  'user.password_change_failed': EACH,
  'user.password_changed': EACH,
  'user.password_set': EACH,
  'user.role_changed': EACH,
  'users.exported': EACH,
} satisfies Record<SecurityEventName, AuditRule>;

/**
 * Rows of one event and minute at most, however many keys there are: the owner of an IPv6 /32 has
 * four billion addresses that count as different.
 */
export const MAX_ONCE_ROWS_PER_MINUTE = 1_000;

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

function onceAMinute(keyOf: (event: SecurityEvent) => string): AuditRule {
  return { kind: 'once_a_minute', keyOf };
}

/** What no second row may have, and the range that holds all keys of its event and minute. */
export interface OnceKey {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** Null when every time counts. */
export function onceKeyOf(event: SecurityEvent, nowMs: number): OnceKey | null {
  const rule: AuditRule = AUDIT_RULES[event.name];
  if (rule.kind === 'each') return null;
  const group = `${event.name}:${Math.floor(nowMs / MINUTE_MS)}`;
  // A semicolon is the character after a colon.
  return { key: `${group}:${rule.keyOf(event)}`, from: `${group}:`, to: `${group};` };
}

/** Who did it: the event says so, or nobody who is known, or the process itself. */
export function actorOf(event: SecurityEvent, processActor: Actor): Actor {
  if (event.actor !== undefined) return event.actor;
  return event.origin === undefined ? processActor : { kind: 'anonymous' };
}

/** The actor's id as text: a user's, a token's, an operator's name. */
export function actorIdOf(actor: Actor): string | null {
  if (actor.kind === 'user' || actor.kind === 'access_token') return String(actor.id);
  return actor.kind === 'operator' ? actor.name : null;
}
