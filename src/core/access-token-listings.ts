/**
 * Access tokens as operators list them: by state, by how the name begins, in every order. What a
 * state is depends on the time, so no index has it; a listing walks the one of its sort and leaves
 * out what it does not show, and gives a short page rather than walk without end.
 */

import type {
  AccessTokenCursor,
  AccessTokenRange,
  AccessTokenRecord,
  AccessTokenRepository,
  AccessTokenSort,
} from './access-token-repository.ts';
import { SallyportError } from './errors.ts';
import { requireLimit } from './operations.ts';
import type { Clock } from './ports.ts';

/** Of two that hold of a token, the one before: an expired one is of no use once accepted. */
export type AccessTokenState = 'expired' | 'suspended' | 'live';

/** What a listing can be narrowed to; `expiring` are live ones that expire within a week. */
export const ACCESS_TOKEN_FILTERS = ['live', 'expired', 'expiring', 'suspended'] as const;

export type AccessTokenFilter = (typeof ACCESS_TOKEN_FILTERS)[number];

export const EXPIRING_WITHIN_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Rows that one page looks at, at most. Where fewer of them are shown than were asked for, the page
 * is short and has a cursor still.
 */
const MAX_EXAMINED = 5_000;
/** Read at once; between two the process does other things. */
const CHUNK = 1_000;

export interface AccessTokenListing {
  /** How the name begins, A to Z as a to z; goes with the sorts by name only. */
  readonly prefix?: string;
  readonly state?: AccessTokenFilter;
  /** `name` with a prefix, `expires_at` for what has expired or will soon, `id` otherwise. */
  readonly sort?: AccessTokenSort;
  /** Where the page before ended; of the same sort. */
  readonly cursor?: AccessTokenCursor | null;
  /** 1 to MAX_PAGE. */
  readonly limit: number;
}

export interface AccessTokenPage {
  readonly tokens: readonly AccessTokenRecord[];
  /** Null on the last page. */
  readonly nextCursor: AccessTokenCursor | null;
}

export function accessTokenStateOf(
  { expiresAtMs, suspendedAtMs }: Pick<AccessTokenRecord, 'expiresAtMs' | 'suspendedAtMs'>,
  nowMs: number,
): AccessTokenState {
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return 'expired';
  return suspendedAtMs === null ? 'live' : 'suspended';
}

/** Whether a live token expires within {@link EXPIRING_WITHIN_MS}. */
export function isExpiring(
  token: Pick<AccessTokenRecord, 'expiresAtMs' | 'suspendedAtMs'>,
  nowMs: number,
): boolean {
  const { expiresAtMs } = token;
  const isSoon = expiresAtMs !== null && expiresAtMs <= nowMs + EXPIRING_WITHIN_MS;
  return isSoon && accessTokenStateOf(token, nowMs) === 'live';
}

/**
 * The key that names are sorted and found by: A to Z as a to z, all else as it is. Names of tokens
 * are labels and need not be unique, so nothing hangs on letters that only look alike; and both
 * databases can compute this, for names too that an earlier release has written.
 */
export function foldTokenName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** @throws SallyportError `listing_rejected` */
export async function listAccessTokenPage(
  {
    repository,
    clock,
  }: { repository: Pick<AccessTokenRepository, 'listAccessTokenPage'>; clock: Clock },
  listing: AccessTokenListing,
): Promise<AccessTokenPage> {
  const { state, cursor, limit } = listing;
  requireLimit(limit);
  const sort = requireSort(listing);
  const nowMs = clock.nowMs();
  const range = rangeOf(sort, listing, nowMs);
  const isShown = (token: AccessTokenRecord) => state === undefined || isIn(state, token, nowMs);
  const tokens: AccessTokenRecord[] = [];
  let after = cursor ?? null;
  let behindLast = after;
  let examined = 0;
  for (let size = limit + 1; examined < MAX_EXAMINED; size = CHUNK) {
    const rows = await repository.listAccessTokenPage({
      sort,
      ...(range !== null && { range }),
      ...(after !== null && { after }),
      limit: size,
    });
    for (const row of rows) {
      if (!isShown(row.token)) continue;
      if (tokens.length === limit) return { tokens, nextCursor: behindLast };
      tokens.push(row.token);
      behindLast = row.cursor;
    }
    if (rows.length < size) return { tokens, nextCursor: null };
    examined += rows.length;
    after = rows.at(-1)?.cursor ?? null;
  }
  return { tokens, nextCursor: after };
}

function requireSort({ prefix, state, sort, cursor }: AccessTokenListing): AccessTokenSort {
  const hasPrefix = prefix !== undefined && prefix !== '';
  const isAboutExpiry = state === 'expired' || state === 'expiring';
  const wanted = sort ?? (hasPrefix ? 'name' : isAboutExpiry ? 'expires_at' : 'id');
  if (hasPrefix && wanted !== 'name' && wanted !== '-name') {
    throw new SallyportError('listing_rejected', { field: 'sort', rule: 'prefix_by_name' });
  }
  if (cursor && cursor.sort !== wanted) {
    throw new SallyportError('listing_rejected', { field: 'cursor', rule: 'other_listing' });
  }
  return wanted;
}

/** Behind every name that begins with what it follows: names are shorter. */
const BEHIND_PREFIX = '\u{10ffff}'.repeat(256);

/** What of the sort's index can hold what is wanted; null for all of it. */
function rangeOf(
  sort: AccessTokenSort,
  { prefix = '', state }: AccessTokenListing,
  nowMs: number,
): AccessTokenRange | null {
  if (prefix !== '') {
    const from = foldTokenName(prefix);
    return { from, to: from + BEHIND_PREFIX };
  }
  if (sort !== 'expires_at' && sort !== '-expires_at') return null;
  const behindNow = nowMs + 1;
  switch (state) {
    case 'expired':
      return { from: 0, to: behindNow };
    case 'expiring':
      return { from: behindNow, to: behindNow + EXPIRING_WITHIN_MS };
    case 'live':
      return { from: behindNow, to: Number.MAX_SAFE_INTEGER + 1 };
    default:
      return null;
  }
}

function isIn(state: AccessTokenFilter, token: AccessTokenRecord, nowMs: number): boolean {
  return state === 'expiring'
    ? isExpiring(token, nowMs)
    : accessTokenStateOf(token, nowMs) === state;
}
