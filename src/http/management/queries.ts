/**
 * What listings can be asked for. Read by hand and not by the schema's validator, so that each
 * refusal says which parameter is meant and what it must be; an unknown one is refused, because a
 * filter that was misspelled would show everybody.
 */

import {
  ACCESS_TOKEN_FILTERS,
  type AccessTokenFilter,
  type AccessTokenListing,
} from '../../core/access-token-listings.ts';
import { ACCESS_TOKEN_SORTS, type AccessTokenSort } from '../../core/access-token-repository.ts';
import { MAX_PAGE, type SessionListing, type UserListing } from '../../core/operations.ts';
import { USER_SORTS, type UserSort } from '../../core/operations-repository.ts';
import type { UserRole } from '../../core/repository.ts';
import { HttpFault } from '../faults.ts';
import { Type } from '../schema.ts';
import { readSessionCursor, readTokenCursor, readUserCursor } from './cursors.ts';

const DEFAULT_LIMIT = 50;

export const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_LIMIT })),
  cursor: Type.Optional(
    Type.String({ description: '`next_cursor` of the page before; the other parameters stay' }),
  ),
};

export const UserQuery = Type.Object({
  prefix: Type.Optional(
    Type.String({ description: 'how the username begins; sorted by username only' }),
  ),
  role: Type.Optional(Type.Union([Type.Literal('ADMIN'), Type.Literal('STANDARD')])),
  enabled: Type.Optional(Type.Boolean()),
  sort: Type.Optional(
    Type.Union(
      USER_SORTS.map((sort) => Type.Literal(sort)),
      { description: '`id`, or `username` with a prefix; who has never signed in comes first' },
    ),
  ),
  ...paging,
});

export const SessionQuery = Type.Object({
  user_id: Type.Optional(Type.Integer({ minimum: 1 })),
  ...paging,
});

export const TokenQuery = Type.Object({
  prefix: Type.Optional(
    Type.String({ description: 'how the name begins, A to Z as a to z; sorted by name only' }),
  ),
  state: Type.Optional(
    Type.Union(
      ACCESS_TOKEN_FILTERS.map((filter) => Type.Literal(filter)),
      { description: '`expiring`: live, and expires within 7 days' },
    ),
  ),
  sort: Type.Optional(
    Type.Union(
      ACCESS_TOKEN_SORTS.map((sort) => Type.Literal(sort)),
      {
        description:
          '`id`; `name` with a prefix; `expires_at` for `expired` and `expiring`. What never ' +
          'expires comes last, what was never used first',
      },
    ),
  ),
  ...paging,
});

/** In place of the schema's validator, which would refuse `limit=5` for being a text. */
export const readByHand = () => () => true;

/** @throws HttpFault `parameter_invalid` */
export function readUserQuery(query: unknown): UserListing {
  const given = readParameters(query, Object.keys(UserQuery.properties));
  const { prefix, role, enabled, sort, limit, cursor } = given;
  return {
    ...(prefix !== undefined && { prefix }),
    ...(role !== undefined && { role: oneOf<UserRole>('role', role, ['ADMIN', 'STANDARD']) }),
    ...(enabled !== undefined && {
      isEnabled: oneOf('enabled', enabled, ['true', 'false']) === 'true',
    }),
    ...(sort !== undefined && { sort: oneOf<UserSort>('sort', sort, USER_SORTS) }),
    ...(cursor !== undefined && { cursor: readUserCursor(cursor) }),
    limit: readLimit(limit),
  };
}

/** @throws HttpFault `parameter_invalid` */
export function readSessionQuery(query: unknown): SessionListing {
  const given = readParameters(query, Object.keys(SessionQuery.properties));
  const { user_id: userId, limit, cursor } = given;
  return {
    ...(userId !== undefined && { userId: readUserId('user_id', userId) }),
    ...(cursor !== undefined && { cursor: readSessionCursor(cursor) }),
    limit: readLimit(limit),
  };
}

/** @throws HttpFault `parameter_invalid` */
export function readTokenQuery(query: unknown): AccessTokenListing {
  const given = readParameters(query, Object.keys(TokenQuery.properties));
  const { prefix, state, sort, limit, cursor } = given;
  return {
    ...(prefix !== undefined && { prefix: readPrefix(prefix) }),
    ...(state !== undefined && {
      state: oneOf<AccessTokenFilter>('state', state, ACCESS_TOKEN_FILTERS),
    }),
    ...(sort !== undefined && { sort: oneOf<AccessTokenSort>('sort', sort, ACCESS_TOKEN_SORTS) }),
    ...(cursor !== undefined && { cursor: readTokenCursor(cursor) }),
    limit: readLimit(limit),
  };
}

/** No database can look for others, and no name has them. */
function readPrefix(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  throw new HttpFault('parameter_invalid', 'prefix must be a text without the character NUL.');
}

/** @throws HttpFault `parameter_invalid` */
export function readUserId(name: string, text: string): number {
  return readId(name, text, 'a user');
}

/** @throws HttpFault `parameter_invalid` */
export function readTokenId(text: string): number {
  return readId('id', text, 'an access token');
}

function readId(name: string, text: string, what: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new HttpFault('parameter_invalid', `${name} must be the number of ${what}, such as 7.`);
}

/** @throws HttpFault `parameter_invalid` */
export function readParameters(
  query: unknown,
  names: readonly string[],
): Record<string, string | undefined> {
  for (const [name, value] of Object.entries(query as object)) {
    if (!names.includes(name)) {
      const known = names.join(', ');
      throw new HttpFault(
        'parameter_invalid',
        `${JSON.stringify(name.slice(0, 50))} is no parameter of this call. It takes ${known}.`,
      );
    }
    if (typeof value !== 'string') {
      throw new HttpFault('parameter_invalid', `${name} must be given once.`);
    }
  }
  return query as Record<string, string | undefined>;
}

/** @throws HttpFault `parameter_invalid` */
export function oneOf<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new HttpFault('parameter_invalid', `${name} must be one of ${words.join(', ')}.`);
}

/** @throws HttpFault `parameter_invalid` */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_PAGE) return Number(text);
  const bounds = `a whole number from 1 to ${MAX_PAGE}`;
  throw new HttpFault('parameter_invalid', `limit must be ${bounds}.`);
}
