/** The audit trail: what happened, the newest first, and what happens while one looks. */

import { Alert, Button, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { writeQuery } from '../api/call.ts';
import { queryClient } from '../api/query-client.ts';
import { Empty } from '../parts/empty.tsx';
import { IconDownload } from '../parts/icons.tsx';
import { Page } from '../parts/page.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import { type AuditEvent, type AuditFilters, useAuditEvents } from './audit-calls.ts';
import { AUDIT_FILTERS, AuditFilterBar } from './audit-filter-bar.tsx';
import { EventSentence } from './event-sentence.tsx';
import { EventTable } from './event-table.tsx';
import { wordsOf } from './event-words.ts';
import { joinLive } from './joined-events.ts';
import { LiveBar } from './live-bar.tsx';
import { timesOf } from './time-range.ts';
import { MAX_LIVE_EVENTS, useLiveEvents } from './use-live-events.ts';

const EXPORT_PATH = '/management/audit-events/export';

export function AuditPage() {
  const { filters, setFilters } = useUrlFilters(AUDIT_FILTERS);
  const { filters: live, setFilters: setLive } = useUrlFilters(['live'] as const);
  const { last, since, until, ...matching } = filters;
  // A span ends now, and now is when it was chosen: the list must not ask anew at every drawing.
  const times = useMemo(() => timesOf({ last, since, until }, Date.now()), [last, since, until]);
  const asked: AuditFilters = { ...matching, ...times };
  const obstacle = until === undefined ? null : 'The time that is chosen has an end.';
  const isOn = obstacle === null && live.live !== 'off';
  const tail = useLiveEvents(isOn ? matching : null);
  const list = useAuditEvents(asked);
  const joined = joinLive(list, tail);
  return (
    <Page
      title="Audit trail"
      lead="Who signed in, who was refused, and who changed what"
      actions={<ExportButtons filters={asked} />}
    >
      <AuditFilterBar filters={filters} onChange={setFilters} />
      <LiveBar
        status={tail.status}
        obstacle={obstacle}
        onSwitch={(next) => setLive({ live: next ? null : 'off' })}
      />
      <LastAlarm events={tail.events} />
      <EventTable
        caption="Events of the audit trail, the newest first"
        list={joined.list}
        empty={<NothingFound isFiltered={Object.keys(filters).length > 0} />}
        hasArrived={({ id }) => joined.arrivedIds.has(id)}
      />
      {joined.isCut && <CutNote />}
    </Page>
  );
}

function ExportButtons({ filters }: { readonly filters: AuditFilters }) {
  const formats = [
    { format: 'jsonl', label: 'JSON Lines' },
    { format: 'csv', label: 'CSV' },
  ];
  return formats.map(({ format, label }) => (
    <Button
      key={format}
      component="a"
      href={`${EXPORT_PATH}${writeQuery({ format, ...filters })}`}
      download
      variant="default"
      leftSection={<IconDownload size={16} />}
    >
      Export {label}
    </Button>
  ));
}

/** For who does not see the list move. */
function LastAlarm({ events }: { readonly events: readonly AuditEvent[] }) {
  const alarm = events.find(({ event }) => wordsOf(event).tone === 'alarm');
  return (
    <div role="status" aria-label="The last alarm" className="only-heard">
      {alarm && <EventSentence event={alarm} />}
    </div>
  );
}

function CutNote() {
  return (
    <Alert color="brand" variant="light">
      <Group gap="sm">
        <Text size="sm" c="var(--mantine-color-text)">
          So many events came in that only the newest {MAX_LIVE_EVENTS} are shown.
        </Text>
        <Button
          variant="default"
          size="xs"
          onClick={() => void queryClient.resetQueries({ queryKey: ['audit', 'list'] })}
        >
          Load the list anew
        </Button>
      </Group>
    </Alert>
  );
}

function NothingFound({ isFiltered }: { readonly isFiltered: boolean }) {
  if (!isFiltered) {
    return <Empty title="Nothing has happened yet">Every sign-in and every change is shown.</Empty>;
  }
  return (
    <Empty title="No event fits">
      Nothing that was recorded has all that is chosen above. Events are kept for as long as the
      server’s setting AUDIT_RETENTION_DAYS says.
    </Empty>
  );
}
