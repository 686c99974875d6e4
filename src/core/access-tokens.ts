/**
 * Access tokens for machines (contract 1): made, listed, rotated, deleted, recognised.
 * The raw value leaves this module once, when it is made; what is kept is a keyed hash.
 */

import {
  type AccessTokenListing,
  type AccessTokenPage,
  type AccessTokenState,
  accessTokenStateOf,
  listAccessTokenPage,
} from './access-token-listings.ts';
import type {
  AccessTokenChange,
  AccessTokenChangeOutcome,
  AccessTokenRecord,
  AccessTokenRefusal,
  AccessTokenRepository,
  AccessTokenUse,
  StoredAccessToken,
} from './access-token-repository.ts';
import { SallyportError } from './errors.ts';
import type { Requester } from './events.ts';
import type { AccessTokenCodec, AccessTokenHash, Clock, RawAccessToken } from './ports.ts';
import { RecentlyUsed } from './recently-used.ts';

/** A hundred years, the contract's bound on `expires_in_seconds`. */
export const MAX_ACCESS_TOKEN_TTL_SECONDS = 3_153_600_000;

/** Thirty days: an overlap is for moving over, and two values are two to lose. */
export const MAX_OVERLAP_SECONDS = 2_592_000;

/** Longest texts in code points; contract 1 names no bounds of its own. */
export const MAX_ACCESS_TOKEN_NAME_LENGTH = 255;
export const MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH = 4096;

/** The record together with its raw value, which cannot be had again. */
export type NewAccessToken = AccessTokenRecord & { readonly raw: RawAccessToken };

export type RotatedAccessToken =
  | { readonly outcome: 'rotated'; readonly token: NewAccessToken }
  | AccessTokenRefusal;

/** Which of a token's values something is. */
type Which = 'present' | 'previous' | 'none';

interface GenuineValue {
  readonly publicId: string;
  readonly hash: AccessTokenHash;
  /** The record that it was compared with, and what came of it. */
  readonly token: StoredAccessToken;
  readonly isWhich: Which;
}

type GatheredUse = { -readonly [K in keyof AccessTokenUse]: AccessTokenUse[K] };

/** As many as there are services with a token of their own; at about a kilobyte each. */
const MAX_GENUINE = 20_000;

/** Last uses in one transition: nobody else is answered while SQLite writes them. */
const MAX_USES_AT_ONCE = 256;

export class AccessTokens {
  readonly #repository: AccessTokenRepository;
  readonly #codec: AccessTokenCodec;
  readonly #clock: Clock;
  /** Uses that are not written yet, by the value that was used. */
  readonly #uses = new Map<AccessTokenHash, GatheredUse>();
  #flushing: Promise<void> = Promise.resolve();
  /** Values that were found genuine, by their whole text; whether they live is asked each time. */
  readonly #genuine = new RecentlyUsed<string, GenuineValue>(MAX_GENUINE);

  constructor(deps: {
    repository: AccessTokenRepository;
    codec: AccessTokenCodec;
    clock: Clock;
  }) {
    this.#repository = deps.repository;
    this.#codec = deps.codec;
    this.#clock = deps.clock;
  }

