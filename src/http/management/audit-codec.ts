/** The JSON of the audit trail and of its figures. */

import { auditFields } from '../../core/audit-fields.ts';
import type { AuditOrder, AuditPage } from '../../core/audit-trail.ts';
import { type Static, Type } from '../schema.ts';
import { writeAuditCursor } from './cursors.ts';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const CountOrNull = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);

export const AuditEvent = Type.Object({
  id: Type.Integer(),
  at: Type.String({ description: 'RFC 3339, UTC, milliseconds' }),
  event: Type.String({ description: 'a stable name' }),
  actor_kind: Type.Union([
    Type.Literal('admin'),
    Type.Literal('user'),
    Type.Literal('access_token'),
    Type.Literal('operator'),
    Type.Literal('server'),
    Type.Literal('anonymous'),
  ]),
  actor_id: TextOrNull,
  subject: TextOrNull,
  session_id: TextOrNull,
  access_token_id: CountOrNull,
  name_hash: TextOrNull,
  reason: TextOrNull,
  ended_sessions: CountOrNull,
  address: TextOrNull,
  request_id: TextOrNull,
  user_agent: TextOrNull,
});

export const AuditPageAnswer = Type.Object({
  items: Type.Array(AuditEvent),
  next_cursor: Type.Union([Type.String(), Type.Null()], {
    description:
      '`cursor` of the next page; null on the last one. A page may be short, or empty, and have ' +
      'one: then as many events were looked at as one call may',
  }),
});

export function writeAuditPage(
  { records, nextId }: AuditPage,
  order: AuditOrder,
): Static<typeof AuditPageAnswer> {
  return {
    items: records.map(auditFields),
    next_cursor: nextId === null ? null : writeAuditCursor({ order, id: nextId }),
  };
}
