/**
 * The part of the storage interface that many users go in and out through. What repository.ts says
 * about every method holds for these too.
 */

import type { Requester } from './events.ts';
import type { PasswordHash } from './ports.ts';
import type { UserOrigin, UserRole } from './repository.ts';
import type { UsernameKey } from './usernames.ts';

/** Who a user is at a provider. */
export interface LinkedIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** By which setting it came; the issuer is what counts. */
  readonly providerId: string;
  readonly linkedAtMs: number;
}

/** A user as another system or another installation knows one. */
export interface IncomingUser {
  readonly username: string;
  readonly usernameKey: UsernameKey;
  /** Null together with the kind, for who has no password. */
  readonly passwordHash: PasswordHash | null;
  readonly passwordKind: string | null;
  readonly role: UserRole;
  readonly isEnabled: boolean;
  readonly origin: UserOrigin;
  /** Null for now. */
  readonly createdAtMs: number | null;
  readonly lastSignInAtMs: number | null;
  /** At most one of an issuer. */
  readonly identities: readonly LinkedIdentity[];
}

export type IncomingOutcome =
  | 'created'
  /** The name is taken. */
  | 'exists'
  /** One of the identities is somebody else's. */
  | 'identity_taken'
  /** One more kind of hash would be more than there may be. */
  | 'too_many_kinds';

/** Everything about a user that another installation needs. */
export interface OutgoingUser {
  readonly id: number;
  readonly username: string;
  readonly role: UserRole;
  readonly isEnabled: boolean;
  readonly origin: UserOrigin;
  readonly createdAtMs: number;
  readonly lastSignInAtMs: number | null;
  readonly passwordHash: PasswordHash | null;
  readonly identities: readonly LinkedIdentity[];
}

/** How many kinds of hash there may be, those counted that are there whatever users have. */
export interface KindLimit {
  readonly maxKinds: number;
  readonly presentKinds: readonly string[];
}

export interface TransferRepository {
  /**
   * Adds those of `users` that can be added, each wholly or not at all, and says for each what
   * became of it. No two of them have the same key.
   */
  importUsers(
    input: KindLimit & { users: readonly IncomingUser[]; by: Requester },
  ): Promise<IncomingOutcome[]>;
  /** What {@link importUsers} would say, without adding anybody. */
  checkUsers(input: KindLimit & { users: readonly IncomingUser[] }): Promise<IncomingOutcome[]>;
  /** That all users, hashes included, are about to be given out. */
  recordUserExport(input: { by: Requester }): Promise<void>;
  /** Users behind `afterId` by id, at most `limit`: one consistent view of them. */
  listOutgoingUsers(input: { afterId: number; limit: number }): Promise<OutgoingUser[]>;
}
