/**
 * The storage interface. Every method that changes something is one whole state transition:
 * it happens completely or not at all, it is durable when its promise resolves, and concurrent
 * callers (in this process or another on the same database) see it as if they had queued.
 * There is no `transaction()` to compose them with.
 *
 * Each of them also enters what it found into the audit trail, in the same transition, and reports
 * it as a security event once it is durable. That is why callers say who asks, as `by` or `origin`.
 *
 * `test/storage/conformance.ts` holds every implementation to these words.
 *
 * Any method may reject with SallyportError `storage_busy` (others held the database for 5 s;
 * nothing happened) or `storage_unavailable` (the outcome is unknown only if the machine or its
 * disk failed).
 */

import type { AccessTokenRepository } from './access-token-repository.ts';
import type { AuditFilter } from './audit-filters.ts';
import type { ConsoleSessionsRepository } from './console-sessions-repository.ts';
import type {
  Actor,
  Requester,
  RequestOrigin,
  SecurityEvent,
  SecurityEventName,
} from './events.ts';
import type { IdentityRefusal, NameClaim } from './identities.ts';
import type { OperationsRepository } from './operations-repository.ts';
import type { PasswordHash } from './ports.ts';
import type { LimitRule } from './rate-limits.ts';
import type { TransferRepository } from './transfer-repository.ts';
import type { UsernameKey } from './usernames.ts';

export type UserRole = 'ADMIN' | 'STANDARD';
/**
 * How the account came to be: made by an operator, at somebody's first sign-in by a provider, or
 * brought from another system, of which nobody here knows whether it looked at who has which name.
 */
export type UserOrigin = 'operator' | 'environment' | 'provider' | 'imported';

export interface UserRecord {
  readonly id: number;
  readonly username: string;
  readonly role: UserRole;
  readonly isEnabled: boolean;
  readonly createdAtMs: number;
  readonly lastSignInAtMs: number | null;
}

export interface UserCredentials extends UserRecord {
  /** Null for an account that has no password. */
  readonly passwordHash: PasswordHash | null;
}

export interface AdminRecord {
  readonly passwordHash: PasswordHash;
  /** Moves on every password change; an admin JWT carries the generation it was issued under. */
  readonly tokenGeneration: number;
}

export interface AuthSwitchState {
  readonly isEnabled: boolean;
  readonly version: number;
}

/** Everything that a session's current token pair is derived from, byte for byte. */
export interface SessionTokens {
  readonly sessionId: string;
  readonly userId: number;
  readonly username: string;
  /** The role when the pair was issued; what counts is the role in the database. */
  readonly roleIssued: UserRole;
  readonly generation: number;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly accessExpiresAt: number;
  readonly refreshExpiresAt: number;
}

export interface SessionLiveness {
  readonly userId: number;
  readonly username: string;
  readonly role: UserRole;
  readonly isUserEnabled: boolean;
  readonly endedAtMs: number | null;
  /** Unix seconds. */
  readonly refreshExpiresAt: number;
}

/** Token lifetimes in seconds. Bounds are checked by the configuration. */
export interface SessionLifetimes {
  readonly accessTtlSeconds: number;
  readonly refreshTtlSeconds: number;
  /** Rotation renews a session, but never beyond this age. */
  readonly maxAgeSeconds: number;
  /** How long the immediate predecessor of an unused refresh token is answered again. */
  readonly graceSeconds: number;
}

/** One counter that an attempt is entered in, with the rule it is held against. */
export interface CountedLimit {
  readonly key: string;
  readonly rule: LimitRule;
}

/** An attempt that has been entered as a failure until it is settled. */
export interface ReservedAttempt {
  readonly enteredAtMs: number;
  readonly limits: readonly CountedLimit[];
  /** Who tried whom from where, as keys; a success makes the address known to the account. */
  readonly accountKey: string;
  readonly addressKey: string;
}

export type AttemptReservation =
  | { readonly outcome: 'reserved'; readonly attempt: ReservedAttempt }
  | { readonly outcome: 'limited'; readonly limitKey: string; readonly retryAfterMs: number };

export interface SignInInput {
  readonly attempt: ReservedAttempt;
  readonly userId: number;
  /** The hash that the password was checked against: it must still be the stored one. */
  readonly checkedHash: PasswordHash;
  /** A hash of the present kind to store instead, when the old kind is out of date. */
  readonly upgradedHash: PasswordHash | null;
  readonly upgradedKind: string | null;
  readonly sessionId: string;
  readonly lifetimes: SessionLifetimes;
  readonly origin: RequestOrigin;
}

export type SignInOutcome =
  | { readonly outcome: 'signed_in'; readonly tokens: SessionTokens }
  /** The user was disabled or deleted, or the password replaced, while it was being checked. */
  | { readonly outcome: 'credentials_changed' };

