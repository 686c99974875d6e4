/** The JSON of contract 1 and what it means to the domain. */

import type { AccessTokenRecord } from '../../core/access-token-repository.ts';
import {
  MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH,
  MAX_ACCESS_TOKEN_NAME_LENGTH,
  MAX_ACCESS_TOKEN_TTL_SECONDS,
  type NewAccessToken,
} from '../../core/access-tokens.ts';
import { formatPermissions, parsePermissions } from '../../core/permissions.ts';
import { HttpFault } from '../faults.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type Static, Type } from '../schema.ts';

/** Required and not blank: a blank text is answered like a missing one. */
const RequiredText = (options: object = {}) => Type.String({ pattern: '\\S', ...options });

export const PasswordBody = Type.Object({ password: RequiredText() });

export const EnabledBody = Type.Object({ enabled: Type.Boolean() });

export const NewAccessTokenBody = Type.Object({
  name: RequiredText({ maxLength: MAX_ACCESS_TOKEN_NAME_LENGTH }),
  permission: RequiredText({ maxLength: 255 }),
  description: Type.Optional(Type.String({ maxLength: MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH })),
  will_expire: Type.Optional(Type.Boolean()),
  expires_in_seconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_ACCESS_TOKEN_TTL_SECONDS }),
  ),
});

export const TokenIdParams = Type.Object({ token_id: Type.String() });

export const ErrorAnswer = Type.Object({
  status: Type.Literal('error'),
  message: Type.String(),
});

export const SuccessAnswer = Type.Object({
  status: Type.Literal('success'),
  message: Type.String(),
});

export const ResultAnswer = Type.Object({
  usage: Type.Object({}),
  time: Type.Number({ minimum: 0, description: 'seconds spent on the request' }),
  status: Type.Literal('ok'),
  result: Type.Boolean(),
});

export const LoginAnswer = Type.Object({
  token: Type.String(),
  message: Type.String(),
  expires_in: Type.Integer(),
});

export const LoginRefusal = Type.Object({
  token: Type.Null(),
  message: Type.String(),
  expires_in: Type.Integer(),
});

const recordFields = {
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
};

const lifeFields = {
  created_at: Instant,
  expired_at: Type.Union([Instant, Type.Null()]),
  will_expire: Type.Boolean(),
  permission: Type.String({ description: 'comma-separated, in the order read,write,admin' }),
};

export const AccessTokenAnswer = Type.Object({ ...recordFields, ...lifeFields });

/** The field that holds the raw value differs between the two spellings of the same calls. */
export type RawField = 'token' | 'api_key';

export function newAccessTokenAnswer(rawField: RawField) {
  return Type.Object({ ...recordFields, [rawField]: Type.String(), ...lifeFields });
}

/**
 * What a valid body asks for.
 * @throws HttpFault for fields that are wrong together
 */
export function readNewAccessToken(body: Static<typeof NewAccessTokenBody>) {
  const permissions = parsePermissions(body.permission);
  if (permissions === null) throw new HttpFault('field_invalid', 'permission');
  const description = body.description ?? '';
  if (!isStorable(body.name)) throw new HttpFault('field_invalid', 'name');
  if (!isStorable(description)) throw new HttpFault('field_invalid', 'description');
  return { name: body.name, description, permissions, expiresInSeconds: readExpiry(body) };
}

/** A lifetime without `will_expire` is refused: what was meant to expire must not live for ever. */
function readExpiry(body: Static<typeof NewAccessTokenBody>): number | null {
  const willExpire = body.will_expire ?? false;
  const seconds = body.expires_in_seconds;
  if (willExpire && seconds === undefined) {
    throw new HttpFault('field_missing', 'expires_in_seconds');
  }
  if (!willExpire && seconds !== undefined) {
    throw new HttpFault('field_invalid', 'expires_in_seconds');
  }
  return seconds ?? null;
}

/** NUL and lone surrogates are stored differently by the two databases, so neither gets them. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Null when it is not the id of anything. */
export function readTokenId(text: string): number | null {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

export function writeAccessToken(record: AccessTokenRecord): Static<typeof AccessTokenAnswer> {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    created_at: writeInstant(record.createdAtMs),
    expired_at: record.expiresAtMs === null ? null : writeInstant(record.expiresAtMs),
    will_expire: record.expiresAtMs !== null,
    permission: formatPermissions(record.permissions),
  };
}

export function writeNewAccessToken(created: NewAccessToken, rawField: RawField) {
  return { ...writeAccessToken(created), [rawField]: created.raw };
}

/** Clients that serialise absent values as null mean absent. */
export function dropNulls(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  const fields = body as Record<string, unknown>;
  for (const name of Object.keys(fields)) if (fields[name] === null) delete fields[name];
}
