/** The JSON of what people do with their own account. */

import type { AuditPage } from '../../core/audit-trail.ts';
import type { OwnProfile } from '../../core/own-account.ts';
import type { AuditRecord, OwnSession } from '../../core/repository.ts';
import { Instant, writeInstant } from '../instants.ts';
import { writeAuditCursor } from '../management/cursors.ts';
import { type Static, Type } from '../schema.ts';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);

export const ProfileAnswer = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  role: Type.Union([Type.Literal('ADMIN'), Type.Literal('STANDARD')]),
  has_password: Type.Boolean(),
  created_at: Instant,
  last_sign_in_at: Type.Union([Instant, Type.Null()]),
  identities: Type.Array(
    Type.Object({ provider: Type.String({ description: 'its id' }), linked_at: Instant }),
  ),
});

export const OwnSessionsAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      created_at: Instant,
      refreshed_at: Instant,
      created_address: Type.String(),
      last_address: Type.String(),
      user_agent: Type.String(),
      current: Type.Boolean({ description: 'the one that asks' }),
    }),
  ),
});

export const PasswordChangeBody = Type.Object(
  { current_password: Type.String(), new_password: Type.String() },
  { additionalProperties: false },
);

export const NewPairAnswer = Type.Object({
  token: Type.Optional(Type.String({ description: 'not for who came by cookies: it is in them' })),
  refresh_token: Type.Optional(Type.String()),
  expires_at: Type.Integer({ description: 'Unix seconds at which the access token expires' }),
});

export const OwnEventsAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.Integer(),
      at: Type.String({ description: 'RFC 3339, UTC, milliseconds' }),
      event: Type.String({ description: 'a stable name' }),
      actor_kind: Type.String({ description: 'user for oneself and for other users' }),
      actor_is_you: Type.Boolean(),
      reason: TextOrNull,
      session_id: TextOrNull,
      ended_sessions: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
      address: TextOrNull,
      user_agent: TextOrNull,
    }),
  ),
  next_cursor: TextOrNull,
});

export function writeProfile({ user, identities }: OwnProfile): Static<typeof ProfileAnswer> {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    has_password: user.hasPassword,
    created_at: writeInstant(user.createdAtMs),
    last_sign_in_at: user.lastSignInAtMs === null ? null : writeInstant(user.lastSignInAtMs),
    identities: identities.map(({ providerId, linkedAtMs }) => ({
      provider: providerId,
      linked_at: writeInstant(linkedAtMs),
    })),
  };
}

export function writeOwnSessions(
  sessions: readonly OwnSession[],
  currentId: string,
): Static<typeof OwnSessionsAnswer> {
  return {
    items: sessions.map((session) => ({
      id: session.sessionId,
      created_at: writeInstant(session.createdAtMs),
      refreshed_at: writeInstant(session.refreshedAtMs),
      created_address: session.createdAddress,
      last_address: session.lastAddress,
      user_agent: session.userAgent,
      current: session.sessionId === currentId,
    })),
  };
}

export function writeOwnEvents(
  { records, nextId }: AuditPage,
  userId: number,
): Static<typeof OwnEventsAnswer> {
  return {
    items: records.map((record) => writeOwnEvent(record, userId)),
    next_cursor: nextId === null ? null : writeAuditCursor({ order: 'newest', id: nextId }),
  };
}

function writeOwnEvent(record: AuditRecord, userId: number) {
  return {
    id: record.id,
    at: new Date(record.atMs).toISOString(),
    event: record.name,
    actor_kind: record.actorKind,
    actor_is_you: record.actorKind === 'user' && record.actorId === String(userId),
    reason: record.reason,
    session_id: record.sessionId,
    ended_sessions: record.endedSessions,
    address: record.address,
    user_agent: record.userAgent,
  };
}
