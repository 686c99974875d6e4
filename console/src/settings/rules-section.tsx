/** What holds for everybody: for passwords, for failures, and for how long. */

import { Paper, SimpleGrid, Text, Title } from '@mantine/core';
import { useId } from 'react';
import styles from './settings.module.css';
import type { Settings } from './settings-calls.ts';

type Fact = readonly [name: string, value: string];

export function RulesSection({ settings }: { readonly settings: Settings }) {
  const { password_policy: policy, limits, lifetimes } = settings;
  return (
    <SimpleGrid cols={{ base: 1, lg: 3 }}>
      <Facts
        title="Passwords"
        facts={[
          ['Characters of users, at least', NUMBER.format(policy.user_min_length)],
          ['Characters of the built-in admin, at least', NUMBER.format(policy.admin_min_length)],
          ['Bytes, at most', NUMBER.format(policy.max_bytes)],
          ['Kept as', policy.hash],
        ]}
      />
      <Facts
        title="Wrong passwords"
        facts={[
          ['From an address, in a minute', NUMBER.format(limits.failures_per_address_per_minute)],
          ['For an account, in a minute', NUMBER.format(limits.failures_per_account_per_minute)],
          [
            'For an account, in a row from unfamiliar addresses',
            NUMBER.format(limits.failures_in_a_row_from_unfamiliar_addresses),
          ],
        ]}
      />
      <Facts
        title="For how long"
        facts={[
          ['Access tokens of people', durationOf(lifetimes.access_token)],
          ['Refresh tokens', durationOf(lifetimes.refresh_token)],
          ['A refresh token again, after its use', durationOf(lifetimes.refresh_grace)],
          ['Sessions, at most', durationOf(lifetimes.session_max_age)],
          ['Tokens of the built-in admin', durationOf(lifetimes.admin_token)],
          ['This console, unused', durationOf(lifetimes.console_idle)],
          ['This console, at most', durationOf(lifetimes.console_max_age)],
          ['The audit trail', durationOf(lifetimes.audit_retention)],
        ]}
      />
    </SimpleGrid>
  );
}

function Facts({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  const id = useId();
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={id}>
      <Title order={3} size="h5" mb="sm" id={id}>
        {title}
      </Title>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </Paper>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm">
        {value}
      </Text>
    </>
  );
}

const NUMBER = new Intl.NumberFormat();

const UNITS = [
  { seconds: 24 * 3600, name: 'day' },
  { seconds: 3600, name: 'hour' },
  { seconds: 60, name: 'minute' },
  { seconds: 1, name: 'second' },
] as const;

/** In the largest unit that leaves nothing over, such as 36 hours and 7 days. */
function durationOf(seconds: number): string {
  const unit = UNITS.find((one) => seconds >= one.seconds && seconds % one.seconds === 0);
  const { seconds: length, name } = unit ?? UNITS[3];
  const count = seconds / length;
  return `${NUMBER.format(count)} ${name}${count === 1 ? '' : 's'}`;
}
