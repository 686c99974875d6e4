/** Events of the audit trail as a list; each opens with all that was recorded. */

import { Text, UnstyledButton } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { PageOf } from '../api/types.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { IconAlertTriangle } from '../parts/icons.tsx';
import { nameClient } from '../sessions/client-names.ts';
import type { AuditEvent } from './audit-calls.ts';
import { EventDrawer } from './event-drawer.tsx';
import { EventSentence } from './event-sentence.tsx';
import styles from './event-table.module.css';
import { reasonWords, wordsOf } from './event-words.ts';
import { ExactTime } from './exact-time.tsx';
import { ActorName } from './names.tsx';

interface EventTableProps {
  readonly caption: string;
  readonly list: UseInfiniteQueryResult<InfiniteData<PageOf<AuditEvent>>>;
  readonly empty: ReactNode;
  /** Came in while the page was open. */
  readonly hasArrived?: (event: AuditEvent) => boolean;
}

export function EventTable({ caption, list, empty, hasArrived }: EventTableProps) {
  const [opened, setOpened] = useState<AuditEvent | null>(null);
  return (
    <>
      <DataTable
        caption={caption}
        list={list}
        columns={columnsWith(setOpened)}
        keyOf={({ id }) => id}
        empty={empty}
        rowClassOf={(event) => (hasArrived?.(event) ? arrivedClass(event) : '')}
      />
      <EventDrawer event={opened} onClose={() => setOpened(null)} />
    </>
  );
}

function arrivedClass({ event }: AuditEvent): string {
  return [styles.arrived, wordsOf(event).tone === 'alarm' && styles.loud].filter(Boolean).join(' ');
}

function columnsWith(open: (event: AuditEvent) => void): readonly Column<AuditEvent>[] {
  return [
    {
      label: 'What happened',
      isWide: true,
      show: (event) => <Happening event={event} onOpen={() => open(event)} />,
    },
    { label: 'When', show: ({ at }) => <ExactTime at={at} /> },
    {
      label: 'By',
      leaves: 'next',
      show: (event) => (
        <Text size="sm" span>
          <ActorName event={event} />
        </Text>
      ),
    },
    { label: 'From', show: (event) => <Origin event={event} /> },
  ];
}

interface HappeningProps {
  readonly event: AuditEvent;
  readonly onOpen: () => void;
}

function Happening({ event, onOpen }: HappeningProps) {
  const { event: name, reason, ended_sessions: ended } = event;
  const isAlarm = wordsOf(name).tone === 'alarm';
  const details = [
    reason !== null && reasonWords(reason),
    ended !== null && `sessions ended: ${ended}`,
  ].filter(Boolean);
  return (
    <>
      <UnstyledButton
        onClick={onOpen}
        className={isAlarm ? `${styles.sentence} ${styles.alarm}` : styles.sentence}
      >
        {isAlarm && <IconAlertTriangle size={16} />}
        <span>
          <EventSentence event={event} />
        </span>
      </UnstyledButton>
      {details.length > 0 && (
        <Text size="xs" c="dimmed">
          {details.join(', ')}
        </Text>
      )}
    </>
  );
}

function Origin({ event }: { readonly event: AuditEvent }) {
  const { address, user_agent: userAgent } = event;
  return (
    <>
      <Text size="sm">{address ?? '–'}</Text>
      {userAgent !== null && userAgent !== '' && (
        <Text size="xs" c="dimmed" miw="16ch" lineClamp={1} title={userAgent}>
          {nameClient(userAgent)}
        </Text>
      )}
    </>
  );
}
