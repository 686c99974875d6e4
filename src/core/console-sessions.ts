/**
 * Sessions of the console: the built-in admin, or a user with the role ADMIN, signed in by
 * password into a cookie. A session lasts hours and not days, is looked up in the database for
 * each request, and knows when the password was last entered, for what needs that again.
 */

import { isTouchDue } from './console-liveness.ts';
import type {
  ConsoleEndReason,
  ConsoleHolder,
  ConsoleSession,
  LiveConsoleSession,
} from './console-sessions-repository.ts';
import { SallyportError } from './errors.ts';
import type { Requester, RequestOrigin, SecurityEvent } from './events.ts';
import type { CheckedPassword, PasswordChecks } from './password-checks.ts';
import type {
  ConsoleSecretCodec,
  NameHasher,
  PasswordHash,
  PasswordHasher,
  Random,
  RawConsoleSecret,
} from './ports.ts';
import type { Repository } from './repository.ts';
import { usernameKey } from './usernames.ts';

/** Those who may have one are few; with more than this many sessions the oldest are not listed. */
export const MAX_LISTED_CONSOLE_SESSIONS = 1_000;

/** An account whose password may be checked for a console session. */
interface Account {
  readonly holder: ConsoleHolder;
  readonly username: string;
  readonly passwordHash: PasswordHash | null;
  /** False too for who has no role that would let them in: their sign-in must cost the same. */
  readonly isEnabled: boolean;
}

interface ConsoleSessionsDeps {
  repository: Repository;
  hasher: PasswordHasher;
  checks: PasswordChecks;
  names: NameHasher;
  random: Random;
  codec: ConsoleSecretCodec;
}

/** Who acts in a console session, for the records. */
export function requesterBehind({ holder }: ConsoleSession, origin: RequestOrigin): Requester {
  const { kind } = holder;
  const actor = kind === 'admin' ? ({ kind } as const) : ({ kind, id: holder.userId } as const);
  return { actor, origin };
}

export class ConsoleSessions {
  readonly #deps: ConsoleSessionsDeps;

