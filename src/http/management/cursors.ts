/**
 * Places in listings as clients carry them: base64url of JSON that names its version and listing.
 * Its checksum keeps no secret: it tells a cursor that was cut or edited from one that we gave, and
 * whoever makes one anyway has named a place, no more.
 */

import { createHash } from 'node:crypto';
import {
  ACCESS_TOKEN_SORTS,
  type AccessTokenCursor,
  type AccessTokenSort,
} from '../../core/access-token-repository.ts';
import type { AuditOrder } from '../../core/audit-trail.ts';
import {
  type SessionCursor,
  USER_SORTS,
  type UserCursor,
  type UserSort,
} from '../../core/operations-repository.ts';
import { HttpFault } from '../faults.ts';

const VERSION = 1;

type Fields = Record<string, string | number>;

export function writeUserCursor({ sort, key, id }: UserCursor): string {
  return encode('users', { sort, key, id });
}

/** @throws HttpFault `parameter_invalid` */
export function readUserCursor(text: string): UserCursor {
  const { sort, key, id } = decode('users', text);
  const isName = sort === 'username' || sort === '-username';
  const isRightKey = isName ? isText(key) : isCount(key);
  if (!isSort(sort) || !isRightKey || !isCount(id)) throw notOurs('users');
  return { sort, key: key as string | number, id };
}

export function writeSessionCursor({ createdAtMs, sessionId }: SessionCursor): string {
  return encode('sessions', { createdAtMs, sessionId });
}

/** @throws HttpFault `parameter_invalid` */
export function readSessionCursor(text: string): SessionCursor {
  const { createdAtMs, sessionId } = decode('sessions', text);
  if (!isCount(createdAtMs) || !isText(sessionId)) throw notOurs('sessions');
  return { createdAtMs, sessionId };
}

export interface AuditCursor {
  readonly order: AuditOrder;
  readonly id: number;
}

export function writeAuditCursor({ order, id }: AuditCursor): string {
  return encode('audit_events', { order, id });
}

/** @throws HttpFault `parameter_invalid` */
export function readAuditCursor(text: string): AuditCursor {
  const { order, id } = decode('audit_events', text);
  const isOrder = order === 'newest' || order === 'oldest';
  if (!isOrder || !isCount(id)) throw notOurs('audit_events');
  return { order, id };
}

export function writeTokenCursor({ sort, key, id }: AccessTokenCursor): string {
  return encode('access tokens', { sort, key, id });
}

/** @throws HttpFault `parameter_invalid` */
export function readTokenCursor(text: string): AccessTokenCursor {
  const { sort, key, id } = decode('access tokens', text);
  const isRightKey = sort === 'name' || sort === '-name' ? isText(key) : isCount(key);
  if (!isTokenSort(sort) || !isRightKey || !isCount(id)) throw notOurs('access tokens');
  return { sort, key: key as string | number, id };
}

function encode(listing: string, fields: Fields): string {
  const content = { v: VERSION, listing, ...fields };
  return Buffer.from(JSON.stringify({ ...content, check: checksum(content) })).toString(
    'base64url',
  );
}

function decode(listing: string, text: string): Record<string, unknown> {
  const content = parse(text);
  const { check, ...fields } = content ?? {};
  const isOurs = fields.v === VERSION && fields.listing === listing && check === checksum(fields);
  if (!isOurs) throw notOurs(listing);
  return fields;
}

/** Null for what is no JSON object in canonical base64url. */
function parse(text: string): Record<string, unknown> | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return null;
  try {
    const content: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof content === 'object' ? (content as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

function checksum(fields: object): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url').slice(0, 8);
}

function notOurs(listing: string): HttpFault {
  return new HttpFault(
    'parameter_invalid',
    `cursor is not a next_cursor that a list of ${listing.replace('_', ' ')} gave. Begin without it.`,
  );
}

function isSort(value: unknown): value is UserSort {
  return USER_SORTS.some((sort) => sort === value);
}

function isTokenSort(value: unknown): value is AccessTokenSort {
  return ACCESS_TOKEN_SORTS.some((sort) => sort === value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** What every database can compare. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}
