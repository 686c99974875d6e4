/**
 * Access tokens for machines (contract 1): made, listed, rotated, deleted, recognised.
 * The raw value leaves this module once, when it is made; what is kept is a keyed hash.
 */

import { SallyportError } from './errors.ts';
import type { Requester } from './events.ts';
import type { AccessTokenCodec, Clock, RawAccessToken } from './ports.ts';
import type { AccessTokenRecord, Repository, StoredAccessToken } from './repository.ts';

/** A hundred years, the contract's bound on `expires_in_seconds`. */
export const MAX_ACCESS_TOKEN_TTL_SECONDS = 3_153_600_000;

/** Longest texts in code points; contract 1 names no bounds of its own. */
export const MAX_ACCESS_TOKEN_NAME_LENGTH = 255;
export const MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH = 4096;

/** The record together with its raw value, which cannot be had again. */
export type NewAccessToken = AccessTokenRecord & { readonly raw: RawAccessToken };

export class AccessTokens {
  readonly #repository: Repository;
  readonly #codec: AccessTokenCodec;
  readonly #clock: Clock;
  readonly #uses = new Map<number, number>();

  constructor(deps: {
    repository: Repository;
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

  /** @throws SallyportError `access_token_not_found`, `access_token_expired` */
  async rotate(id: number, by: Requester): Promise<NewAccessToken> {
    const current = await this.#repository.findAccessTokenById(id);
    if (current === null) throw new SallyportError('access_token_not_found', {});
    const { raw, hash } = this.#codec.mint(current.publicId);
    const rotated = await this.#repository.rotateAccessToken({ id, secretHash: hash, by });
    if (rotated.outcome === 'expired') throw new SallyportError('access_token_expired', {});
    if (rotated.outcome === 'not_found') throw new SallyportError('access_token_not_found', {});
    return { ...rotated.record, raw };
  }

  /** @throws SallyportError `access_token_not_found` */
  async delete(id: number, by: Requester): Promise<void> {
    const outcome = await this.#repository.deleteAccessToken({ id, by });
    if (outcome === 'not_found') throw new SallyportError('access_token_not_found', {});
    this.#uses.delete(id);
  }

  /** Lets all tokens that a restore has suspended authenticate again; says how many those were. */
  acceptSuspended(by: Requester): Promise<number> {
    return this.#repository.acceptSuspendedAccessTokens({ by });
  }

  /** The record that a presented value belongs to, if it is genuine and has not expired. */
  async authenticate(presented: string): Promise<AccessTokenRecord | null> {
    const parsed = this.#codec.parse(presented);
    if (parsed === null) return null;
    const isOfIt = (token: StoredAccessToken) =>
      this.#codec.hashesMatch(parsed.hash, token.secretHash);
    const stored = await this.#repository.findAccessToken(parsed.publicId, isOfIt);
    if (stored === null || !isOfIt(stored)) return null;
    const nowMs = this.#clock.nowMs();
    if (stored.expiresAtMs !== null && nowMs >= stored.expiresAtMs) return null;
    this.#uses.set(stored.id, nowMs);
    return stored;
  }

  /**
   * Writes the last uses that have gathered since the last call, all in one transition: a write
   * on every request would make each check as slow as the disk. Kept for the next call on failure.
   */
  async flushUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = [...this.#uses].map(([id, usedAtMs]) => ({ id, usedAtMs }));
    this.#uses.clear();
    try {
      await this.#repository.recordAccessTokenUses(uses);
    } catch (error) {
      for (const { id, usedAtMs } of uses) {
        if (!this.#uses.has(id)) this.#uses.set(id, usedAtMs);
      }
      throw error;
    }
  }
}