  constructor(deps: ConsoleSessionsDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a session of the user, or of the built-in admin where `username` is null.
   * @throws SallyportError `credentials_invalid` (the same for unknown, wrong, disabled, without
   *   the role), `rate_limited`, `password_checks_busy`
   */
  async signIn(
    { username, password }: { username: string | null; password: string },
    origin: RequestOrigin,
  ): Promise<{ secret: RawConsoleSecret; live: LiveConsoleSession }> {
    const { repository, codec, random } = this.#deps;
    const checked = await this.#check(username, password, origin);
    if (checked.matches && checked.account?.isEnabled) {
      const { raw: secret, hash: secretHash } = codec.mint();
      const sessionId = random.identifier();
      const input = { ...this.#checkedHash(checked, checked.account), sessionId, origin };
      const opened = await repository.openConsoleSession({ ...input, secretHash });
      if (opened.outcome === 'opened') return { secret, live: opened };
    }
    await repository.recordRefusal(this.#failedSignIn(username, checked, origin));
    throw new SallyportError('credentials_invalid', {});
  }

  /** The live session that a cookie's value opens; its use is noted, once a minute at most. */
  async find(secret: string): Promise<LiveConsoleSession | null> {
    const live = await this.look(secret);
    if (live === null || !isTouchDue(live.session, live.nowMs)) return live;
    await this.#touch(live.session);
    return { ...live, session: { ...live.session, lastSeenAtMs: live.nowMs } };
  }

  /** The same, and it is no use of the session. */
  async look(secret: string): Promise<LiveConsoleSession | null> {
    const hash = this.#deps.codec.parse(secret);
    return hash === null ? null : this.#deps.repository.findConsoleSession(hash);
  }

  /**
   * Enters the password again.
   * @throws SallyportError `credentials_invalid` (wrong, or the session has ended meanwhile),
   *   `rate_limited`, `password_checks_busy`
   */
  async confirm(
    session: ConsoleSession,
    password: string,
    origin: RequestOrigin,
  ): Promise<LiveConsoleSession> {
    const { repository } = this.#deps;
    const { holder, sessionId } = session;
    const username = holder.kind === 'admin' ? null : session.username;
    const checked = await this.#check(username, password, origin);
    const { account } = checked;
    // A name can have come to somebody else since; an id cannot.
    if (checked.matches && account?.isEnabled && isSameHolder(account.holder, holder)) {
      const input = { ...this.#checkedHash(checked, account), sessionId, origin };
      const confirmed = await repository.confirmConsoleSession(input);
      if (confirmed.outcome === 'confirmed') return confirmed;
    }
    const about = { subject: subjectOf(holder), sessionId };
    const by = requesterBehind(session, origin);
    await repository.recordRefusal({ name: 'console.confirmation_failed', ...by, ...about });
    throw new SallyportError('credentials_invalid', {});
  }

  /** Whether one was ended; it may have ended by itself. */
  async end(sessionId: string, reason: ConsoleEndReason, by: Requester): Promise<boolean> {
    const ended = await this.#deps.repository.endConsoleSession({ sessionId, reason, by });
    return ended === 'ended';
  }

  /** All live ones, the last to expire first. */
  list(): Promise<ConsoleSession[]> {
    return this.#deps.repository.listConsoleSessions({ limit: MAX_LISTED_CONSOLE_SESSIONS });
  }

  /** A database that cannot be written keeps nobody from looking at it. */
  async #touch({ sessionId }: ConsoleSession): Promise<void> {
    try {
      await this.#deps.repository.touchConsoleSession(sessionId);
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
    }
  }

  #check(username: string | null, password: string, origin: RequestOrigin) {
    const { repository, checks } = this.#deps;
    if (username === null) {
      return checks.check<Account>({
        accountKey: checks.adminAccountKey(),
        password,
        origin,
        kinds: async () => [],
        findAccount: () => this.#findAdmin(),
      });
    }
    const key = usernameKey(username);
    return checks.check<Account>({
      accountKey: checks.userAccountKey(key),
      password,
      origin,
      kinds: () => repository.listPasswordKinds(),
      findAccount: () => this.#findUser(username),
    });
  }

  async #findAdmin(): Promise<Account | null> {
    // Never a kept one: a password that another server has just set is already the right one.
    const admin = await this.#deps.repository.findAdmin(() => false);
    if (admin === null) return null;
    const { passwordHash } = admin;
    return { holder: { kind: 'admin' }, username: 'admin', passwordHash, isEnabled: true };
  }

  async #findUser(name: string): Promise<Account | null> {
    const user = await this.#deps.repository.findUserByKey(usernameKey(name));
    if (user === null) return null;
    const { id: userId, username, passwordHash } = user;
    const isEnabled = user.isEnabled && user.role === 'ADMIN';
    return { holder: { kind: 'user', userId }, username, passwordHash, isEnabled };
  }

  #checkedHash({ attempt, upgradedHash }: CheckedPassword<Account>, account: Account) {
    const { holder, passwordHash } = account;
    if (passwordHash === null) throw new Error('a password matched an account that has none');
    const upgradedKind = upgradedHash === null ? null : this.#deps.hasher.kindOf(upgradedHash);
    return { attempt, holder, checkedHash: passwordHash, upgradedHash, upgradedKind };
  }

  /** As it is recorded where people and the admin sign in otherwise. */
  #failedSignIn(
    username: string | null,
    { account, matches }: CheckedPassword<Account>,
    origin: RequestOrigin,
  ): SecurityEvent {
    if (username === null) return { name: 'admin.sign_in_failed', origin, subject: 'admin' };
    const nameHash = this.#deps.names.hashName(usernameKey(username));
    const name = 'session.sign_in_failed';
    if (account === null) return { name, origin, nameHash, reason: 'unknown_user' };
    const reason = matches ? 'console_not_allowed' : 'wrong_password';
    return { name, origin, nameHash, reason, subject: subjectOf(account.holder) };
  }
}

function isSameHolder(one: ConsoleHolder, other: ConsoleHolder): boolean {
  return subjectOf(one) === subjectOf(other);
}

function subjectOf(holder: ConsoleHolder): number | 'admin' {
  return holder.kind === 'admin' ? 'admin' : holder.userId;
}
