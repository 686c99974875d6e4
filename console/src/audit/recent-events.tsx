/** The newest few events about one thing, with a way to all of them. */

import { Anchor, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { writeQuery } from '../api/call.ts';
import { type AuditFilters, useAuditEvents } from './audit-calls.ts';
import { EventTable } from './event-table.tsx';

const RECENT_EVENTS = 10;

interface RecentEventsProps {
  readonly filters: AuditFilters;
  readonly caption: string;
  /** Names the way to all of them. */
  readonly more: string;
  readonly empty: ReactNode;
}

export function RecentEvents({ filters, caption, more, empty }: RecentEventsProps) {
  const events = useAuditEvents(filters, RECENT_EVENTS);
  return (
    <Stack gap="sm">
      <EventTable caption={caption} list={{ ...events, hasNextPage: false }} empty={empty} />
      {events.hasNextPage && (
        <Anchor component={Link} href={`/audit${writeQuery(filters)}`} size="sm">
          {more}
        </Anchor>
      )}
    </Stack>
  );
}
