/** How audit events are shown to people: the same columns by every command. */

import { auditFields } from '../core/audit-fields.ts';
import type { AuditRecord } from '../core/repository.ts';
import { toRfc3339Ms } from '../core/rfc3339.ts';
import type { Listing } from './tables.ts';
import { toMonthAndSecond } from './times.ts';

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
