/** The JSON of console sessions. */

import { consoleIdleEndMs } from '../../core/console-liveness.ts';
import type { ConsoleSession } from '../../core/console-sessions-repository.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type Static, Type } from '../schema.ts';

const holderFields = {
  kind: Type.Union([Type.Literal('admin'), Type.Literal('user')]),
  user_id: Type.Union([Type.Integer(), Type.Null()], {
    description: 'null for the built-in admin',
  }),
  username: Type.String(),
};

export const ConsoleStartAnswer = Type.Object({
  app_name: Type.String(),
  admin_exists: Type.Boolean(),
  may_create_admin: Type.Boolean({
    description: 'there is none yet, and this request could create it by POST /auth/admin',
  }),
});

export const ConsoleSignInBody = Type.Object(
  {
    username: Type.Optional(Type.String({ description: 'the built-in admin without it' })),
    password: Type.String(),
  },
  { additionalProperties: false },
);

export const ConsoleConfirmationBody = Type.Object(
  { password: Type.String() },
  { additionalProperties: false },
);

export const ConsoleSessionAnswer = Type.Object({
  ...holderFields,
  signed_in_at: Instant,
  password_entered_at: Instant,
  idle_expires_at: Type.String({
    format: 'date-time',
    description: 'when it ends unless it is used; a use counts once a minute',
  }),
  expires_at: Instant,
});

export const ConsoleSessionListAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      ...holderFields,
      created_at: Instant,
      last_seen_at: Instant,
      address: Type.String(),
      user_agent: Type.String(),
      current: Type.Boolean({ description: 'the one that asks' }),
    }),
  ),
});

export function writeConsoleSession(session: ConsoleSession): Static<typeof ConsoleSessionAnswer> {
  return {
    ...holderOf(session),
    signed_in_at: writeInstant(session.createdAtMs),
    password_entered_at: writeInstant(session.passwordEnteredAtMs),
    idle_expires_at: writeInstant(consoleIdleEndMs(session)),
    expires_at: writeInstant(session.expiresAtMs),
  };
}

export function writeConsoleSessions(
  sessions: readonly ConsoleSession[],
  currentId: string | undefined,
): Static<typeof ConsoleSessionListAnswer> {
  return {
    items: sessions.map((session) => ({
      id: session.sessionId,
      ...holderOf(session),
      created_at: writeInstant(session.createdAtMs),
      last_seen_at: writeInstant(session.lastSeenAtMs),
      address: session.address,
      user_agent: session.userAgent,
      current: session.sessionId === currentId,
    })),
  };
}

function holderOf({ holder, username }: ConsoleSession) {
  return {
    kind: holder.kind,
    user_id: holder.kind === 'user' ? holder.userId : null,
    username,
  };
}
