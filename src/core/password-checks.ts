/**
 * The one gate that every password check passes: a place in the queue, the limits, the hasher, in
 * that order and for every path alike. A path that checked a password without it would be the way
 * around the limits (Keycloak CVE-2026-9798).
 */

import { MINUTE_MS } from './audit-rules.ts';
import { SallyportError } from './errors.ts';
import type { RequestOrigin } from './events.ts';
import { passwordMatches } from './password-matching.ts';
import { utf8Length } from './passwords.ts';
import type { Clock, NameHasher, PasswordHash, PasswordHasher } from './ports.ts';
import { MAX_UNFAMILIAR_FAILURES } from './rate-limits.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { Repository, ReservedAttempt } from './repository.ts';
import type { UsernameKey } from './usernames.ts';

export interface PasswordLimits {
  /** Failed checks a minute from one address, over all accounts and paths. */
  readonly failuresPerAddress: number;
  /** Failed checks a minute on one account from one address; each use-up doubles the wait. */
  readonly failuresPerAccount: number;
}

export interface CheckedPassword<A> {
  readonly matches: boolean;
  readonly account: A | null;
  readonly attempt: ReservedAttempt;
  /** Set when the password was right and its hash is of an outdated kind. */
  readonly upgradedHash: PasswordHash | null;
}

/** What the gate must know of an account to check its password. */
export interface PasswordAccount {
  readonly passwordHash: PasswordHash | null;
  /** Absent for an account that cannot be disabled. */
  readonly isEnabled?: boolean;
}

interface PasswordCheck<A> {
  accountKey: string;
  password: string;
  origin: RequestOrigin;
  kinds: () => Promise<readonly string[]>;
  findAccount: () => Promise<A | null>;
}

export interface Busy {
  readonly retryAfterSeconds: number;
  readonly isNews: boolean;
}

/** Addresses of which is known that they were refused: more than come at once. */
const MAX_TOLD = 10_000;

export class PasswordChecks {
  readonly #repository: Repository;
  readonly #hasher: PasswordHasher;
  readonly #names: NameHasher;
  readonly #limits: PasswordLimits;
  readonly #clock: Clock;
  /** In which minute an address was last refused ahead for want of a place. */
  readonly #toldBusy = new RecentlyUsed<string, number>(MAX_TOLD);

  constructor(deps: {
    repository: Repository;
    hasher: PasswordHasher;
    names: NameHasher;
    limits: PasswordLimits;
    clock: Clock;
  }) {
    this.#clock = deps.clock;
    this.#repository = deps.repository;
    this.#hasher = deps.hasher;
    this.#names = deps.names;
    this.#limits = deps.limits;
  }

  /** The counter key of the built-in admin. No user can have it: user keys are hashed. */
  adminAccountKey(): string {
    return 'admin';
  }

  /** A keyed hash, so that the counters name nobody, and exist for unknown names alike. */
  userAccountKey(usernameKey: UsernameKey): string {
    return `user:${this.#names.hashName(usernameKey)}`;
  }

  /**
   * Takes a place in the queue, reserves the attempt, looks the account up and compares the
   * password.
   * The caller settles a match in the transition that signs in; a mismatch stays counted.
   * @throws SallyportError `rate_limited`, `password_checks_busy`
   */
  async check<A extends PasswordAccount>(input: PasswordCheck<A>): Promise<CheckedPassword<A>> {
    const leave = await this.#admit(input.origin);
    try {
      return await this.#checkNow(input);
    } finally {
      leave();
    }
  }

  /**
   * What {@link check} would refuse with for want of a place, where that is certain beforehand;
   * null when there is one. The refusal is entered into the audit trail, as there, but nobody waits
   * for it: it tells of no change. `isNews` says that it is the first of this address this minute.
   */
  refuseIfFull(originOf: () => RequestOrigin): Busy | null {
    const full = this.#hasher.whyFull();
    if (full === null) return null;
    const origin = originOf();
    const minute = Math.floor(this.#clock.nowMs() / MINUTE_MS);
    const isNews = this.#toldBusy.get(origin.addressKey) !== minute;
    if (isNews) {
      this.#toldBusy.set(origin.addressKey, minute);
      // What the storage cannot take is in the log, and the refusal stands.
      this.#repository.recordRefusal({ name: 'sign_in.busy', origin }).catch(() => undefined);
    }
    return { ...full, isNews };
  }

  /** Before the limits: where there is no place, nothing is counted and nothing written. */
  async #admit(origin: RequestOrigin): Promise<() => void> {
    try {
      return this.#hasher.admit();
    } catch (error) {
      await this.#repository.recordRefusal({ name: 'sign_in.busy', origin });
      throw error;
    }
  }

  async #checkNow<A extends PasswordAccount>(input: PasswordCheck<A>): Promise<CheckedPassword<A>> {
    const { accountKey, password, origin } = input;
    const attempt = await this.#reserve(accountKey, origin);
    try {
      const [account, kinds] = await Promise.all([input.findAccount(), input.kinds()]);
      const storedHash = account?.passwordHash ?? null;
      const caller = origin.addressKey;
      const check = { password, storedHash, kinds, caller };
      const matches = await passwordMatches(this.#hasher, check);
      // A disabled account must not cost more with the right password than with a wrong one.
      const mayUpgrade = matches && account?.isEnabled !== false;
      const upgradedHash = mayUpgrade ? await this.#upgrade(password, storedHash, caller) : null;
      return { matches, account, attempt, upgradedHash };
    } catch (error) {
      // If even this fails the attempt stays counted, which is the safe side.
      await this.#repository.withdrawLoginAttempt(attempt).catch(() => undefined);
      if (error instanceof SallyportError && error.code === 'password_checks_busy') {
        await this.#repository.recordRefusal({ name: 'sign_in.busy', origin });
      }
      throw error;
    }
  }

  async #reserve(accountKey: string, origin: RequestOrigin): Promise<ReservedAttempt> {
    const { failuresPerAddress, failuresPerAccount } = this.#limits;
    const addressKey = origin.addressKey;
    const reservation = await this.#repository.reserveLoginAttempt({
      accountKey,
      origin,
      limits: [
        {
          key: `address:${addressKey}`,
          rule: { kind: 'per_minute', failures: failuresPerAddress, growing: false },
        },
        {
          key: `account:${accountKey}@${addressKey}`,
          rule: { kind: 'per_minute', failures: failuresPerAccount, growing: true },
        },
      ],
      unfamiliarLimit: {
        key: `unfamiliar:${accountKey}`,
        rule: { kind: 'in_a_row', failures: MAX_UNFAMILIAR_FAILURES },
      },
    });
    if (reservation.outcome === 'reserved') return reservation.attempt;
    const retryAfterSeconds = Math.max(1, Math.ceil(reservation.retryAfterMs / 1000));
    throw new SallyportError('rate_limited', { retryAfterSeconds });
  }

  async #upgrade(
    password: string,
    storedHash: PasswordHash | null,
    caller: string,
  ): Promise<PasswordHash | null> {
    const hasher = this.#hasher;
    if (storedHash === null || hasher.kindOf(storedHash) === hasher.currentKind) return null;
    if (utf8Length(password) > hasher.maxPasswordBytes(hasher.currentKind)) return null;
    return hasher.hash(password, caller);
  }
}
