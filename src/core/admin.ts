/**
 * The built-in admin: the one account of contract 1, its password and its JWTs.
 * Whether a call is local enough to create or reset it is decided before it gets here.
 */

import { SallyportError } from './errors.ts';
import type { RequestOrigin } from './events.ts';
import type { PasswordChecks } from './password-checks.ts';
import { requirePasswordRule } from './password-matching.ts';
import { brokenAdminPasswordRule } from './passwords.ts';
import type { Clock, PasswordHasher, TokenSigner } from './ports.ts';
import type { AdminRecord, Repository } from './repository.ts';

/** Lifetime of an admin JWT (contract 1: `expires_in`). */
export const ADMIN_TOKEN_TTL_SECONDS = 3600;

const ADMIN_TOKEN_TYPE = 'admin';

export class Admin {
  readonly #repository: Repository;
  readonly #hasher: PasswordHasher;
  readonly #checks: PasswordChecks;
  readonly #signer: TokenSigner;
  readonly #clock: Clock;
  readonly #issuer: string;
  #creation: Promise<unknown> = Promise.resolve();

  constructor(deps: {
    repository: Repository;
    hasher: PasswordHasher;
    checks: PasswordChecks;
    adminSigner: TokenSigner;
    clock: Clock;
    issuer: string;
  }) {
    this.#repository = deps.repository;
    this.#hasher = deps.hasher;
    this.#checks = deps.checks;
    this.#signer = deps.adminSigner;
    this.#clock = deps.clock;
    this.#issuer = deps.issuer;
  }

  async exists(): Promise<boolean> {
    return (await this.#repository.findAdmin()) !== null;
  }

  /**
   * Creates the only admin. Calls queue before hashing, so that a burst costs one hash and not
   * one each (contract decision 16).
   * @throws SallyportError `password_rejected`, `admin_already_exists`, `password_checks_busy`
   */
  async create(password: string, origin?: RequestOrigin): Promise<void> {
    requirePasswordRule(this.#brokenRule(password));
    const created = this.#creation.then(() => this.#createNow(password, origin));
    this.#creation = created.catch(() => undefined);
    await created;
  }

  async #createNow(password: string, origin?: RequestOrigin): Promise<void> {
    if (await this.exists()) throw new SallyportError('admin_already_exists', {});
    const passwordHash = await this.#hasher.hash(password, origin?.addressKey ?? 'operator');
    const outcome = await this.#repository.createOnlyAdmin({
      passwordHash,
      by: origin ? { origin } : {},
    });
    if (outcome === 'already_exists') throw new SallyportError('admin_already_exists', {});
  }

  /**
   * Sets the password and ends every admin JWT.
   * @throws SallyportError `password_rejected`, `admin_not_found`, `password_checks_busy`
   */
  async resetPassword(password: string, origin?: RequestOrigin): Promise<void> {
    requirePasswordRule(this.#brokenRule(password));
    if (!(await this.exists())) throw new SallyportError('admin_not_found', {});
    const passwordHash = await this.#hasher.hash(password, origin?.addressKey ?? 'operator');
    const accountKey = this.#checks.adminAccountKey();
    const by = origin ? { origin } : {};
    const outcome = await this.#repository.replaceAdminPassword({ passwordHash, accountKey, by });
    if (outcome === 'not_found') throw new SallyportError('admin_not_found', {});
  }

  /**
   * @returns a JWT that lives {@link ADMIN_TOKEN_TTL_SECONDS}
   * @throws SallyportError `credentials_invalid`, `rate_limited`, `password_checks_busy`
   */
  async signIn(password: string, origin: RequestOrigin): Promise<string> {
    const checked = await this.#checks.check({
      accountKey: this.#checks.adminAccountKey(),
      password,
      origin,
      kinds: async () => [],
      // Never a kept one: a password that another server has just set is already the right one.
      findAccount: () => this.#repository.findAdmin(() => false),
    });
    if (checked.matches && checked.account !== null) {
      const signedIn = await this.#repository.signInAdmin({
        attempt: checked.attempt,
        checkedHash: checked.account.passwordHash,
        upgradedHash: checked.upgradedHash,
        origin,
      });
      if (signedIn.outcome === 'signed_in') {
        return this.#issueToken(signedIn.tokenGeneration);
      }
    }
    const failure = { name: 'admin.sign_in_failed', origin, subject: 'admin' } as const;
    await this.#repository.recordRefusal(failure);
    throw new SallyportError('credentials_invalid', {});
  }

  /** Whether this is an admin JWT that has neither expired nor been ended by a new password. */
  async isLiveToken(token: string): Promise<boolean> {
    return (await this.readLiveToken(token)) !== null;
  }

  /** How long ago the password was entered for it, give or take a second; null if it is dead. */
  async readLiveToken(token: string): Promise<{ ageMs: number } | null> {
    const claims = this.#signer.verify(token);
    if (claims === null || !this.#hasAdminShape(claims)) return null;
    const isOfIt = (admin: AdminRecord) => admin.tokenGeneration === claims.gen;
    const admin = await this.#repository.findAdmin(isOfIt);
    if (admin === null || !isOfIt(admin)) return null;
    // One that says nothing is as old as it can be.
    const { iat } = claims;
    const isSaid = typeof iat === 'number' && Number.isFinite(iat);
    return { ageMs: isSaid ? this.#clock.nowMs() - iat * 1000 : Number.POSITIVE_INFINITY };
  }

  #hasAdminShape(claims: Record<string, unknown>): boolean {
    const { exp } = claims;
    return (
      claims.token_type === ADMIN_TOKEN_TYPE &&
      claims.iss === this.#issuer &&
      claims.sub === 'admin' &&
      typeof exp === 'number' &&
      Number.isSafeInteger(exp) &&
      this.#clock.nowMs() < exp * 1000
    );
  }

  #issueToken(generation: number): string {
    const issuedAt = Math.floor(this.#clock.nowMs() / 1000);
    return this.#signer.sign({
      sub: 'admin',
      username: 'admin',
      token_type: ADMIN_TOKEN_TYPE,
      iss: this.#issuer,
      iat: issuedAt,
      exp: issuedAt + ADMIN_TOKEN_TTL_SECONDS,
      gen: generation,
    });
  }

  #brokenRule(password: string) {
    const maxBytes = this.#hasher.maxPasswordBytes(this.#hasher.currentKind);
    return brokenAdminPasswordRule(password, maxBytes);
  }
}
