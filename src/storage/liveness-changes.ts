/**
 * Which kept answers an event makes wrong. Every change of what an answer says is an event of the
 * audit trail, so this one table decides for all transitions; a new event does not compile until
 * it is decided here.
 */

import type { SecurityEvent, SecurityEventName } from '../core/events.ts';

/** What may have been ended, deleted or changed. */
export type LivenessChange =
  | { readonly of: 'session'; readonly id: string }
  /** All sessions of one user. */
  | { readonly of: 'user'; readonly id: number }
  | { readonly of: 'access_token'; readonly id: number }
  | { readonly of: 'admin' }
  | { readonly of: 'auth_switch' }
  | { readonly of: 'everything' };

type Rule = (event: SecurityEvent) => LivenessChange | null;

/** Nothing that was answered before is wrong now; a rotation least of all, for it is frequent. */
const NOTHING: Rule = () => null;
const ADMIN: Rule = () => ({ of: 'admin' });
const AUTH_SWITCH: Rule = () => ({ of: 'auth_switch' });
const EVERYTHING: Rule = () => ({ of: 'everything' });

const RULES = {
  // Those that were suspended were not live, and only what lives is kept.
  'access_token.accepted': NOTHING,
  // What is kept of a token has its name.
  'access_token.changed': changeOfToken,
  'access_token.created': NOTHING,
  'access_token.deleted': changeOfToken,
  'access_token.overlap_ended': changeOfToken,
  'access_token.rotated': changeOfToken,
  'admin.created': ADMIN,
  'admin.password_reset': ADMIN,
  'admin.sign_in_failed': NOTHING,
  // Its hash may have been replaced by one of the present kind.
  'admin.signed_in': ADMIN,
  'auth.disabled': AUTH_SWITCH,
  'auth.enabled': AUTH_SWITCH,
  'bearer.denied': NOTHING,
  'bearer.rejected': NOTHING,
  // Console sessions are not kept: they are looked up for each request.
  'console.confirmation_failed': NOTHING,
  'console.confirmed': NOTHING,
  'console.ended': NOTHING,
  'database.restored': EVERYTHING,
  'local_call.refused': NOTHING,
  'operation.refused': NOTHING,
  'params.renewed': EVERYTHING,
  'session.ended': changeOfSessions,
  'session.refresh_failed': NOTHING,
  'session.refresh_retried': NOTHING,
  'session.refresh_reused': changeOfSessions,
  'session.refreshed': NOTHING,
  'session.sign_in_failed': NOTHING,
  'session.signed_in': NOTHING,
  'sign_in.busy': NOTHING,
  'sign_in.limited': NOTHING,
  'sign_in.provider_refused': NOTHING,
  'user.created': NOTHING,
  'user.deleted': changeOfUser,
  'user.disabled': changeOfUser,
  'user.enabled': changeOfUser,
  'user.identity_linked': NOTHING,
  'user.password_change_failed': NOTHING,
  'user.password_changed': changeOfUser,
  'user.password_set': changeOfUser,
  'user.role_changed': changeOfUser,
  'users.exported': NOTHING,
} satisfies Record<SecurityEventName, Rule>;

export function changesOf(events: readonly SecurityEvent[]): LivenessChange[] {
  return events.flatMap((event) => RULES[event.name](event) ?? []);
}

/** For others who share the database. */
export function writeChanges(changes: readonly LivenessChange[]): string {
  return JSON.stringify(changes);
}

/** Whatever cannot be read may have been anything. */
export function readChanges(text: string): LivenessChange[] {
  try {
    const changes = JSON.parse(text);
    if (Array.isArray(changes)) return changes;
  } catch {
    // Said below.
  }
  return [{ of: 'everything' }];
}

function changeOfToken({ accessTokenId }: SecurityEvent): LivenessChange {
  return accessTokenId === undefined
    ? { of: 'everything' }
    : { of: 'access_token', id: accessTokenId };
}

function changeOfUser({ subject }: SecurityEvent): LivenessChange {
  return typeof subject === 'number' ? { of: 'user', id: subject } : { of: 'everything' };
}

/** One session, or, where the event counts them, all of a user's but the one that it names. */
function changeOfSessions(event: SecurityEvent): LivenessChange {
  const { sessionId, endedSessions } = event;
  if (sessionId === undefined || endedSessions !== undefined) return changeOfUser(event);
  return { of: 'session', id: sessionId };
}
