/** The numbers of this moment and of the last 24 hours; each leads to what it counts. */

import { Anchor, Paper, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { writeQuery } from '../api/call.ts';
import type { Stats } from './overview-calls.ts';
import styles from './stat-cards.module.css';

interface Card {
  readonly label: string;
  readonly value: number;
  readonly href: string;
  readonly note: ReactNode;
  /** Worth a look. */
  readonly isAlarming?: boolean;
}

const NUMBER = new Intl.NumberFormat();
const DAY_MS = 24 * 3600 * 1000;
const MINUTE_MS = 60_000;

export function StatCards({ stats }: { readonly stats: Stats | undefined }) {
  if (stats === undefined) return <LoadingCards />;
  return (
    <ul className={styles.cards} aria-label="Now, and in the last 24 hours">
      {cardsOf(stats).map((card) => (
        <li key={card.label}>
          <OneCard {...card} />
        </li>
      ))}
    </ul>
  );
}

function cardsOf({ users, live_sessions: sessions, access_tokens: tokens, sign_ins }: Stats) {
  const failed = sign_ins.failed_last_day;
  const expiring = tokens.expiring_within_week;
  const cards: Card[] = [
    {
      label: 'Active sessions',
      value: sessions,
      href: '/sessions',
      note: 'signed in now',
    },
    {
      label: 'Sign-ins',
      value: sign_ins.succeeded_last_day,
      href: eventsOf('session.signed_in'),
      note: <OfAdmin event="admin.signed_in" />,
    },
    {
      label: 'Failed sign-ins',
      value: failed,
      href: eventsOf('session.sign_in_failed'),
      note: (
        <>
          {NUMBER.format(sign_ins.failed_last_hour)} in the last hour;{' '}
          <OfAdmin event="admin.sign_in_failed" />
        </>
      ),
      isAlarming: sign_ins.failed_last_hour > 0,
    },
    {
      label: 'Refused by limits',
      value: sign_ins.limited_last_day,
      href: eventsOf('sign_in.limited'),
      note: 'each limit once a minute',
      isAlarming: sign_ins.limited_last_day > 0,
    },
    {
      label: 'Tokens about to expire',
      value: expiring,
      href: `/access-tokens${writeQuery({ state: 'expiring' })}`,
      note: `within 7 days, of ${NUMBER.format(tokens.total)}`,
      isAlarming: expiring > 0,
    },
    {
      label: 'Users',
      value: users.total,
      href: '/users',
      note: `${NUMBER.format(users.enabled)} enabled`,
    },
  ];
  return cards;
}

function OneCard({ label, value, href, note, isAlarming = false }: Card) {
  return (
    <Paper withBorder p="md" h="100%" className={styles.card} mod={{ alarming: isAlarming }}>
      <Text className={styles.value}>{NUMBER.format(value)}</Text>
      <Anchor component={Link} href={href} className={styles.link} size="sm" lh={1.3}>
        {label}
      </Anchor>
      <Text size="xs" c="dimmed" component="div">
        {note}
      </Text>
    </Paper>
  );
}

/** Its sign-ins are events of another name. */
function OfAdmin({ event }: { readonly event: string }) {
  return (
    <>
      with those of the{' '}
      <Anchor component={Link} href={eventsOf(event)} className={styles.aside} inherit>
        built-in admin
      </Anchor>
    </>
  );
}

/** The last 24 hours of one kind of event in the audit trail. */
function eventsOf(event: string): string {
  // By the minute, so that the address stays the same while the numbers move.
  const since = Math.floor((Date.now() - DAY_MS) / MINUTE_MS) * MINUTE_MS;
  return `/audit${writeQuery({ event, since: new Date(since).toISOString() })}`;
}

function LoadingCards() {
  return (
    <div className={styles.cards} role="status" aria-label="Loading">
      {['one', 'two', 'three', 'four', 'five', 'six'].map((key) => (
        <Skeleton key={key} height={112} />
      ))}
    </div>
  );
}
