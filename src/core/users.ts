/** Accounts of people: how they come to be and how their passwords are set. */

import { SallyportError } from './errors.ts';
import type { Requester } from './events.ts';
import { generatePassword } from './generated-passwords.ts';
import { mayTouchAdmins } from './management-permissions.ts';
import type { ManagedUser, UserChangeRefusal } from './operations-repository.ts';
import type { PasswordChecks } from './password-checks.ts';
import { requirePasswordRule } from './password-matching.ts';
import {
  ADMIN_PASSWORD_MIN_LENGTH,
  brokenUserPasswordRule,
  USER_PASSWORD_MIN_LENGTH,
} from './passwords.ts';
import type { PasswordHash, PasswordHasher, Random } from './ports.ts';
import type { Repository, UserOrigin, UserRecord, UserRole } from './repository.ts';
import { brokenUsernameRule, usernameKey } from './usernames.ts';

/** How many users one page of a listing holds at most. */
const LIST_PAGE = 500;

export interface PasswordPolicy {
  /** The kind of new hashes, such as `bcrypt:10`. */
  readonly hash: string;
  readonly maxBytes: number;
  readonly userMinLength: number;
  readonly adminMinLength: number;
}

export type PasswordReplacement =
  | {
      readonly outcome: 'replaced';
      readonly user: ManagedUser;
      readonly endedSessions: number;
      /** The password that was made here, this once; null for a given one. */
      readonly generated: string | null;
    }
  | UserChangeRefusal;

export class Users {
  readonly #repository: Repository;
  readonly #hasher: PasswordHasher;
  readonly #checks: PasswordChecks;
  readonly #random: Random;

  constructor(deps: {
    repository: Repository;
    hasher: PasswordHasher;
    checks: PasswordChecks;
    random: Random;
  }) {
    this.#random = deps.random;
    this.#repository = deps.repository;
    this.#hasher = deps.hasher;
    this.#checks = deps.checks;
  }

  /** @throws SallyportError `username_rejected`, `password_rejected`, `username_taken` */
  async create(
    input: {
      username: string;
      password: string;
      role: UserRole;
      origin: UserOrigin;
    },
    by: Requester = {},
  ): Promise<UserRecord> {
    const { username, password, role, origin } = input;
    const brokenRule = brokenUsernameRule(username);
    if (brokenRule !== null) throw new SallyportError('username_rejected', { rule: brokenRule });
    const passwordHash = await this.#hashNew(password, by);
    const created = await this.#repository.createUser({
      username,
      usernameKey: usernameKey(username),
      passwordHash,
      passwordKind: this.#hasher.currentKind,
      role,
      origin,
      by,
    });
    if (created.outcome === 'username_taken') throw new SallyportError('username_taken', {});
    return created.user;
  }

  /**
   * Sets the password and ends all of the user's sessions.
   * @returns how many sessions ended
   * @throws SallyportError `password_rejected`, `user_not_found`
   */
  async setPassword(username: string, password: string, by: Requester = {}): Promise<number> {
    const key = usernameKey(username);
    if ((await this.#repository.findUserByKey(key)) === null) {
      throw new SallyportError('user_not_found', {});
    }
    const replaced = await this.#repository.replacePasswordAndEndSessions({
      usernameKey: key,
      passwordHash: await this.#hashNew(password, by),
      passwordKind: this.#hasher.currentKind,
      accountKey: this.#checks.userAccountKey(key),
      by,
    });
    if (replaced.outcome === 'not_found') throw new SallyportError('user_not_found', {});
    return replaced.endedSessions;
  }

  /**
   * The same for one user as an operator has seen them, and with a password made here where none is
   * given. `expectedVersion` null means whatever the version is. Who may is decided by the caller.
   * @throws SallyportError `password_rejected`, `password_checks_busy`
   */
  async replacePassword(input: {
    userId: number;
    password: string | null;
    expectedVersion: number | null;
    by: Requester;
  }): Promise<PasswordReplacement> {
    const { userId, expectedVersion, by } = input;
    const user = await this.#repository.findManagedUser(userId);
    if (user === null) return { outcome: 'not_found' };
    const isStale = expectedVersion !== null && expectedVersion !== user.version;
    // Before the hash, which is the cost of it; the change asks again.
    if (isStale) return { outcome: 'stale' };
    const password = input.password ?? generatePassword(this.#random);
    const outcome = await this.#repository.replacePasswordOfUser({
      userId,
      expectedVersion,
      passwordHash: await this.#hashNew(password, by),
      passwordKind: this.#hasher.currentKind,
      // A name never changes and an id is never given again: this is still theirs.
      accountKey: this.#checks.userAccountKey(usernameKey(user.username)),
      mayTouchAdmins: mayTouchAdmins(by, 'set_passwords'),
      by,
    });
    if (outcome.outcome !== 'replaced') return outcome;
    return { ...outcome, generated: input.password === null ? password : null };
  }

  /** What passwords may be; lengths are code points where they are not bytes. */
  passwordPolicy(): PasswordPolicy {
    return {
      hash: this.#hasher.currentKind,
      maxBytes: this.#hasher.maxPasswordBytes(this.#hasher.currentKind),
      userMinLength: USER_PASSWORD_MIN_LENGTH,
      adminMinLength: ADMIN_PASSWORD_MIN_LENGTH,
    };
  }

  async find(username: string): Promise<UserRecord | null> {
    return this.#repository.findUserByKey(usernameKey(username));
  }

  /** All users by id, a page at a time. */
  async *list(): AsyncGenerator<UserRecord> {
    let afterId = 0;
    for (;;) {
      const page = await this.#repository.listUsers({ afterId, limit: LIST_PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < LIST_PAGE) return;
      afterId = last.id;
    }
  }

  async #hashNew(password: string, { origin }: Requester): Promise<PasswordHash> {
    const maxBytes = this.#hasher.maxPasswordBytes(this.#hasher.currentKind);
    requirePasswordRule(brokenUserPasswordRule(password, maxBytes));
    return this.#hasher.hash(password, origin?.addressKey ?? 'operator');
  }
}
