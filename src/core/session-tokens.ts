/**
 * The two JWTs of a session (contract 2) and what a presented one must say.
 * A pair is derived from the stored session and nothing else, so that a retry after a lost answer
 * gets the same bytes, after a restart and on any server (contract decision 5).
 */

import type { Clock, TokenSigner } from './ports.ts';
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

export class SessionTokenIssuer {
  readonly #signer: TokenSigner;
  readonly #clock: Clock;
  readonly #issuer: string;

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
    const claims = this.#signer.verify(token);
    if (claims === null || claims.token_type !== type || claims.iss !== this.#issuer) return null;
    const { user_id: userId, sid: sessionId, gen: generation, exp } = claims;
    if (!isWhole(userId) || !isWhole(generation) || !isWhole(exp)) return null;
    if (typeof sessionId !== 'string' || this.#clock.nowMs() >= exp * 1000) return null;
    return { userId, sessionId, generation };
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