  /** `expiresInSeconds` null makes a token that does not expire. */
  async create(
    input: {
      name: string;
      description: string;
      permissions: number;
      expiresInSeconds: number | null;
    },
    by: Requester,
  ): Promise<NewAccessToken> {
    const { raw, publicId, hash } = this.#codec.mint();
    const record = await this.#repository.createAccessToken({
      ...input,
      publicId,
      secretHash: hash,
      by,
    });
    return { ...record, raw };
  }

  list(): Promise<AccessTokenRecord[]> {
    return this.#repository.listAccessTokens();
  }

  /** A page for operators. @throws SallyportError `listing_rejected` */
  listPage(listing: AccessTokenListing): Promise<AccessTokenPage> {
    return listAccessTokenPage({ repository: this.#repository, clock: this.#clock }, listing);
  }

  stateOf(token: AccessTokenRecord): AccessTokenState {
    return accessTokenStateOf(token, this.#clock.nowMs());
  }

  find(id: number): Promise<AccessTokenRecord | null> {
    return this.#repository.findAccessTokenById(id);
  }

  /**
   * The old value is dead at once, and an older one with it.
   * @throws SallyportError `access_token_not_found`, `access_token_expired`
   */
  async rotate(id: number, by: Requester): Promise<NewAccessToken> {
    const rotated = await this.rotateWithOverlap({ id, by, overlapSeconds: 0 });
    if (rotated.outcome === 'rotated') return rotated.token;
    throw new SallyportError('access_token_not_found', {});
  }

  /**
   * The old value lives on for `overlapSeconds` (0 to {@link MAX_OVERLAP_SECONDS}), but never
   * longer than the token.
   * @throws SallyportError `access_token_expired`, `access_token_suspended`
   */
  async rotateWithOverlap(
    change: AccessTokenChange & { overlapSeconds: number },
  ): Promise<RotatedAccessToken> {
    const current = await this.#repository.findAccessTokenById(change.id);
    if (current === null) return { outcome: 'not_found' };
    const { raw, hash } = this.#codec.mint(current.publicId);
    const rotated = await this.#repository.rotateAccessToken({ ...change, secretHash: hash });
    if (rotated.outcome === 'expired') throw new SallyportError('access_token_expired', {});
    if (rotated.outcome === 'suspended') throw new SallyportError('access_token_suspended', {});
    if (rotated.outcome !== 'rotated') return rotated;
    return { outcome: 'rotated', token: { ...rotated.record, raw } };
  }

  endOverlap(change: AccessTokenChange): Promise<AccessTokenChangeOutcome> {
    return this.#repository.endAccessTokenOverlap(change);
  }

  /** Texts in the bounds above; what is not given stays. */
  change(
    change: AccessTokenChange & { name?: string; description?: string },
  ): Promise<AccessTokenChangeOutcome> {
    return this.#repository.changeAccessToken(change);
  }

  /** @throws SallyportError `access_token_not_found` */
  async delete(id: number, by: Requester): Promise<void> {
    const outcome = await this.#repository.deleteAccessToken({ id, by });
    if (outcome === 'not_found') throw new SallyportError('access_token_not_found', {});
  }

  deleteVersion(change: AccessTokenChange): Promise<'deleted' | AccessTokenRefusal['outcome']> {
    return this.#repository.deleteAccessToken(change);
  }

  /** Lets all tokens that a restore has suspended authenticate again; says how many those were. */
  acceptSuspended(by: Requester): Promise<number> {
    return this.#repository.acceptSuspendedAccessTokens({ by });
  }

  /**
   * The record that a presented value belongs to, if it is genuine and has not expired: its present
   * value, or the one before while their overlap lasts.
   */
  async authenticate(presented: string): Promise<AccessTokenRecord | null> {
    const parsed = this.#genuine.get(presented) ?? this.#codec.parse(presented);
    if (parsed === null) return null;
    const { publicId, hash } = parsed;
    const isOfIt = (one: StoredAccessToken) => this.#compare(one, hash) !== 'none';
    const token = await this.#repository.findAccessToken(publicId, isOfIt);
    if (token === null) return null;
    const isWhich = this.#compare(token, hash);
    if (!this.#isAlive(token, isWhich)) return null;
    this.#genuine.set(presented, { publicId, hash, token, isWhich });
    return this.#used(token, hash);
  }

  /**
   * What {@link authenticate} would say, at once: the value was compared before with the very
   * record that is kept, and that nothing has changed it is certain. Null says nothing.
   */
  recall(presented: string): AccessTokenRecord | null {
    const known = this.#genuine.get(presented);
    if (known === undefined) return null;
    const token = this.#repository.recallAccessToken(known.publicId);
    if (token === null || token !== known.token || !this.#isAlive(token, known.isWhich))
      return null;
    return this.#used(token, known.hash);
  }

  /** Compares with both values in any case, so that the time says nothing about either. */
  #compare({ secretHash, previousHash }: StoredAccessToken, hash: AccessTokenHash): Which {
    const isPresent = this.#codec.hashesMatch(hash, secretHash);
    const isPrevious = this.#codec.hashesMatch(hash, previousHash ?? secretHash);
    if (isPresent) return 'present';
    return isPrevious && previousHash !== null ? 'previous' : 'none';
  }

  #isAlive({ expiresAtMs, previous }: StoredAccessToken, isWhich: Which): boolean {
    if (isWhich === 'none') return false;
    const nowMs = this.#clock.nowMs();
    if (expiresAtMs !== null && nowMs >= expiresAtMs) return false;
    return isWhich === 'present' || (previous !== null && nowMs < previous.expiresAtMs);
  }

  #used(token: StoredAccessToken, secretHash: AccessTokenHash): AccessTokenRecord {
    const usedAtMs = this.#clock.nowMs();
    const use = this.#uses.get(secretHash);
    if (use === undefined) this.#uses.set(secretHash, { id: token.id, secretHash, usedAtMs });
    else use.usedAtMs = usedAtMs;
    return token;
  }

  /**
   * Writes the last uses that have gathered since the last call: a write on every request would
   * make each check as slow as the disk. Kept for the next call on failure. Called meanwhile, it
   * resolves after what is under way.
   */
  flushUses(): Promise<void> {
    const flush = this.#flushing.catch(() => undefined).then(() => this.#flushNow());
    this.#flushing = flush;
    return flush;
  }

  async #flushNow(): Promise<void> {
    // Neighbours in the table, so that one transition changes few pages.
    const uses = [...this.#uses.values()].sort((one, other) => one.id - other.id);
    this.#uses.clear();
    try {
      while (uses.length > 0) {
        await this.#repository.recordAccessTokenUses(uses.slice(0, MAX_USES_AT_ONCE));
        uses.splice(0, MAX_USES_AT_ONCE);
      }
    } catch (error) {
      for (const use of uses) {
        if (!this.#uses.has(use.secretHash)) this.#uses.set(use.secretHash, use);
      }
      throw error;
    }
  }
}
