/**
 * The two JWTs of a session (contract 2) and what a presented one must say.
 * A pair is derived from the stored session and nothing else, so that a retry after a lost answer
 * gets the same bytes, after a restart and on any server (contract decision 5).
 */

import type { Clock, TokenSigner } from './ports.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { SessionTokens } from './repository.ts';

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Unix seconds: the `iat` of both. */
  readonly issuedAt: number;
  /** Unix seconds: the access token's `exp`. */
  readonly expiresAt: number;
  /** Unix seconds: the refresh token's `exp`. */
  readonly refreshExpiresAt: number;
}

export type UserTokenType = 'access' | 'refresh';

export interface UserTokenClaims {
  readonly userId: number;
  readonly sessionId: string;
  readonly generation: number;
}

/** What a token says that was found to be ours. It holds for ever; whether it counts does not. */
interface GenuineToken extends UserTokenClaims {
  readonly type: UserTokenType;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** Others may hold the secret too: what could never be an id of ours is no question to a database. */
const SESSION_ID = /^[\w-]{1,64}$/;

/** Access tokens whose signature is not computed again; at about half a kilobyte each. */
const MAX_GENUINE = 20_000;

export class SessionTokenIssuer {
  readonly #signer: TokenSigner;
  readonly #clock: Clock;
  readonly #issuer: string;
  readonly #genuine = new RecentlyUsed<string, GenuineToken>(MAX_GENUINE);

  constructor(deps: { userSigner: TokenSigner; clock: Clock; issuer: string }) {
    this.#signer = deps.userSigner;
    this.#clock = deps.clock;
    this.#issuer = deps.issuer;
  }

  issuePair(tokens: SessionTokens): TokenPair {
    return {
      accessToken: this.#sign(tokens, 'access', tokens.accessExpiresAt),
      refreshToken: this.#sign(tokens, 'refresh', tokens.refreshExpiresAt),
      issuedAt: tokens.issuedAt,
      expiresAt: tokens.accessExpiresAt,
      refreshExpiresAt: tokens.refreshExpiresAt,
    };
  }

  /**
   * The claims of a token of the wanted kind: signed by us, of our issuer, complete, not expired.
   * Whether its session lives is not decided here.
   */
  read(token: string, type: UserTokenType): UserTokenClaims | null {
    return this.#inTime(this.#genuine.get(token) ?? this.#readAnew(token), type);
  }

  /** The same for an access token that was read before and is remembered; null says nothing. */
  recall(token: string): UserTokenClaims | null {
    return this.#inTime(this.#genuine.get(token) ?? null, 'access');
  }

  #inTime(found: GenuineToken | null, type: UserTokenType): UserTokenClaims | null {
    const isWanted = found?.type === type && this.#clock.nowMs() < found.expiresAt * 1000;
    return isWanted ? found : null;
  }

  #readAnew(token: string): GenuineToken | null {
    const claims = this.#signer.verify(token);
    if (claims === null || claims.iss !== this.#issuer) return null;
    const { user_id: userId, sid: sessionId, gen: generation, exp: expiresAt } = claims;
    const { token_type: type } = claims;
    if (type !== 'access' && type !== 'refresh') return null;
    if (!isWhole(userId) || !isWhole(generation) || !isWhole(expiresAt)) return null;
    if (typeof sessionId !== 'string' || !SESSION_ID.test(sessionId)) return null;
    const found = { userId, sessionId, generation, type, expiresAt } as const;
    // A refresh token is used once.
    if (type === 'access') this.#genuine.set(token, found);
    return found;
  }

  /** The order of these claims is part of the stored promise: it decides the token's bytes. */
  #sign(tokens: SessionTokens, type: UserTokenType, expiresAt: number): string {
    return this.#signer.sign({
      user_id: tokens.userId,
      username: tokens.username,
      role: tokens.roleIssued,
      token_type: type,
      iss: this.#issuer,
      sub: tokens.username,
      iat: tokens.issuedAt,
      exp: expiresAt,
      sid: tokens.sessionId,
      gen: tokens.generation,
    });
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
