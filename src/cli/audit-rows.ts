/** How audit events are shown: the same columns and the same fields by every command. */

import type { AuditRecord } from '../core/repository.ts';
import type { Listing } from './tables.ts';
import { toMonthAndSecond, toRfc3339Ms } from './times.ts';

export const AUDIT_LISTING: Listing<AuditRecord> = {
  columns: [
    { title: 'ID', text: ({ id }) => String(id), usualText: '12345' },
    {
      title: 'TIME',
      text: ({ atMs }) => toRfc3339Ms(atMs),
      terminalText: ({ atMs }) => toMonthAndSecond(atMs),
      usualText: '11-22 05:14:16Z',
    },
    { title: 'EVENT', text: ({ name }) => name, usualText: 'session.sign_in_failed' },
    { title: 'ACTOR', text: actorText, isFlexible: true, usualText: 'operator:alice' },
    { title: 'SUBJECT', text: ({ subject }) => subject ?? '-', usualText: '12345' },
    { title: 'DETAILS', text: detailsText, isFlexible: true, usualText: 'x'.repeat(40) },
  ],
  copyable: ({ sessionId }) => (sessionId === null ? null : sessionText(sessionId)),
  toJson: auditFields,
};

/** One event as scripts see it, in JSON and in the columns of CSV. */
export function auditFields(record: AuditRecord): Record<string, string | number | null> {
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
  };
}

/** The columns of CSV, in the order of {@link auditFields}. */
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
] as const satisfies readonly (keyof ReturnType<typeof auditFields>)[];

function actorText({ actorKind, actorId }: AuditRecord): string {
  return actorId === null ? actorKind : `${actorKind}:${actorId}`;
}

/** What `sessions end` takes. */
function sessionText(sessionId: string): string {
  return `session ${sessionId}`;
}

function detailsText(record: AuditRecord): string {
  const { reason, sessionId, accessTokenId, endedSessions, address } = record;
  const details = [
    ...(reason === null ? [] : [reason]),
    ...(sessionId === null ? [] : [sessionText(sessionId)]),
    ...(accessTokenId === null ? [] : [`token ${accessTokenId}`]),
    ...(endedSessions === null ? [] : [`sessions ended: ${endedSessions}`]),
    ...(address === null ? [] : [`from ${address}`]),
  ];
  return details.length === 0 ? '-' : details.join(', ');
}
