/**
 * The part of the storage interface that access tokens live in. What repository.ts says about every
 * method holds for these too.
 */

import type { Requester } from './events.ts';
import type { AccessTokenHash } from './ports.ts';

export interface AccessTokenRecord {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: number;
  readonly createdAtMs: number;
  /** Null when it does not expire. */
  readonly expiresAtMs: number | null;
  /**
   * When its present value was last used; null when never. Uses are written every few seconds, and
   * when a server ends.
   */
  readonly lastUsedAtMs: number | null;
  /** When it got its present value; null for the first one. */
  readonly rotatedAtMs: number | null;
  /** Since when a restored token waits to be accepted; null for one that is in use. */
  readonly suspendedAtMs: number | null;
  /** The value before, while it still lives: until the end of an overlap. */
  readonly previous: PreviousTokenValue | null;
  /** Moves with every change that an operator makes, and with nothing else. */
  readonly version: number;
}

export interface PreviousTokenValue {
  /** Never later than the token's own. */
  readonly expiresAtMs: number;
  readonly lastUsedAtMs: number | null;
}

export interface StoredAccessToken extends AccessTokenRecord {
  readonly secretHash: AccessTokenHash;
  /** Kept longer than it lives: whoever compares with it looks at `previous.expiresAtMs` too. */
  readonly previousHash: AccessTokenHash | null;
}

/** One use of an access token, by the value that was presented. */
export interface AccessTokenUse {
  readonly id: number;
  readonly secretHash: AccessTokenHash;
  readonly usedAtMs: number;
}

/** One access token to be changed, by whom. */
export interface AccessTokenChange {
  readonly id: number;
  /** Null or absent for a change of whatever there is. */
  readonly expectedVersion?: number | null;
  readonly by: Requester;
}

/** What keeps a change of an access token from happening. */
export type AccessTokenRefusal =
  | { readonly outcome: 'not_found' }
  /** Its version is not the expected one. */
  | { readonly outcome: 'stale' };

export type AccessTokenRotationOutcome =
  | { readonly outcome: 'rotated'; readonly record: AccessTokenRecord }
  | { readonly outcome: 'expired' }
  /** It waits to be accepted after a restore, and its value must not live on beside a new one. */
  | { readonly outcome: 'suspended' }
  | AccessTokenRefusal;

export type AccessTokenChangeOutcome =
  | { readonly outcome: 'changed'; readonly record: AccessTokenRecord }
  /** It was so already; nothing has moved. */
  | { readonly outcome: 'unchanged'; readonly record: AccessTokenRecord }
  | AccessTokenRefusal;

/** A minus means descending. What never expires comes last, what was never used first. */
export const ACCESS_TOKEN_SORTS = [
  'id',
  '-id',
  'name',
  '-name',
  'created_at',
  '-created_at',
  'expires_at',
  '-expires_at',
  'last_used_at',
  '-last_used_at',
] as const;

export type AccessTokenSort = (typeof ACCESS_TOKEN_SORTS)[number];

/**
 * The place behind a listed token in one sort. `key` is what the sort goes by: the id, the name
 * with small letters for A to Z, or a time in milliseconds: for `expires_at` the greatest safe
 * integer for never, for `last_used_at` 0 for never.
 */
export interface AccessTokenCursor {
  readonly sort: AccessTokenSort;
  readonly key: number | string;
  readonly id: number;
}

/** Which keys of a sort are wanted: from the first on, before the second. Absent: all. */
export interface AccessTokenRange {
  readonly from: number | string;
  readonly to: number | string;
}

/** A listed token with the place behind it. */
export interface ListedAccessToken {
  readonly token: AccessTokenRecord;
  readonly cursor: AccessTokenCursor;
}

export interface AccessTokenRepository {
  createAccessToken(input: {
    publicId: string;
    secretHash: AccessTokenHash;
    name: string;
    description: string;
    permissions: number;
    expiresInSeconds: number | null;
    by: Requester;
  }): Promise<AccessTokenRecord>;
  /** All of them by id, expired ones included. */
  listAccessTokens(): Promise<AccessTokenRecord[]>;
  /** Null for a suspended one too: it authenticates as if it did not exist. */
  findAccessToken(
    publicId: string,
    suits?: (kept: StoredAccessToken) => boolean,
  ): Promise<StoredAccessToken | null>;
  /** The same from memory, at once, if it lives and that is certain; null says nothing. */
  recallAccessToken(publicId: string): StoredAccessToken | null;
  findAccessTokenById(id: number): Promise<AccessTokenRecord | null>;
  /**
   * Access tokens behind `after` in the order of `sort`, at most `limit`: one consistent view. It
   * reads as many entries of an index as it gives, however many tokens there are.
   */
  listAccessTokenPage(input: {
    sort: AccessTokenSort;
    range?: AccessTokenRange;
    after?: AccessTokenCursor;
    limit: number;
  }): Promise<ListedAccessToken[]>;
  /**
   * Replaces the secret and nothing else. The old value is dead when this resolves, or lives on for
   * `overlapSeconds` (0 unless given), but never longer than the token; an older one that was still
   * alive is dead in either case, so that two values live at most. A suspended token is in use
   * again: nobody but the caller has the new value.
   */
  rotateAccessToken(
    input: AccessTokenChange & { secretHash: AccessTokenHash; overlapSeconds?: number },
  ): Promise<AccessTokenRotationOutcome>;
  /** Ends the previous value now; `unchanged` when there is none. */
  endAccessTokenOverlap(input: AccessTokenChange): Promise<AccessTokenChangeOutcome>;
  /** Sets what is given of both. */
  changeAccessToken(
    input: AccessTokenChange & { name?: string; description?: string },
  ): Promise<AccessTokenChangeOutcome>;
  /** Both values are dead when this resolves. */
  deleteAccessToken(input: AccessTokenChange): Promise<'deleted' | AccessTokenRefusal['outcome']>;
  /** Lets all suspended access tokens authenticate again; says how many those were. */
  acceptSuspendedAccessTokens(input: { by: Requester }): Promise<number>;
  /**
   * Moves last use forward for many tokens at once, never back: of the present value or of the
   * previous one, whichever was used. A use of one that is dead by now is dropped.
   */
  recordAccessTokenUses(uses: readonly AccessTokenUse[]): Promise<void>;
}