/** A sign-in that a provider has proven. */
export interface IdentitySignInInput {
  readonly providerId: string;
  readonly issuer: string;
  readonly subject: string;
  /** The name under which the identity may find or get an account, if it is unknown. */
  readonly claim: NameClaim;
  readonly sessionId: string;
  readonly lifetimes: SessionLifetimes;
  readonly origin: RequestOrigin;
}

export type IdentitySignInOutcome =
  | { readonly outcome: 'signed_in'; readonly tokens: SessionTokens }
  | {
      readonly outcome: 'refused';
      readonly refusal: IdentityRefusal;
      /** Whose account it would have been, if there is one. */
      readonly userId: number | null;
    };

export type RotationOutcome =
  | { readonly outcome: 'rotated'; readonly tokens: SessionTokens }
  /** A retry within the grace period: the same successor again. */
  | { readonly outcome: 'retried'; readonly tokens: SessionTokens }
  /** A replay: the session has been ended by this call. */
  | { readonly outcome: 'reused'; readonly userId: number; readonly reason: ReuseReason }
  | { readonly outcome: 'not_live' };

export type ReuseReason = 'superseded' | 'after_grace' | 'from_the_future';

export type SessionEndReason =
  | 'signed_out'
  | 'refresh_token_reused'
  | 'password_replaced'
  | 'ended_by_operator'
  | 'ended_by_user'
  | 'database_restored';

/** One of a person's live sessions, as that person may see it. */
export interface OwnSession {
  readonly sessionId: string;
  readonly createdAtMs: number;
  /** When its tokens were last issued: at sign-in or at the last refresh. */
  readonly refreshedAtMs: number;
  readonly createdAddress: string;
  /** Where the last refresh came from. */
  readonly lastAddress: string;
  readonly userAgent: string;
}

/** A person who acts in one of their sessions; it must be live in the transition itself. */
export interface ActingSession {
  readonly userId: number;
  readonly actingSessionId: string;
  readonly origin: RequestOrigin;
}

export type OwnPasswordOutcome =
  | { readonly outcome: 'changed'; readonly tokens: SessionTokens; readonly endedSessions: number }
  /** The acting session ended, or the password was replaced, while it was being checked. */
  | { readonly outcome: 'credentials_changed' };

/** One row of the audit trail. It never changes, and goes only when its time is over. */
export interface AuditRecord {
  /** Grows with every row and is never given again. */
  readonly id: number;
  readonly atMs: number;
  readonly name: SecurityEventName;
  readonly actorKind: Actor['kind'];
  /** A user's or an access token's id, or the name of an operator's account on the machine. */
  readonly actorId: string | null;
  /** A user's id, or `admin` for the built-in admin. */
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly accessTokenId: number | null;
  readonly nameHash: string | null;
  readonly reason: string | null;
  readonly endedSessions: number | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly userAgent: string | null;
}

/** What figures count over time. */
export const COUNTED_EVENTS = [
  'admin.sign_in_failed',
  'admin.signed_in',
  'session.refreshed',
  'session.sign_in_failed',
  'session.signed_in',
  'sign_in.limited',
] as const satisfies readonly SecurityEventName[];

/** What one bounded look through the audit trail has found. */
export interface AuditLook<Place> {
  readonly records: AuditRecord[];
  /** Up to where it has looked, found or not; null when nothing is left to look at. */
  readonly lookedTo: Place | null;
}

