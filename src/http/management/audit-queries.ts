/** What the audit trail can be asked for; read by hand for the reasons of queries.ts. */

import { AUDIT_EXPORT_FORMATS, type AuditExportFormat } from '../../core/audit-fields.ts';
import { ACTOR_KINDS, type AuditFilter } from '../../core/audit-filters.ts';
import { AUDIT_RULES } from '../../core/audit-rules.ts';
import type { AuditListing, AuditOrder } from '../../core/audit-trail.ts';
import type { SecurityEventName } from '../../core/events.ts';
import { parseRfc3339 } from '../../core/rfc3339.ts';
import { canonicalAddress } from '../client-address.ts';
import { HttpFault } from '../faults.ts';
import { Type } from '../schema.ts';
import { readAuditCursor } from './cursors.ts';
import { oneOf, paging, readLimit, readParameters } from './queries.ts';

const EVENT_NAMES = Object.keys(AUDIT_RULES).sort() as SecurityEventName[];
const ORDERS = ['newest', 'oldest'] as const;
/** Of ids that others choose, such as the name of an operator's account on their machine. */
const MAX_ID_LENGTH = 256;

const filters = {
  event: Type.Optional(Type.String({ description: 'its name, such as `session.signed_in`' })),
  subject: Type.Optional(
    Type.String({ description: 'whom it concerned: the id of a user, or `admin`' }),
  ),
  actor_kind: Type.Optional(Type.Union(ACTOR_KINDS.map((kind) => Type.Literal(kind)))),
  actor_id: Type.Optional(Type.String({ description: 'of the user, access token or operator' })),
  session_id: Type.Optional(Type.String()),
  access_token_id: Type.Optional(Type.Integer({ minimum: 1 })),
  address: Type.Optional(Type.String({ description: 'an IP address, in any spelling' })),
};

const times = {
  since: Type.Optional(Type.String({ description: 'from this time on: RFC 3339, or a date' })),
  until: Type.Optional(Type.String({ description: 'before this time: RFC 3339, or a date' })),
};

export const AuditQuery = Type.Object({
  ...filters,
  ...times,
  order: Type.Optional(
    Type.Union(
      ORDERS.map((order) => Type.Literal(order)),
      { description: 'by id, the order in which they came in; `newest` first unless given' },
    ),
  ),
  ...paging,
});

export const AuditExportQuery = Type.Object({
  format: Type.Optional(
    Type.Union(
      AUDIT_EXPORT_FORMATS.map((format) => Type.Literal(format)),
      { description: 'JSON Lines unless given' },
    ),
  ),
  ...filters,
  ...times,
});

export const AuditStreamQuery = Type.Object(filters);

/** @throws HttpFault `parameter_invalid` */
export function readAuditQuery(query: unknown): AuditListing {
  const given = readParameters(query, Object.keys(AuditQuery.properties));
  const order = given.order === undefined ? 'newest' : oneOf('order', given.order, ORDERS);
  return {
    filter: readFilter(given),
    order,
    afterId: given.cursor === undefined ? null : readCursor(given.cursor, order),
    limit: readLimit(given.limit),
  };
}

/** @throws HttpFault `parameter_invalid` */
export function readAuditExportQuery(query: unknown): {
  filter: AuditFilter;
  format: AuditExportFormat;
} {
  const given = readParameters(query, Object.keys(AuditExportQuery.properties));
  const { format = 'jsonl' } = given;
  return { filter: readFilter(given), format: oneOf('format', format, AUDIT_EXPORT_FORMATS) };
}

/** @throws HttpFault `parameter_invalid` */
export function readAuditStreamQuery(query: unknown): AuditFilter {
  return readFilter(readParameters(query, Object.keys(AuditStreamQuery.properties)));
}

function readFilter(given: Record<string, string | undefined>): AuditFilter {
  const { event, subject, address, since, until } = given;
  const { actor_kind: actorKind, actor_id: actorId } = given;
  const { session_id: sessionId, access_token_id: accessTokenId } = given;
  const filter: AuditFilter = {
    ...(event !== undefined && { name: oneOf('event', event, EVENT_NAMES) }),
    ...(subject !== undefined && { subject: readSubject(subject) }),
    ...(actorKind !== undefined && { actorKind: oneOf('actor_kind', actorKind, ACTOR_KINDS) }),
    ...(actorId !== undefined && { actorId: readText('actor_id', actorId) }),
    ...(sessionId !== undefined && { sessionId: readText('session_id', sessionId) }),
    ...(accessTokenId !== undefined && { accessTokenId: readTokenId(accessTokenId) }),
    ...(address !== undefined && { address: readAddress(address) }),
    ...(since !== undefined && { sinceMs: readTime('since', since) }),
    ...(until !== undefined && { untilMs: readTime('until', until) }),
  };
  const { sinceMs, untilMs } = filter;
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
    throw new HttpFault('parameter_invalid', 'since must be earlier than until.');
  }
  return filter;
}

function readCursor(text: string, order: AuditOrder): number {
  const cursor = readAuditCursor(text);
  if (cursor.order === order) return cursor.id;
  const sentence = `cursor belongs to order=${cursor.order}. Send that, or begin without a cursor.`;
  throw new HttpFault('parameter_invalid', sentence);
}

function readSubject(text: string): string {
  if (/^(admin|[1-9]\d{0,15})$/.test(text)) return text;
  throw new HttpFault('parameter_invalid', 'subject must be the id of a user, or admin.');
}

function readText(name: string, text: string): string {
  const isText = text !== '' && text.length <= MAX_ID_LENGTH;
  // What no database can compare.
  if (isText && text.isWellFormed() && !text.includes('\0')) return text;
  const sentence = `${name} must be as the events have it, of 1 to ${MAX_ID_LENGTH} characters.`;
  throw new HttpFault('parameter_invalid', sentence);
}

function readTokenId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new HttpFault('parameter_invalid', 'access_token_id must be the number of a token.');
}

function readAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address !== null) return address;
  throw new HttpFault('parameter_invalid', 'address must be an IP address, such as 198.51.100.7.');
}

function readTime(name: string, text: string): number {
  const ms = parseRfc3339(text);
  if (ms !== null) return ms;
  const sentence =
    `${name} must be a time such as 2026-11-22T05:14:16Z, or 2026-11-22 for midnight in UTC; ` +
    'a + in a query is written %2B.';
  throw new HttpFault('parameter_invalid', sentence);
}
