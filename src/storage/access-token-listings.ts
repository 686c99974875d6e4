/**
 * Access tokens in pages. Each sort walks its own index, from the place behind the page before to
 * the end of the wanted range, so that no page costs more than its rows.
 */

import { type Kysely, sql } from 'kysely';
import { foldTokenName } from '../core/access-token-listings.ts';
import type {
  AccessTokenCursor,
  AccessTokenRange,
  AccessTokenSort,
  ListedAccessToken,
} from '../core/access-token-repository.ts';
import { type AccessTokenRow, RECORD_COLUMNS, toAccessToken } from './access-token-rows.ts';
import type { Input } from './repository-method.ts';
import type { Schema } from './schema.ts';
import { all, currentTimeMs, type Statement, statement, type Transition } from './transition.ts';

/** Literally as in the indexes: a parameter in them would not match. */
const KEYS = {
  id: sql<number>`id`,
  name: sql<string>`lower(name)`,
  created_at: sql<number>`created_at_ms`,
  expires_at: sql<number>`coalesce(expires_at_ms, 9007199254740991)`,
  last_used_at: sql<number>`coalesce(last_used_at_ms, 0)`,
};

type Field = keyof typeof KEYS;

/** Longer than a name can be: behind every name with the prefix that it follows. */
const BEHIND_ALL = '\u{10ffff}'.repeat(256);

const EVERYTHING: Record<Field, AccessTokenRange> = {
  id: { from: 0, to: Number.MAX_SAFE_INTEGER },
  name: { from: '', to: BEHIND_ALL },
  created_at: { from: 0, to: Number.MAX_SAFE_INTEGER },
  // What never expires has the greatest safe integer.
  expires_at: { from: 0, to: Number.MAX_SAFE_INTEGER + 1 },
  last_used_at: { from: 0, to: Number.MAX_SAFE_INTEGER },
};

interface PageValues {
  /** The place behind which the page begins. */
  key: number | string;
  id: number;
  /** Where the range ends, in the direction of the sort. */
  end: number | string;
  limit: number;
}

type PageStatement = Statement<PageValues, AccessTokenRow>;

/** How one sort is walked: first those with the cursor's own key, then those behind it. */
interface Walk {
  /** None where keys are unique. */
  readonly ties: PageStatement | null;
  readonly beyond: PageStatement;
}

const DIRECTIONS = {
  asc: { behind: '>', within: '<' },
  desc: { behind: '<', within: '>=' },
} as const;

function walk(field: Field, direction: keyof typeof DIRECTIONS): Walk {
  const key = KEYS[field] as ReturnType<typeof sql<number | string>>;
  const { behind, within } = DIRECTIONS[direction];
  const page = (build: (query: ReturnType<typeof select>, p: PageValues) => typeof query) =>
    statement<PageValues>()((db, p) => build(select(db), p).limit(p.limit)) as PageStatement;
  return {
    ties:
      field === 'id'
        ? null
        : page((query, p) =>
            query.where(key, '=', p.key).where('id', behind, p.id).orderBy('id', direction),
          ),
    beyond: page((query, p) => {
      const range = query
        .where(key, behind, p.key)
        .where(key, within, p.end)
        .orderBy(key, direction);
      return field === 'id' ? range : range.orderBy('id', direction);
    }),
  };
}

function select(db: Kysely<Schema>) {
  return db.selectFrom('access_tokens').select(RECORD_COLUMNS);
}

/** As the expressions have it. */
const keyOf: Record<Field, (row: AccessTokenRow) => number | string> = {
  id: (row) => row.id,
  name: (row) => foldTokenName(row.name),
  created_at: (row) => row.created_at_ms,
  expires_at: (row) => row.expires_at_ms ?? Number.MAX_SAFE_INTEGER,
  last_used_at: (row) => row.last_used_at_ms ?? 0,
};

const WALKS: Record<AccessTokenSort, Walk> = {
  id: walk('id', 'asc'),
  '-id': walk('id', 'desc'),
  name: walk('name', 'asc'),
  '-name': walk('name', 'desc'),
  created_at: walk('created_at', 'asc'),
  '-created_at': walk('created_at', 'desc'),
  expires_at: walk('expires_at', 'asc'),
  '-expires_at': walk('expires_at', 'desc'),
  last_used_at: walk('last_used_at', 'asc'),
  '-last_used_at': walk('last_used_at', 'desc'),
};

export function* listAccessTokenPage(
  input: Input<'listAccessTokenPage'>,
): Transition<ListedAccessToken[]> {
  const { sort, after, limit } = input;
  const field = sort.replace(/^-/, '') as Field;
  const { ties, beyond } = WALKS[sort];
  const places = placesOf(sort, input.range ?? EVERYTHING[field], after);
  if (places === null) return [];
  const values = { ...places, limit };
  const nowMs = yield* currentTimeMs();
  const rows = ties === null ? [] : yield* all(ties, values);
  if (rows.length < limit) {
    rows.push(...(yield* all(beyond, { ...values, limit: limit - rows.length })));
  }
  return rows.map((row) => ({
    token: toAccessToken(row, nowMs),
    cursor: { sort, key: keyOf[field](row), id: row.id },
  }));
}

/** A page begins behind `after`, or at the edge of the range if that lies before it. */
function placesOf(
  sort: AccessTokenSort,
  { from, to }: AccessTokenRange,
  after: AccessTokenCursor | undefined,
): Omit<PageValues, 'limit'> | null {
  const isAscending = !sort.startsWith('-');
  // Ids begin with 1: behind 0 are all that have the first key itself.
  const edge = { key: isAscending ? from : to, id: 0, end: isAscending ? to : from };
  if (after === undefined) return edge;
  const isBelow = compare(after.key, from) < 0;
  const isAbove = compare(after.key, to) >= 0;
  if (isAscending ? isBelow : isAbove) return edge;
  if (isBelow || isAbove) return null;
  return { key: after.key, id: after.id, end: edge.end };
}

/** Text as the databases order it: by code points, which UTF-16 does not. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
