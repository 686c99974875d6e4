/** What goes on: numbers of now and of the day, and how they came to be. */

import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Failure } from '../parts/failure.tsx';
import { IconAlertTriangle } from '../parts/icons.tsx';
import { Page } from '../parts/page.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import { FigureCharts, isPeriod } from './figure-charts.tsx';
import { FirstSteps, isFresh } from './first-steps.tsx';
import { useIsSomebodyHere, useStats } from './overview-calls.ts';
import { StatCards } from './stat-cards.tsx';

export function OverviewPage() {
  const { filters, setFilters } = useUrlFilters(['period'] as const);
  const isLive = useIsSomebodyHere();
  const stats = useStats(isLive);
  const lead = isLive
    ? 'Now, and in the last 24 hours; it keeps itself up to date'
    : 'Not kept up to date while nobody is here';
  return (
    <Page title="Overview" lead={lead}>
      {stats.data?.auth_enabled === false && <AuthOffWarning />}
      {stats.isError && (
        <Failure
          title={stats.data ? 'The numbers are not up to date' : 'The numbers cannot be shown'}
          error={stats.error}
          onRetry={() => void stats.refetch()}
        />
      )}
      {stats.data && isFresh(stats.data) && <FirstSteps />}
      {(stats.data || stats.isPending) && <StatCards stats={stats.data} />}
      <FigureCharts
        period={isPeriod(filters.period) ? filters.period : 'hour'}
        onPeriod={(period) => setFilters({ period: period === 'hour' ? null : period })}
        isLive={isLive}
      />
    </Page>
  );
}

function AuthOffWarning() {
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconAlertTriangle />}
      title="Auth enforcement is off"
    >
      <Stack gap={4} align="start">
        <Text size="sm" c="var(--mantine-color-text)">
          What this server guards for other services is open to everybody, without any sign-in.
        </Text>
        <Anchor component={Link} href="/settings" size="sm">
          See what that means, and turn it on
        </Anchor>
      </Stack>
    </Alert>
  );
}
