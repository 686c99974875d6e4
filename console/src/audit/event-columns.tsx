/** What is shown of an event of the audit trail. */

import { Code, Text } from '@mantine/core';
import type { Column } from '../parts/data-table.tsx';
import { When } from '../parts/when.tsx';
import type { AuditEvent } from './audit-calls.ts';

const ACTORS: Record<AuditEvent['actor_kind'], string> = {
  admin: 'Built-in admin',
  user: 'User',
  access_token: 'Access token',
  operator: 'Operator',
  server: 'Server',
  anonymous: 'Nobody signed in',
};

export const EVENT_COLUMNS: readonly Column<AuditEvent>[] = [
  { label: 'When', show: ({ at }) => <When at={at} /> },
  { label: 'Event', show: ({ event }) => <Code>{event}</Code> },
  { label: 'By', show: (event) => actorOf(event) },
  { label: 'From', show: ({ address }) => address ?? '–' },
  {
    label: 'Details',
    show: (event) => (
      <Text size="xs" c="dimmed">
        {detailsOf(event)}
      </Text>
    ),
  },
];

export function actorOf({ actor_kind: kind, actor_id: id }: AuditEvent): string {
  return id === null ? ACTORS[kind] : `${ACTORS[kind]} ${id}`;
}

export function detailsOf(event: AuditEvent): string {
  const details = [
    event.reason?.replaceAll('_', ' '),
    event.access_token_id !== null && `access token ${event.access_token_id}`,
    event.ended_sessions !== null && `sessions ended: ${event.ended_sessions}`,
  ];
  return details.filter(Boolean).join(', ') || '–';
}
