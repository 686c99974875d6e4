/** Access tokens of the data folder, a page at a time. */

import type {
  AccessTokenCursor,
  AccessTokenRecord,
  AccessTokenRefusal,
} from '../core/access-token-repository.ts';
import type { NewAccessToken } from '../core/access-tokens.ts';
import { SallyportError } from '../core/errors.ts';
import { MAX_PAGE } from '../core/operations.ts';
import { formatPermissions, parsePermissions } from '../core/permissions.ts';
import type { OpenedSallyport } from './context.ts';
import { CommandFailure } from './failures.ts';
import type { CreatedToken, ListedToken, TokenTarget } from './operator-target.ts';

/** Nobody is named as the one who acts: the wiring has the operator act for the process. */
const BY_OPERATOR = {};

export function localTokens({ accessTokens }: OpenedSallyport): TokenTarget {
  const by = BY_OPERATOR;
  const toListed = (record: AccessTokenRecord): ListedToken => ({
    id: record.id,
    name: record.name,
    description: record.description,
    permission: formatPermissions(record.permissions),
    createdAtMs: record.createdAtMs,
    expiresAtMs: record.expiresAtMs,
    lastUsedAtMs: record.lastUsedAtMs,
    rotatedAtMs: record.rotatedAtMs,
    state: accessTokens.stateOf(record),
    isSuspended: record.suspendedAtMs !== null,
    previous: record.previous,
    version: record.version,
  });
  const toCreated = (token: NewAccessToken): CreatedToken => ({
    ...toListed(token),
    raw: token.raw,
  });
  return {
    create: async ({ permissions, ...input }) => {
      const mask = parsePermissions(permissions.join(',')) ?? 0;
      return toCreated(await accessTokens.create({ ...input, permissions: mask }, by));
    },
    list: async function* (wanted): AsyncGenerator<ListedToken> {
      let cursor: AccessTokenCursor | null = null;
      do {
        const page = await accessTokens.listPage({ ...wanted, cursor, limit: MAX_PAGE });
        yield* page.tokens.map(toListed);
        cursor = page.nextCursor;
      } while (cursor !== null);
    },
    find: async (id) => {
      const found = await accessTokens.find(id);
      return found === null ? null : toListed(found);
    },
    rotate: async (id, overlapSeconds) => {
      const rotated = await accessTokens.rotateWithOverlap({ id, overlapSeconds, by });
      if (rotated.outcome === 'rotated') return toCreated(rotated.token);
      throw refusalOf(rotated);
    },
    endOverlap: async (id) => {
      const outcome = await accessTokens.endOverlap({ id, by });
      if ('record' in outcome) return toListed(outcome.record);
      throw refusalOf(outcome);
    },
    edit: async (id, texts) => {
      const outcome = await accessTokens.change({ id, ...texts, by });
      if ('record' in outcome) return toListed(outcome.record);
      throw refusalOf(outcome);
    },
    delete: (id) => accessTokens.delete(id, by),
  };
}

/** Stale is nothing here: an operator says what is wanted, whatever others have changed meanwhile. */
function refusalOf({ outcome }: AccessTokenRefusal): Error {
  if (outcome === 'not_found') return new SallyportError('access_token_not_found', {});
  const line = 'Somebody else has just changed this access token; look and try again.';
  return new CommandFailure('changed_meanwhile', [line]);
}
