/** The JSON of access tokens in the management API and what it means to the domain. */

import type { AccessTokenState } from '../../core/access-token-listings.ts';
import type { AccessTokenRecord } from '../../core/access-token-repository.ts';
import {
  MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH,
  MAX_ACCESS_TOKEN_NAME_LENGTH,
  MAX_ACCESS_TOKEN_TTL_SECONDS,
  MAX_OVERLAP_SECONDS,
} from '../../core/access-tokens.ts';
import { formatPermissions, parsePermissions } from '../../core/permissions.ts';
import { HttpFault } from '../faults.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type Static, Type } from '../schema.ts';
import { NextCursor } from './codec.ts';

/** Not blank: a blank name is answered like a missing one. */
const Name = Type.String({ pattern: '\\S', maxLength: MAX_ACCESS_TOKEN_NAME_LENGTH });
const Description = Type.String({ maxLength: MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH });
const MaybeInstant = Type.Union([Instant, Type.Null()]);

export const NewTokenBody = Type.Object(
  {
    name: Name,
    permission: Type.String({
      pattern: '\\S',
      maxLength: 255,
      description: 'some of read, write and admin, comma-separated; admin does not hold the others',
    }),
    description: Type.Optional(Description),
    expires_in_seconds: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 1, maximum: MAX_ACCESS_TOKEN_TTL_SECONDS }), Type.Null()],
        { description: 'null or absent: it does not expire' },
      ),
    ),
  },
  { additionalProperties: false },
);

export const TokenChangeBody = Type.Object(
  { name: Type.Optional(Name), description: Type.Optional(Description) },
  { additionalProperties: false },
);

export const RotationBody = Type.Object(
  {
    overlap_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_OVERLAP_SECONDS,
        description: 'how long the old value works too; 0 unless given',
      }),
    ),
  },
  { additionalProperties: false },
);

const tokenFields = {
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  permission: Type.String({ description: 'comma-separated, in the order read,write,admin' }),
  created_at: Instant,
  expires_at: Type.Union([Instant, Type.Null()], { description: 'null: it does not expire' }),
  last_used_at: Type.Union([Instant, Type.Null()], {
    description: 'of the present value; written every few seconds',
  }),
  rotated_at: Type.Union([Instant, Type.Null()], { description: 'since when it has that value' }),
  suspended: Type.Boolean({ description: 'by a restore; rotating or accepting it ends that' }),
  state: Type.Union([Type.Literal('live'), Type.Literal('expired'), Type.Literal('suspended')]),
  previous: Type.Union(
    [Type.Object({ expires_at: Instant, last_used_at: MaybeInstant }), Type.Null()],
    { description: 'the value before, while it works too' },
  ),
  version: Type.Integer({ description: 'also the ETag, as "v<version>"' }),
};

export const TokenAnswer = Type.Object(tokenFields);

export const NewTokenAnswer = Type.Object({
  ...tokenFields,
  token: Type.String({ description: 'the value, this once: it is not stored' }),
});

export const TokenPageAnswer = Type.Object({
  items: Type.Array(TokenAnswer),
  next_cursor: NextCursor,
});

export const DeletedTokenAnswer = Type.Object({ deleted: Type.Literal(true) });

/** @throws HttpFault `field_invalid` */
export function readNewToken(body: Static<typeof NewTokenBody>) {
  const permissions = parsePermissions(body.permission);
  if (permissions === null) throw new HttpFault('field_invalid', 'permission');
  const { name, description = '', expires_in_seconds: expiresInSeconds = null } = body;
  requireStorable({ name, description });
  return { name, description, permissions, expiresInSeconds };
}

/** @throws HttpFault `parameter_invalid` when nothing is asked for, `field_invalid` */
export function readTokenChange(body: Static<typeof TokenChangeBody>) {
  const { name, description } = body;
  if (name === undefined && description === undefined) {
    throw new HttpFault('parameter_invalid', 'The body must name name, description or both.');
  }
  requireStorable({ name, description });
  return { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
}

/** NUL and lone surrogates are stored differently by the two databases, so neither gets them. */
function requireStorable(texts: Record<string, string | undefined>): void {
  for (const [field, text = ''] of Object.entries(texts)) {
    if (!text.isWellFormed() || text.includes('\0')) throw new HttpFault('field_invalid', field);
  }
}

export function writeToken(
  token: AccessTokenRecord,
  state: AccessTokenState,
): Static<typeof TokenAnswer> {
  const { previous } = token;
  return {
    id: token.id,
    name: token.name,
    description: token.description,
    permission: formatPermissions(token.permissions),
    created_at: writeInstant(token.createdAtMs),
    expires_at: instantOrNull(token.expiresAtMs),
    last_used_at: instantOrNull(token.lastUsedAtMs),
    rotated_at: instantOrNull(token.rotatedAtMs),
    suspended: token.suspendedAtMs !== null,
    state,
    previous: previous && {
      expires_at: writeInstant(previous.expiresAtMs),
      last_used_at: instantOrNull(previous.lastUsedAtMs),
    },
    version: token.version,
  };
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : writeInstant(ms);
}
