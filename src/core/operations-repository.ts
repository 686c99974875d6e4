/**
 * The part of the storage interface that operators work through: looking at users and sessions,
 * changing and deleting users, ending sessions, counting. What repository.ts says about every
 * method holds for these too.
 *
 * `mayTouchAdmins` false means: not a user who has the role ADMIN at the moment of the change, and
 * nobody becomes one by it. It is held against the row inside the transition, because a user can
 * have been promoted since anybody looked.
 */

import type { Requester } from './events.ts';
import type { PasswordHash } from './ports.ts';
import type { UserOrigin, UserRecord, UserRole } from './repository.ts';
import type { UsernameKey } from './usernames.ts';

/** A user as operators see one. */
export interface ManagedUser extends UserRecord {
  readonly origin: UserOrigin;
  readonly hasPassword: boolean;
  /** Moves with every change that an operator makes, and with nothing else. */
  readonly version: number;
  readonly liveSessions: number;
}

/** A minus means descending. Users who have never signed in come before all who have. */
export const USER_SORTS = [
  'id',
  '-id',
  'username',
  '-username',
  'created_at',
  '-created_at',
  'last_sign_in_at',
  '-last_sign_in_at',
] as const;

export type UserSort = (typeof USER_SORTS)[number];

/**
 * The place behind a listed user in one sort. `key` is what the sort goes by: the id, the username
 * key, or a time in milliseconds (0 for never).
 */
export interface UserCursor {
  readonly sort: UserSort;
  readonly key: number | string;
  readonly id: number;
}

/** A listed user with the place behind it. */
export interface ListedUser {
  readonly user: ManagedUser;
  readonly cursor: UserCursor;
}

/** A live session as operators see one. */
export interface ManagedSession {
  readonly sessionId: string;
  readonly userId: number;
  readonly username: string;
  readonly createdAtMs: number;
  /** When its tokens were last issued: at sign-in or at the last refresh. */
  readonly refreshedAtMs: number;
  readonly createdAddress: string;
  readonly lastAddress: string;
  readonly userAgent: string;
}

/** The place behind a listed session. Neither part of it ever changes. */
export interface SessionCursor {
  readonly createdAtMs: number;
  readonly sessionId: string;
}

export interface Counts {
  readonly users: {
    readonly total: number;
    readonly enabled: number;
    /** Enabled, with the role ADMIN. */
    readonly enabledAdmins: number;
  };
  readonly liveSessions: number;
  readonly accessTokens: {
    readonly total: number;
    /** Expired and not yet purged. */
    readonly expired: number;
    readonly expiringWithinWeek: number;
  };
  readonly hasBuiltInAdmin: boolean;
  readonly isAuthEnabled: boolean;
  /** From the audit trail; people and the built-in admin together. */
  readonly signIns: {
    readonly succeededLastDay: number;
    readonly failedLastDay: number;
    readonly failedLastHour: number;
    /** Refused by a limit: one for each counter and minute. */
    readonly limitedLastDay: number;
  };
}

/** What keeps a change of a user from happening. */
export type UserChangeRefusal =
  | { readonly outcome: 'not_found' }
  /** The user's version is not the expected one. */
  | { readonly outcome: 'stale' }
  /** It would leave no enabled user with the role ADMIN. */
  | { readonly outcome: 'last_admin' }
  /** The user has the role ADMIN or would get it, and who asks may not touch those. */
  | { readonly outcome: 'permission_denied' };

export type UserChangeOutcome =
  | { readonly outcome: 'changed'; readonly user: ManagedUser; readonly endedSessions: number }
  /** It was so already; nothing has moved. */
  | { readonly outcome: 'unchanged'; readonly user: ManagedUser }
  | UserChangeRefusal;

export type UserDeletionOutcome =
  | { readonly outcome: 'deleted'; readonly endedSessions: number }
  | UserChangeRefusal;

export type UserPasswordOutcome =
  | { readonly outcome: 'replaced'; readonly user: ManagedUser; readonly endedSessions: number }
  | UserChangeRefusal;

export type UserSessionsEndOutcome =
  | { readonly outcome: 'ended'; readonly endedSessions: number }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'permission_denied' };

/** Who a user is at a provider; the subject is nobody else's to know. */
export interface UserIdentity {
  /** By which setting it came. */
  readonly providerId: string;
  readonly linkedAtMs: number;
}

export interface OperationsRepository {
  listIdentities(userId: number): Promise<UserIdentity[]>;
  findManagedUser(id: number): Promise<ManagedUser | null>;
  findManagedUserByKey(usernameKey: UsernameKey): Promise<ManagedUser | null>;
  /**
   * Users behind `after` in the order of `sort`, at most `limit`: one consistent view. What is
   * absent matches all. It reads a few index entries for each user it gives, however many there
   * are, so `keyPrefix` goes with the sorts by username only.
   */
  listManagedUsers(input: {
    keyPrefix?: UsernameKey;
    role?: UserRole;
    isEnabled?: boolean;
    sort: UserSort;
    after?: UserCursor;
    limit: number;
  }): Promise<ListedUser[]>;
  /**
   * Sets what is given of `isEnabled` and `role` in one step and moves the version once. Disabling
   * ends all sessions of the user, expired ones too. Of two callers that would each take away one
   * of the last two enabled admins, one is refused.
   */
  changeUser(input: {
    userId: number;
    isEnabled?: boolean;
    role?: UserRole;
    /** Null for a change of whatever there is. */
    expectedVersion: number | null;
    mayTouchAdmins: boolean;
    by: Requester;
  }): Promise<UserChangeOutcome>;
  /** Replaces the hash, ends all sessions of the user and forgets the account's failures. */
  replacePasswordOfUser(input: {
    userId: number;
    passwordHash: PasswordHash;
    passwordKind: string;
    accountKey: string;
    expectedVersion: number | null;
    mayTouchAdmins: boolean;
    by: Requester;
  }): Promise<UserPasswordOutcome>;
  /**
   * Deletes the user with all sessions, failure counters and known addresses. The name is free
   * again, the id is not; the audit trail keeps what it has.
   */
  deleteUser(input: {
    userId: number;
    accountKey: string;
    expectedVersion: number | null;
    mayTouchAdmins: boolean;
    by: Requester;
  }): Promise<UserDeletionOutcome>;
  /** Ends all sessions of the user, expired ones too. */
  endSessionsOfUser(input: {
    userId: number;
    mayTouchAdmins: boolean;
    by: Requester;
  }): Promise<UserSessionsEndOutcome>;
  /** Live sessions behind `after`, the newest first, at most `limit`. What is absent matches all. */
  listManagedSessions(input: {
    userId?: number;
    /** Leaves out those of admins, of whom there are few: the others are walked as they come. */
    ownerRole?: 'STANDARD';
    after?: SessionCursor;
    limit: number;
  }): Promise<ManagedSession[]>;
  /** Ends a live session, whoever's it is. */
  endManagedSession(input: {
    sessionId: string;
    mayTouchAdmins: boolean;
    by: Requester;
  }): Promise<'ended' | 'not_live' | 'permission_denied'>;
  /**
   * One consistent view. Counts whole tables, which SQLite does by pages, and row by row over an
   * index only what is less: disabled users, ended sessions that are not purged yet, the sign-ins
   * of a day. With a million users and a million sessions, 350,000 of them to be counted row by
   * row, it took 60 ms.
   */
  countEverything(): Promise<Counts>;
}
