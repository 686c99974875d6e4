/** What is shown of a session, of whichever kind: on what, since when, from where. */

import { Anchor, Badge, Button, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Session } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { When } from '../parts/when.tsx';
import { nameClient } from './client-names.ts';
import type { ConsoleSessionItem } from './session-calls.ts';

function personColumn(): Column<Session> {
  return {
    label: 'User',
    isWide: true,
    show: ({ user_id: id, username }) => (
      <Anchor component={Link} href={`/users/${id}`} size="sm" fw={600}>
        {username}
      </Anchor>
    ),
  };
}

/** @param namesPeople whether it says whose each session is */
export function sessionColumns(
  onEnd: (session: Session) => void,
  namesPeople: boolean,
): Column<Session>[] {
  return [
    ...(namesPeople ? [personColumn()] : []),
    { label: 'Client', show: (session) => <Client userAgent={session.user_agent} /> },
    {
      label: 'Signed in',
      ...(namesPeople && { leaves: 'first' as const }),
      show: (session) => <Trace at={session.created_at} address={session.created_address} />,
    },
    {
      label: 'Last refreshed',
      show: (session) => <Trace at={session.refreshed_at} address={session.last_address} />,
    },
    endColumn(onEnd, ({ username }) => `End this session of ${username}`),
  ];
}

export function consoleSessionColumns(
  onEnd: (session: ConsoleSessionItem) => void,
): Column<ConsoleSessionItem>[] {
  return [
    {
      label: 'Who',
      isWide: true,
      show: ({ kind, user_id: id, username, current }) => (
        <Group gap="xs">
          {kind === 'admin' ? (
            <Text size="sm" fw={600}>
              Built-in admin
            </Text>
          ) : (
            <Anchor component={Link} href={`/users/${id}`} size="sm" fw={600}>
              {username}
            </Anchor>
          )}
          {current && (
            <Badge variant="light" color="teal">
              This one
            </Badge>
          )}
        </Group>
      ),
    },
    { label: 'Client', show: (session) => <Client userAgent={session.user_agent} /> },
    {
      label: 'Signed in',
      leaves: 'first',
      show: (session) => <Trace at={session.created_at} address={session.address} />,
    },
    { label: 'Last used', show: (session) => <When at={session.last_seen_at} /> },
    endColumn(onEnd, ({ username }) => `End this console session of ${username}`),
  ];
}

function endColumn<Item>(onEnd: (item: Item) => void, name: (item: Item) => string): Column<Item> {
  return {
    label: 'End',
    isActions: true,
    show: (item) => (
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => onEnd(item)}
        aria-label={name(item)}
      >
        End
      </Button>
    ),
  };
}

function Client({ userAgent }: { readonly userAgent: string }) {
  return (
    <span className="breaks" title={userAgent}>
      {nameClient(userAgent)}
    </span>
  );
}

interface TraceProps {
  readonly at: string;
  readonly address: string;
}

function Trace({ at, address }: TraceProps) {
  return (
    <>
      <When at={at} />
      <Text size="xs" c="dimmed">
        from {address}
      </Text>
    </>
  );
}
