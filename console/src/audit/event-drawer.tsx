/** All that was recorded of one event, with ways to what it is about. */

import { Anchor, Code, Drawer, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { writeQuery } from '../api/call.ts';
import { nameClient } from '../sessions/client-names.ts';
import type { AuditEvent, AuditFilters } from './audit-calls.ts';
import { EventSentence } from './event-sentence.tsx';
import { reasonWords, wordsOf } from './event-words.ts';
import { ExactTime } from './exact-time.tsx';
import { ActorName, SubjectName, TokenName } from './names.tsx';

interface EventDrawerProps {
  /** Null while none is looked at. */
  readonly event: AuditEvent | null;
  readonly onClose: () => void;
}

export function EventDrawer({ event, onClose }: EventDrawerProps) {
  return (
    <Drawer.Root opened={event !== null} onClose={onClose} position="right" size="md">
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body>
          {/* No Drawer.Header: as a landmark it would be a second one of the page. */}
          <Group justify="space-between" wrap="nowrap" pb="md">
            <Drawer.Title>{event === null ? '' : wordsOf(event.event).label}</Drawer.Title>
            <Drawer.CloseButton aria-label="Close" />
          </Group>
          {event !== null && <Details event={event} onLeave={onClose} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

interface DetailsProps {
  readonly event: AuditEvent;
  readonly onLeave: () => void;
}

function Details({ event, onLeave }: DetailsProps) {
  return (
    <Stack gap="md">
      <Text size="sm" fw={600}>
        <EventSentence event={event} />
      </Text>
      <Text size="sm" c="dimmed">
        {wordsOf(event.event).meaning}
      </Text>
      <Stack component="dl" gap="sm" m={0}>
        {fieldsOf(event, onLeave).map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0}>
              {value || '–'}
            </Text>
          </div>
        ))}
      </Stack>
    </Stack>
  );
}

type Field = readonly [name: string, value: ReactNode];

function fieldsOf(event: AuditEvent, onLeave: () => void): readonly Field[] {
  const { reason, address, session_id: session, user_agent: userAgent } = event;
  const all = (filters: AuditFilters, words: string) => (
    <InnerLink href={`/audit${writeQuery(filters)}`} onLeave={onLeave}>
      {words}
    </InnerLink>
  );
  return [
    ['Time', <ExactTime key="at" at={event.at} />],
    ['Time in UTC', event.at],
    ['Event', all({ event: event.event }, event.event)],
    ['Number', event.id],
    ['About', <Subject key="subject" event={event} onLeave={onLeave} />],
    ['By', <Actor key="actor" event={event} onLeave={onLeave} />],
    ['Why', reason && `${reasonWords(reason)} (${reason})`],
    ['From', address && all({ address }, address)],
    ['Client', userAgent && `${nameClient(userAgent)} (${userAgent})`],
    ['Session', session && all({ session_id: session }, session)],
    ['Access token', <Token key="token" event={event} onLeave={onLeave} />],
    ['Sessions ended', event.ended_sessions?.toString()],
    ['Hash of the name that was tried', event.name_hash && <Code>{event.name_hash}</Code>],
    ['Request', event.request_id && <Code>{event.request_id}</Code>],
  ];
}

function Subject({ event, onLeave }: DetailsProps) {
  const { subject } = event;
  if (subject === null) return '–';
  return (
    <Group gap="md">
      {subject === 'admin' ? (
        'The built-in admin'
      ) : (
        <InnerLink href={`/users/${subject}`} onLeave={onLeave}>
          <SubjectName event={event} isFirst />
        </InnerLink>
      )}
      <InnerLink href={`/audit${writeQuery({ subject })}`} onLeave={onLeave}>
        All events
      </InnerLink>
    </Group>
  );
}

function Actor({ event, onLeave }: DetailsProps) {
  const { actor_kind: kind, actor_id: id } = event;
  const path = { user: '/users/', access_token: '/access-tokens/' }[kind as string];
  if (path === undefined || id === null) return <ActorName event={event} />;
  return (
    <InnerLink href={`${path}${id}`} onLeave={onLeave}>
      <ActorName event={event} />
    </InnerLink>
  );
}

function Token({ event, onLeave }: DetailsProps) {
  const { access_token_id: id } = event;
  if (id === null) return '–';
  return (
    <InnerLink href={`/access-tokens/${id}`} onLeave={onLeave}>
      <TokenName id={String(id)} isFirst />
    </InnerLink>
  );
}

interface InnerLinkProps {
  readonly href: string;
  readonly children: ReactNode;
  readonly onLeave: () => void;
}

function InnerLink({ href, children, onLeave }: InnerLinkProps) {
  return (
    <Anchor component={Link} href={href} size="sm" onClick={onLeave}>
      {children}
    </Anchor>
  );
}
