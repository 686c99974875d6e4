/** The JSON of contract 2 and what it means to the domain. */

import { USER_PASSWORD_MIN_LENGTH } from '../../core/passwords.ts';
import type { TokenPair } from '../../core/session-tokens.ts';
import type { VerifiedUser } from '../../core/sessions.ts';
import { USERNAME_MAX_LENGTH, USERNAME_MIN_LENGTH } from '../../core/usernames.ts';
import { Type } from '../schema.ts';

/** Lengths are code points, as JSON Schema counts them. */
export const LoginBody = Type.Object({
  username: Type.String({ minLength: USERNAME_MIN_LENGTH, maxLength: USERNAME_MAX_LENGTH }),
  password: Type.String({ minLength: USER_PASSWORD_MIN_LENGTH }),
});

/** Clients write what they do not have as null too. */
const Absent = Type.Null();
export const GoogleBody = Type.Object({
  code: Type.String({ minLength: 1 }),
  redirect_uri: Type.String({ minLength: 1, description: 'one of the allowed, letter for letter' }),
  code_verifier: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Absent])),
  nonce: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Absent])),
});

export const RefreshBody = Type.Object({ refresh_token: Type.String({ minLength: 1 }) });

/** Clients write an absent token as null or as an empty text too. */
export const LogoutBody = Type.Object({
  refresh_token: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});

export const TokensAnswer = Type.Object({
  token: Type.String(),
  refresh_token: Type.String(),
  expires_at: Type.Integer({ description: 'Unix seconds at which `token` expires' }),
});

export const VerifyAnswer = Type.Object({
  valid: Type.Literal(true),
  user_id: Type.Integer(),
  username: Type.String(),
  role: Type.Union([Type.Literal('ADMIN'), Type.Literal('STANDARD')]),
});

export const LogoutAnswer = Type.Object({ success: Type.Literal(true) });

export const ErrorAnswer = Type.Object({ error: Type.String() });

export function writeTokens(pair: TokenPair) {
  return {
    token: pair.accessToken,
    refresh_token: pair.refreshToken,
    expires_at: pair.expiresAt,
  };
}

export function writeVerifiedUser(user: VerifiedUser) {
  const { userId, username, role } = user;
  return { valid: true as const, user_id: userId, username, role };
}
