/**
 * What a signed-in person may do with their own account: see and end their sessions, and change
 * their password. Whose session a call acts in has been verified before it comes here; whether
 * that session still lives is decided again inside each transition.
 */

import { SallyportError } from './errors.ts';
import type { RequestOrigin } from './events.ts';
import type { PasswordChecks } from './password-checks.ts';
import { requirePasswordRule } from './password-matching.ts';
import { brokenUserPasswordRule } from './passwords.ts';
import type { PasswordHash, PasswordHasher, Random } from './ports.ts';
import type { OwnSession, Repository, ReservedAttempt, SessionLifetimes } from './repository.ts';
import type { SessionTokenIssuer, TokenPair } from './session-tokens.ts';
import type { VerifiedUser } from './sessions.ts';
import { usernameKey } from './usernames.ts';

/** More than a person can look through; older ones end with the rest. */
export const MAX_LISTED_SESSIONS = 100;

interface OwnSessionsDeps {
  repository: Repository;
  hasher: PasswordHasher;
  checks: PasswordChecks;
  tokens: SessionTokenIssuer;
  random: Random;
  lifetimes: SessionLifetimes;
}

export class OwnSessions {
  readonly #deps: OwnSessionsDeps;

  constructor(deps: OwnSessionsDeps) {
    this.#deps = deps;
  }

  /** The newest first, at most {@link MAX_LISTED_SESSIONS}. */
  async list({ userId }: VerifiedUser): Promise<OwnSession[]> {
    return this.#deps.repository.listLiveSessions({ userId, limit: MAX_LISTED_SESSIONS });
  }

  /** Whether there is a password to change: who came by a provider has none. */
  async hasPassword({ userId, username }: VerifiedUser): Promise<boolean> {
    const user = await this.#deps.repository.findUserByKey(usernameKey(username));
    return user?.id === userId && user.passwordHash !== null;
  }

  /** Whether a session of this person was ended; another's never is. */
  async endOne(acting: VerifiedUser, sessionId: string, origin: RequestOrigin): Promise<boolean> {
    const { userId, sessionId: actingSessionId } = acting;
    const input = { userId, actingSessionId, sessionId, origin };
    return (await this.#deps.repository.endOwnSession(input)) === 'ended';
  }

  /** Ends all but the acting session; says how many, or null when that one has ended itself. */
  async endOthers(acting: VerifiedUser, origin: RequestOrigin): Promise<number | null> {
    const { userId, sessionId: actingSessionId } = acting;
    const ended = await this.#deps.repository.endOtherSessions({ userId, actingSessionId, origin });
    return ended.outcome === 'ended' ? ended.endedSessions : null;
  }

  /**
   * Sets a new password and ends every session of the person, this one too; the pair belongs to a
   * fresh session. The new password is held against the policy before the old one is checked, so
   * that a mistake in it costs no attempt.
   * @throws SallyportError `password_rejected`, `credentials_invalid` (the current one is wrong, or
   *   the acting session has ended), `rate_limited`, `password_checks_busy`
   */
  async changePassword(
    acting: VerifiedUser,
    passwords: { current: string; next: string },
    origin: RequestOrigin,
  ): Promise<TokenPair> {
    const { repository, hasher, checks } = this.#deps;
    const maxBytes = hasher.maxPasswordBytes(hasher.currentKind);
    requirePasswordRule(brokenUserPasswordRule(passwords.next, maxBytes));
    const key = usernameKey(acting.username);
    const { matches, account, attempt } = await checks.check({
      accountKey: checks.userAccountKey(key),
      password: passwords.current,
      origin,
      kinds: () => repository.listPasswordKinds(),
      findAccount: () => repository.findUserByKey(key),
    });
    // A name can have come to somebody else since the session was verified; an id cannot.
    const isSame = matches && account?.id === acting.userId;
    if (!isSame || account.passwordHash === null) return this.#refuse(acting, origin);
    const passwordHash = await this.#hash(passwords.next, attempt, origin);
    const checked = { attempt, checkedHash: account.passwordHash, passwordHash };
    return this.#replace(acting, checked, origin);
  }

  async #replace(
    acting: VerifiedUser,
    checked: { attempt: ReservedAttempt; checkedHash: PasswordHash; passwordHash: PasswordHash },
    origin: RequestOrigin,
  ): Promise<TokenPair> {
    const { repository, hasher, random, lifetimes, tokens } = this.#deps;
    const { userId } = acting;
    const changed = await repository.changeOwnPassword({
      ...checked,
      userId,
      actingSessionId: acting.sessionId,
      passwordKind: hasher.currentKind,
      sessionId: random.identifier(),
      lifetimes,
      origin,
    });
    if (changed.outcome === 'credentials_changed') return this.#refuse(acting, origin);
    return tokens.issuePair(changed.tokens);
  }

  async #hash(
    password: string,
    attempt: ReservedAttempt,
    origin: RequestOrigin,
  ): Promise<PasswordHash> {
    const { repository, hasher } = this.#deps;
    try {
      return await hasher.hash(password, origin.addressKey);
    } catch (error) {
      // The current password was right: being busy must not count as a guess.
      await repository.withdrawLoginAttempt(attempt).catch(() => undefined);
      throw error;
    }
  }

  async #refuse({ userId, sessionId }: VerifiedUser, origin: RequestOrigin): Promise<never> {
    const about = { actor: { kind: 'user', id: userId }, subject: userId, sessionId } as const;
    const name = 'user.password_change_failed';
    await this.#deps.repository.recordRefusal({ name, ...about, origin });
    throw new SallyportError('credentials_invalid', {});
  }
}
