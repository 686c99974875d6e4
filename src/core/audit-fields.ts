/**
 * An audit event as programs see it: the same fields, in the same order, by every command and every
 * call, so that what was exported one way can be compared with what was exported another way.
 */

import { toCsvLine } from './csv.ts';
import type { AuditRecord } from './repository.ts';
import { toRfc3339Ms } from './rfc3339.ts';
import { toVisibleJson } from './visible-text.ts';

export const AUDIT_FIELD_NAMES = [
  'id',
  'at',
  'event',
  'actor_kind',
  'actor_id',
  'subject',
  'session_id',
  'access_token_id',
  'name_hash',
  'reason',
  'ended_sessions',
  'address',
  'request_id',
  'user_agent',
] as const;

export type AuditFieldName = (typeof AUDIT_FIELD_NAMES)[number];

export function auditFields(record: AuditRecord) {
  return {
    id: record.id,
    at: toRfc3339Ms(record.atMs),
    event: record.name,
    actor_kind: record.actorKind,
    actor_id: record.actorId,
    subject: record.subject,
    session_id: record.sessionId,
    access_token_id: record.accessTokenId,
    name_hash: record.nameHash,
    reason: record.reason,
    ended_sessions: record.endedSessions,
    address: record.address,
    request_id: record.requestId,
    user_agent: record.userAgent,
  } satisfies Record<AuditFieldName, string | number | null>;
}

export const AUDIT_EXPORT_FORMATS = ['jsonl', 'csv'] as const;

export type AuditExportFormat = (typeof AUDIT_EXPORT_FORMATS)[number];

/** What an export begins with. */
export function auditExportHeader(format: AuditExportFormat): string {
  return format === 'csv' ? toCsvLine(AUDIT_FIELD_NAMES) : '';
}

/** One event of an export, with its line end. */
export function auditExportLine(format: AuditExportFormat, record: AuditRecord): string {
  const fields = auditFields(record);
  if (format === 'jsonl') return `${toVisibleJson(fields)}\n`;
  return toCsvLine(AUDIT_FIELD_NAMES.map((name) => fields[name]));
}