export interface Repository
  extends AccessTokenRepository,
    ConsoleSessionsRepository,
    OperationsRepository,
    TransferRepository {
  /** Durable and complete, or nothing; `foreign` when the database belongs to other parameters. */
  adoptDatabase(input: {
    paramsFingerprint: string;
    authEnabledAtFirst: boolean;
  }): Promise<'adopted' | 'known' | 'foreign'>;
  /** What the start needs to know before it trusts a parameter file. One consistent read. */
  inspectDatabase(): Promise<{ paramsFingerprint: string | null; holdsPrincipals: boolean }>;
  /** Whether the installation is in another database by now, or not yet wholly in this one. */
  inspectMove(): Promise<{ movedTo: string | null; isInProgress: boolean }>;
  /** Server parameters that are kept in the database, encrypted; null when they are not. */
  readSealedParams(): Promise<string | null>;
  /** Of any number of servers that start at once the first one's hold: those are returned. */
  createSealedParams(sealed: string): Promise<string>;
  replaceSealedParams(sealed: string): Promise<void>;
  /** Puts the database under new parameters and ends every session and every admin JWT. */
  replaceParamsFingerprint(input: { paramsFingerprint: string; by: Requester }): Promise<void>;
  /** Whether the database answers. */
  ping(): Promise<void>;

  /** Missing or unreadable means enabled (contract decision 3). */
  isAuthEnabled(): Promise<boolean>;
  /** As it is stored, never from memory; the version moves each time it is set. */
  readAuthSwitch(): Promise<AuthSwitchState>;
  /** Without an expected version it is set whatever there is. */
  setAuthEnabled(input: {
    isEnabled: boolean;
    expectedVersion?: number | null;
    by: Requester;
  }): Promise<({ outcome: 'set' } & AuthSwitchState) | { outcome: 'stale' }>;

  /**
   * Where answers are kept, one that does not suit is asked for anew: what another server has just
   * issued must not be refused because of what was true before.
   */
  findAdmin(suits?: (kept: AdminRecord) => boolean): Promise<AdminRecord | null>;
  /** At most one admin can ever exist: settled by a primary key, not by a look beforehand. */
  createOnlyAdmin(input: {
    passwordHash: PasswordHash;
    by: Requester;
  }): Promise<'created' | 'already_exists'>;
  /** Replaces the hash, moves the token generation and forgets the account's failures. */
  replaceAdminPassword(input: {
    passwordHash: PasswordHash;
    accountKey: string;
    by: Requester;
  }): Promise<'replaced' | 'not_found'>;
  /** Settles the attempt as a success, if the checked hash is still the stored one. */
  signInAdmin(input: {
    attempt: ReservedAttempt;
    checkedHash: PasswordHash;
    upgradedHash: PasswordHash | null;
    origin: RequestOrigin;
  }): Promise<
    { outcome: 'signed_in'; tokenGeneration: number } | { outcome: 'credentials_changed' }
  >;

  /** Fails with `username_taken` when the key exists: settled by a unique index. */
  createUser(input: {
    username: string;
    usernameKey: UsernameKey;
    passwordHash: PasswordHash | null;
    passwordKind: string | null;
    role: UserRole;
    origin: UserOrigin;
    by: Requester;
  }): Promise<{ outcome: 'created'; user: UserRecord } | { outcome: 'username_taken' }>;
  findUserByKey(usernameKey: UsernameKey): Promise<UserCredentials | null>;
  /** Users by id, after `afterId`, at most `limit`. */
  listUsers(input: { afterId: number; limit: number }): Promise<UserRecord[]>;
  /** Replaces the hash, ends all of the user's sessions and forgets the account's failures. */
  replacePasswordAndEndSessions(input: {
    usernameKey: UsernameKey;
    passwordHash: PasswordHash;
    passwordKind: string;
    accountKey: string;
    by: Requester;
  }): Promise<
    { outcome: 'replaced'; userId: number; endedSessions: number } | { outcome: 'not_found' }
  >;
  /** Kinds of password hash that some user may still have. */
  listPasswordKinds(): Promise<string[]>;

  /**
   * Reads all counters of an attempt and either enters it in each of them or in none.
   * Callers at the same moment are counted one after the other, whatever process they are in.
   */
  reserveLoginAttempt(input: {
    limits: readonly CountedLimit[];
    /** Added to `limits` unless the account has signed in from this address lately. */
    unfamiliarLimit: CountedLimit;
    accountKey: string;
    origin: RequestOrigin;
  }): Promise<AttemptReservation>;
  /** Takes a reserved attempt back, for one whose password was never checked. */
  withdrawLoginAttempt(attempt: ReservedAttempt): Promise<void>;

  /**
   * Opens a session and settles the attempt as a success: the attempt is taken back, the
   * account's counters for this address are cleared, the address becomes known.
   */
  signInUser(input: SignInInput): Promise<SignInOutcome>;
  /**
   * Opens a session for an identity: that of the user it belongs to; else, by the claimed name, of
   * the account that may be linked to it (`mayLink`), or of a new one with role STANDARD. An
   * identity has one user for ever, and a user one identity of an issuer at most: both are unique
   * indexes, so that of any number of callers with one new identity one creates or links.
   */
  signInByIdentity(input: IdentitySignInInput): Promise<IdentitySignInOutcome>;
  /**
   * Refresh token rotation (contract decision 5, RFC 9700 §4.14.2), an atomic move of the
   * generation: of any number of callers with one token, one rotates and the others retry.
   */
  rotateRefreshToken(input: {
    sessionId: string;
    /** Whom the token names, for the record of one whose session is gone. */
    userId: number;
    generation: number;
    lifetimes: SessionLifetimes;
    origin: RequestOrigin;
  }): Promise<RotationOutcome>;
  findSession(sessionId: string): Promise<SessionLiveness | null>;
  /** The same from memory, at once, if it lives and that is certain; null says nothing. */
  recallSession(sessionId: string): SessionLiveness | null;
  /** Ends a live session; `not_live` when it was ended, has expired or never was. */
  endSession(input: {
    sessionId: string;
    reason: SessionEndReason;
    by: Requester;
  }): Promise<'ended' | 'not_live'>;
  /** Ends the session that a refresh token belongs to; a replayed token ends it as `reused`. */
  endSessionByRefreshToken(input: {
    sessionId: string;
    generation: number;
    graceSeconds: number;
    origin: RequestOrigin;
  }): Promise<'ended' | 'reused' | 'not_live'>;

  /** The user's live sessions, the newest issue first, at most `limit`. */
  listLiveSessions(input: { userId: number; limit: number }): Promise<OwnSession[]>;
  /**
   * Ends a live session of the acting user; `not_live` when it is not live or is another's, and
   * when the acting session is not live itself.
   */
  endOwnSession(input: ActingSession & { sessionId: string }): Promise<'ended' | 'not_live'>;
  /** Ends every live session of the user but the acting one, which must be live. */
  endOtherSessions(
    input: ActingSession,
  ): Promise<{ outcome: 'ended'; endedSessions: number } | { outcome: 'not_live' }>;
  /**
   * Replaces the hash if the checked one is still the stored one and the acting session is live,
   * ends all of the user's sessions, opens a new one and settles the attempt as a success.
   */
  changeOwnPassword(
    input: ActingSession & {
      attempt: ReservedAttempt;
      checkedHash: PasswordHash;
      passwordHash: PasswordHash;
      passwordKind: string;
      sessionId: string;
      lifetimes: SessionLifetimes;
    },
  ): Promise<OwnPasswordOutcome>;

  /**
   * Makes a database that came from a backup fit for use: ends every session and every admin JWT,
   * those too that were issued after the backup, and suspends all access tokens if it is told to,
   * whose previous values are then over for good.
   */
  concludeRestore(input: { suspendsAccessTokens: boolean; by: Requester }): Promise<{
    endedSessions: number;
    suspendedAccessTokens: number;
  }>;
  /** Deletes at most `limit` rows of each kind that have expired; says how many went. */
  purgeExpired(limit: number): Promise<number>;
  /**
   * While there are more than `keep` failure counters, deletes those that were touched longest
   * ago, at most `limit` at once; says how many went.
   */
  purgeOldestCounters(input: { keep: number; limit: number }): Promise<number>;

  /**
   * Records a refusal that changed nothing else. Resolves also when the database could not be
   * written: a refusal stands whatever the disk does, and the log has it.
   */
  recordRefusal(event: SecurityEvent): Promise<void>;
  /** The newest events first. */
  listNewestAuditEvents(
    input: Pick<AuditFilter, 'name' | 'subject'> & { limit: number },
  ): Promise<AuditRecord[]>;
  /** Up to which id every event can be read: none with a smaller one comes later. */
  findSettledAuditId(): Promise<number>;
  /** Events with an id above `afterId`, by id; those that a smaller one may still precede wait. */
  listAuditEventsAfter(
    input: Pick<AuditFilter, 'name' | 'subject'> & { afterId: number; limit: number },
  ): Promise<AuditRecord[]>;
  /**
   * Matching events by id, from behind `fromId` up to `toId` itself, downwards for `newest`: at
   * most `limit`, and as many as are found among the next few thousand rows.
   */
  lookForAuditEvents(input: {
    filter: AuditFilter;
    order: 'newest' | 'oldest';
    fromId: number;
    toId: number;
    limit: number;
  }): Promise<AuditLook<number>>;
  /** By time: the ids of the last event before `beforeMs` and of the first one from `fromMs` on. */
  findAuditIdsAround(input: {
    beforeMs: number;
    fromMs: number;
  }): Promise<{ before: number | null; from: number | null }>;
  /**
   * Matching events by time and id: later than `after` in that order, earlier than `untilMs`. At
   * most `limit`, and as many as are found among the next few thousand rows. Of the filter, times
   * are not looked at.
   */
  listAuditEventsBetween(input: {
    after: { atMs: number; id: number };
    untilMs: number;
    filter?: AuditFilter;
    limit: number;
  }): Promise<AuditLook<{ atMs: number; id: number }>>;
  /** How many events there are of each of {@link COUNTED_EVENTS}, behind `afterId` up to `toId`. */
  countAuditEvents(input: {
    afterId: number;
    /** At most a few thousand further. */
    toId: number;
  }): Promise<{ name: (typeof COUNTED_EVENTS)[number]; count: number }[]>;
  /** Deletes at most `limit` events that are older than `keptMs`; says how many went. */
  purgeAuditEvents(input: { keptMs: number; limit: number }): Promise<number>;
}
