/** The JSON of the management API and what it means to the domain. */

import type { SessionPage, UserPage } from '../../core/operations.ts';
import type { Counts, ManagedSession, ManagedUser } from '../../core/operations-repository.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type Static, Type } from '../schema.ts';
import { writeSessionCursor, writeUserCursor } from './cursors.ts';

const Role = Type.Union([Type.Literal('ADMIN'), Type.Literal('STANDARD')]);
const Count = Type.Integer({ minimum: 0 });

export const IdParams = Type.Object({ id: Type.String() });

/** Described for clients; that it is missing is answered by the route, with its own status. */
export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'required: the ETag of what is changed, or `*` for whatever there is',
    }),
  ),
});

export const NewUserBody = Type.Object(
  { username: Type.String(), password: Type.String(), role: Type.Optional(Role) },
  { additionalProperties: false },
);

export const UserChangeBody = Type.Object(
  { enabled: Type.Optional(Type.Boolean()), role: Type.Optional(Role) },
  { additionalProperties: false },
);

export const NewPasswordBody = Type.Object(
  { password: Type.Optional(Type.String({ description: 'made by the server without it' })) },
  { additionalProperties: false },
);

const userFields = {
  id: Type.Integer(),
  username: Type.String(),
  role: Role,
  enabled: Type.Boolean(),
  origin: Type.Union([
    Type.Literal('operator'),
    Type.Literal('environment'),
    Type.Literal('provider'),
    Type.Literal('imported'),
  ]),
  has_password: Type.Boolean(),
  created_at: Instant,
  last_sign_in_at: Type.Union([Instant, Type.Null()]),
  live_sessions: Count,
  version: Type.Integer({ description: 'also the ETag, as "v<version>"' }),
};

export const UserAnswer = Type.Object(userFields);

export const ChangedUserAnswer = Type.Object({ ...userFields, ended_sessions: Count });

export const PasswordSetAnswer = Type.Object({
  ...userFields,
  ended_sessions: Count,
  password: Type.Optional(Type.String({ description: 'that the server made, this once' })),
});

export const DeletedUserAnswer = Type.Object({
  deleted: Type.Literal(true),
  ended_sessions: Count,
});

export const EndedSessionsAnswer = Type.Object({ ended_sessions: Count });

export const EndedSessionAnswer = Type.Object({ ended: Type.Literal(true) });

export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: '`cursor` of the next page; null on the last one',
});

export const UserPageAnswer = Type.Object({
  items: Type.Array(UserAnswer),
  next_cursor: NextCursor,
});

export const SessionPageAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      user_id: Type.Integer(),
      username: Type.String(),
      created_at: Instant,
      refreshed_at: Instant,
      created_address: Type.String(),
      last_address: Type.String(),
      user_agent: Type.String(),
    }),
  ),
  next_cursor: NextCursor,
});

export const StatsAnswer = Type.Object({
  users: Type.Object({ total: Count, enabled: Count, enabled_admins: Count }),
  live_sessions: Count,
  access_tokens: Type.Object({ total: Count, expired: Count, expiring_within_week: Count }),
  admin_exists: Type.Boolean(),
  auth_enabled: Type.Boolean(),
  sign_ins: Type.Object({
    succeeded_last_day: Count,
    failed_last_day: Count,
    failed_last_hour: Count,
    limited_last_day: Count,
  }),
});

export function writeUser(user: ManagedUser): Static<typeof UserAnswer> {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    enabled: user.isEnabled,
    origin: user.origin,
    has_password: user.hasPassword,
    created_at: writeInstant(user.createdAtMs),
    last_sign_in_at: user.lastSignInAtMs === null ? null : writeInstant(user.lastSignInAtMs),
    live_sessions: user.liveSessions,
    version: user.version,
  };
}

export function writeUserPage({ users, nextCursor }: UserPage): Static<typeof UserPageAnswer> {
  return {
    items: users.map(writeUser),
    next_cursor: nextCursor === null ? null : writeUserCursor(nextCursor),
  };
}

export function writeSessionPage({
  sessions,
  nextCursor,
}: SessionPage): Static<typeof SessionPageAnswer> {
  return {
    items: sessions.map(writeSession),
    next_cursor: nextCursor === null ? null : writeSessionCursor(nextCursor),
  };
}

function writeSession(session: ManagedSession) {
  return {
    id: session.sessionId,
    user_id: session.userId,
    username: session.username,
    created_at: writeInstant(session.createdAtMs),
    refreshed_at: writeInstant(session.refreshedAtMs),
    created_address: session.createdAddress,
    last_address: session.lastAddress,
    user_agent: session.userAgent,
  };
}

export function writeStats(counts: Counts): Static<typeof StatsAnswer> {
  const { users, accessTokens, signIns } = counts;
  return {
    users: { total: users.total, enabled: users.enabled, enabled_admins: users.enabledAdmins },
    live_sessions: counts.liveSessions,
    access_tokens: {
      total: accessTokens.total,
      expired: accessTokens.expired,
      expiring_within_week: accessTokens.expiringWithinWeek,
    },
    admin_exists: counts.hasBuiltInAdmin,
    auth_enabled: counts.isAuthEnabled,
    sign_ins: {
      succeeded_last_day: signIns.succeededLastDay,
      failed_last_day: signIns.failedLastDay,
      failed_last_hour: signIns.failedLastHour,
      limited_last_day: signIns.limitedLastDay,
    },
  };
}
