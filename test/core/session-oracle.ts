/**
 * What sessions must do, said a second time and without anything of src: contract decisions 5
 * and 6 over plain lists. The property test compares every answer of the server with this one's.
 */

export interface OracleRules {
  readonly accessTtlSeconds: number;
  readonly refreshTtlSeconds: number;
  readonly maxAgeSeconds: number;
  readonly graceSeconds: number;
}

export interface Issued {
  readonly session: OracleSession;
  readonly generation: number;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly accessExp: number;
  readonly refreshExp: number;
  /** The server's texts, set when it has issued them. */
  texts: { access: string; refresh: string } | null;
}

export interface OracleUser {
  readonly name: string;
  password: string;
  isEnabled: boolean;
}

export interface OracleSession {
  readonly user: OracleUser;
  readonly createdMs: number;
  state: 'open' | 'ended' | 'purged';
  rotatedMs: number;
  current: Issued | null;
}

/** `null` is the one negative answer; `event` is what must be recorded. */
export type RefreshAnswer =
  | { readonly event: 'session.refreshed'; readonly issued: Issued }
  | { readonly event: 'session.refresh_retried'; readonly issued: Issued }
  | { readonly event: 'session.refresh_failed' | 'session.refresh_reused'; readonly issued: null };

export class SessionOracle {
  readonly users: OracleUser[];
  readonly issued: Issued[] = [];
  readonly #rules: OracleRules;
  readonly #sessions: OracleSession[] = [];

  constructor(rules: OracleRules, names: readonly string[], password: string) {
    this.#rules = rules;
    this.users = names.map((name) => ({ name, password, isEnabled: true }));
  }

  signIn(user: OracleUser, password: string, nowMs: number): Issued | null {
    if (!user.isEnabled || user.password !== password) return null;
    const session: OracleSession = {
      user,
      createdMs: nowMs,
      state: 'open',
      rotatedMs: nowMs,
      current: null,
    };
    this.#sessions.push(session);
    return this.#issue(session, nowMs);
  }

  refresh(token: Issued, nowMs: number): RefreshAnswer {
    const { session } = token;
    const failed = { event: 'session.refresh_failed', issued: null } as const;
    if (nowMs >= token.refreshExp * 1000 || !this.#isOpen(session, nowMs)) return failed;
    if (this.#isReplay(token, nowMs)) {
      session.state = 'ended';
      return { event: 'session.refresh_reused', issued: null };
    }
    if (!session.user.isEnabled || session.current === null) return failed;
    if (token.generation < session.current.generation) {
      return { event: 'session.refresh_retried', issued: session.current };
    }
    return { event: 'session.refreshed', issued: this.#issue(session, nowMs) };
  }

  /** Whether an access token speaks for its user now. */
  verify(token: Issued, nowMs: number): boolean {
    const { session } = token;
    const isFresh = nowMs < token.accessExp * 1000;
    return isFresh && this.#isOpen(session, nowMs) && session.user.isEnabled;
  }

  /** Whether the sign-out succeeds: at least one token that lives and is no replay. */
  signOut(access: Issued | null, refresh: Issued | null, nowMs: number): boolean {
    let hasEnded = false;
    if (access !== null && this.verify(access, nowMs)) {
      access.session.state = 'ended';
      hasEnded = true;
    }
    if (refresh === null || nowMs >= refresh.refreshExp * 1000) return hasEnded;
    const { session } = refresh;
    if (!this.#isOpen(session, nowMs)) return hasEnded;
    const isReplay = this.#isReplay(refresh, nowMs);
    if (!isReplay && !session.user.isEnabled) return hasEnded;
    session.state = 'ended';
    return hasEnded || !isReplay;
  }

  /** How many sessions a new password ends: those that nothing has ended, expired or not. */
  replacePassword(user: OracleUser, password: string): number {
    user.password = password;
    return this.endSessionsOf(user);
  }

  /** How many sessions a disabling ends; enabling brings none back. */
  switchUser(user: OracleUser): number {
    user.isEnabled = !user.isEnabled;
    return user.isEnabled ? 0 : this.endSessionsOf(user);
  }

  /** All that nothing has ended, expired or not. */
  endSessionsOf(user: OracleUser): number {
    const open = this.#sessions.filter((one) => one.user === user && one.state === 'open');
    for (const session of open) session.state = 'ended';
    return open.length;
  }

  /** Whether there was something to end. */
  endSession(session: OracleSession, nowMs: number): boolean {
    const isOpen = this.#isOpen(session, nowMs);
    if (isOpen) session.state = 'ended';
    return isOpen;
  }

  /** Expired sessions are gone, and stay gone when the clock goes back. */
  purge(nowMs: number): void {
    for (const session of this.#sessions) {
      const expiredAt = session.current?.refreshExp ?? 0;
      if (expiredAt < Math.floor(nowMs / 1000)) session.state = 'purged';
    }
  }

  #isOpen(session: OracleSession, nowMs: number): boolean {
    return session.state === 'open' && nowMs < (session.current?.refreshExp ?? 0) * 1000;
  }

  /** Neither the current token nor its predecessor within the grace. */
  #isReplay(token: Issued, nowMs: number): boolean {
    const { current, rotatedMs } = token.session;
    const age = (current?.generation ?? 0) - token.generation;
    if (age === 0) return false;
    const waitedMs = nowMs - rotatedMs;
    const { graceSeconds } = this.#rules;
    const isGracious = graceSeconds > 0 && waitedMs >= 0 && waitedMs <= graceSeconds * 1000;
    return age !== 1 || !isGracious;
  }

  #issue(session: OracleSession, nowMs: number): Issued {
    const { accessTtlSeconds, refreshTtlSeconds, maxAgeSeconds } = this.#rules;
    const issuedAt = Math.floor(nowMs / 1000);
    const latest = Math.floor(session.createdMs / 1000) + maxAgeSeconds;
    const issued: Issued = {
      session,
      generation: (session.current?.generation ?? 0) + 1,
      issuedAt,
      accessExp: Math.min(issuedAt + accessTtlSeconds, latest),
      refreshExp: Math.min(issuedAt + refreshTtlSeconds, latest),
      texts: null,
    };
    session.current = issued;
    session.rotatedMs = nowMs;
    this.issued.push(issued);
    return issued;
  }
}
