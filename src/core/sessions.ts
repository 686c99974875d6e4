/**
 * Sessions of people: sign-in by password, refresh token rotation, verification, sign-out.
 * What a rotation does to a session is decided inside storage; this module decides who may ask.
 */

import { SallyportError } from './errors.ts';
import type { RequestOrigin } from './events.ts';
import type { PasswordChecks } from './password-checks.ts';
import type { Clock, NameHasher, PasswordHasher, Random } from './ports.ts';
import type {
  Repository,
  SessionLifetimes,
  SessionLiveness,
  UserCredentials,
  UserRole,
} from './repository.ts';
import type { SessionTokenIssuer, TokenPair, UserTokenClaims } from './session-tokens.ts';
import { type UsernameKey, usernameKey } from './usernames.ts';

export interface VerifiedUser {
  readonly userId: number;
  readonly username: string;
  readonly role: UserRole;
  readonly sessionId: string;
}

interface SessionsDeps {
  repository: Repository;
  hasher: PasswordHasher;
  checks: PasswordChecks;
  tokens: SessionTokenIssuer;
  names: NameHasher;
  random: Random;
  clock: Clock;
  lifetimes: SessionLifetimes;
}

export class Sessions {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /**
   * @throws SallyportError `credentials_invalid` (the same for unknown, wrong, disabled and
   *   without a password), `rate_limited`, `password_checks_busy`
   */
  async signIn(username: string, password: string, origin: RequestOrigin): Promise<TokenPair> {
    const { repository, checks } = this.#deps;
    const key = usernameKey(username);
    const checked = await checks.check({
      accountKey: checks.userAccountKey(key),
      password,
      origin,
      kinds: () => repository.listPasswordKinds(),
      findAccount: () => repository.findUserByKey(key),
    });
    const user = checked.account;
    if (checked.matches && user?.isEnabled && user.passwordHash !== null) {
      const pair = await this.#openSession({ ...checked, user }, user.passwordHash, origin);
      if (pair !== null) return pair;
    }
    await repository.recordRefusal(this.#failedSignIn(key, user, checked.matches, origin));
    throw new SallyportError('credentials_invalid', {});
  }

  async #openSession(
    checked: Pick<Parameters<Repository['signInUser']>[0], 'attempt' | 'upgradedHash'> & {
      user: UserCredentials;
    },
    checkedHash: NonNullable<UserCredentials['passwordHash']>,
    origin: RequestOrigin,
  ): Promise<TokenPair | null> {
    const { repository, random, hasher, lifetimes, tokens } = this.#deps;
    const { attempt, upgradedHash, user } = checked;
    const sessionId = random.identifier();
    const signedIn = await repository.signInUser({
      attempt,
      userId: user.id,
      checkedHash,
      upgradedHash,
      upgradedKind: upgradedHash === null ? null : hasher.kindOf(upgradedHash),
      sessionId,
      lifetimes,
      origin,
    });
    if (signedIn.outcome !== 'signed_in') return null;
    return tokens.issuePair(signedIn.tokens);
  }

  #failedSignIn(
    key: UsernameKey,
    user: UserCredentials | null,
    matches: boolean,
    origin: RequestOrigin,
  ) {
    const reason = user === null ? 'unknown_user' : matches ? 'account_disabled' : 'wrong_password';
    const nameHash = this.#deps.names.hashName(key);
    return {
      name: 'session.sign_in_failed',
      origin,
      nameHash,
      reason,
      ...(user && { subject: user.id }),
    } as const;
  }

  /** @throws SallyportError `refresh_token_invalid`, whatever the reason */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<TokenPair> {
    const { repository, tokens, lifetimes } = this.#deps;
    const claims = tokens.read(refreshToken, 'refresh');
    if (claims === null) {
      const reason = 'not_a_refresh_token';
      await repository.recordRefusal({ name: 'session.refresh_failed', origin, reason });
      throw new SallyportError('refresh_token_invalid', {});
    }
    const rotation = await repository.rotateRefreshToken({ ...claims, lifetimes, origin });
    switch (rotation.outcome) {
      case 'rotated':
      case 'retried':
        return tokens.issuePair(rotation.tokens);
      case 'reused':
      case 'not_live':
        throw new SallyportError('refresh_token_invalid', {});
    }
  }

  /**
   * Who an access token speaks for, now: its session lives, its user exists and is enabled.
   * Name and role come from the database (contract decision 6). Null is the only negative answer.
   */
  async verifyAccessToken(accessToken: string): Promise<VerifiedUser | null> {
    const claims = this.#deps.tokens.read(accessToken, 'access');
    if (claims === null) return null;
    return this.#userOf(claims, await this.#deps.repository.findSession(claims.sessionId));
  }

  /**
   * What {@link verifyAccessToken} would say, at once: the token was verified before, and that
   * its session lives is known without asking. Null says nothing.
   */
  recallVerified(accessToken: string): VerifiedUser | null {
    const claims = this.#deps.tokens.recall(accessToken);
    if (claims === null) return null;
    return this.#userOf(claims, this.#deps.repository.recallSession(claims.sessionId));
  }

  #userOf(claims: UserTokenClaims, session: SessionLiveness | null): VerifiedUser | null {
    if (session === null || session.userId !== claims.userId) return null;
    const isLive =
      session.endedAtMs === null &&
      session.isUserEnabled &&
      this.#deps.clock.nowMs() < session.refreshExpiresAt * 1000;
    if (!isLive) return null;
    const { userId, username, role } = session;
    return { userId, username, role, sessionId: claims.sessionId };
  }

  /**
   * Ends the sessions that the given tokens belong to.
   * @throws SallyportError `bearer_invalid` when neither token is live
   */
  async signOut(
    presented: { accessToken?: string; refreshToken?: string },
    origin: RequestOrigin,
  ): Promise<void> {
    const outcomes = [
      await this.#endByAccessToken(presented.accessToken, origin),
      await this.#endByRefreshToken(presented.refreshToken, origin),
    ];
    if (!outcomes.includes(true)) throw new SallyportError('bearer_invalid', {});
  }

  async #endByAccessToken(token: string | undefined, origin: RequestOrigin): Promise<boolean> {
    const user = token === undefined ? null : await this.verifyAccessToken(token);
    if (user === null) return false;
    const { sessionId } = user;
    const by = { actor: { kind: 'user', id: user.userId }, origin } as const;
    const end = { sessionId, reason: 'signed_out', by } as const;
    const outcome = await this.#deps.repository.endSession(end);
    return outcome === 'ended';
  }

  async #endByRefreshToken(token: string | undefined, origin: RequestOrigin): Promise<boolean> {
    const claims = token === undefined ? null : this.#deps.tokens.read(token, 'refresh');
    if (claims === null) return false;
    const { sessionId, generation } = claims;
    const { graceSeconds } = this.#deps.lifetimes;
    const outcome = await this.#deps.repository.endSessionByRefreshToken({
      sessionId,
      generation,
      graceSeconds,
      origin,
    });
    return outcome === 'ended';
  }
}
