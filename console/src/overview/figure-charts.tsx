/** The charts of the overview: what people did, and how fast this server answered. */

import { SegmentedControl, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { Failure } from '../parts/failure.tsx';
import { Chart, type Line } from './chart.tsx';
import { type Figures, type Period, useFigures } from './overview-calls.ts';

const PERIODS: readonly { value: Period; label: string; rest: string }[] = [
  { value: 'hour', label: 'Hour', rest: 'In the last hour' },
  { value: 'day', label: 'Day', rest: 'In the last 24 hours' },
  { value: 'week', label: 'Week', rest: 'In the last 7 days' },
];

export const isPeriod = (text: string | undefined): text is Period =>
  PERIODS.some(({ value }) => value === text);

const NUMBER = new Intl.NumberFormat();
const COUNT = (value: number) => NUMBER.format(value);
const SHORT_MS = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const DURATION = (ms: number) => `${SHORT_MS.format(ms)} ms`;

interface FigureChartsProps {
  readonly period: Period;
  readonly onPeriod: (period: Period) => void;
  readonly isLive: boolean;
}

export function FigureCharts({ period, onPeriod, isLive }: FigureChartsProps) {
  const figures = useFigures(period, isLive);
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="Time that the charts show"
        value={period}
        onChange={(value) => onPeriod(value as Period)}
        data={PERIODS.map(({ value, label }) => ({ value, label }))}
        w="fit-content"
      />
      {figures.isError && (
        <Failure
          title={figures.data ? 'The charts are not up to date' : 'The charts cannot be shown'}
          error={figures.error}
          onRetry={() => void figures.refetch()}
        />
      )}
      {figures.data && <Charts figures={figures.data} period={period} />}
      {figures.isPending && <LoadingCharts />}
    </Stack>
  );
}

function LoadingCharts() {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} role="status" aria-label="Loading">
      {['one', 'two', 'three', 'four'].map((key) => (
        <Skeleton key={key} height={300} />
      ))}
    </SimpleGrid>
  );
}

type Counted = 'signed_in' | 'sign_in_failed' | 'refreshed' | 'limited';

function Charts({ figures, period }: { readonly figures: Figures; readonly period: Period }) {
  const { buckets } = figures;
  const times = useMemo(() => buckets.map(({ at }) => secondOf(at)), [buckets]);
  const lines = useMemo(() => {
    const line = (label: string, name: Counted, tone: Line['tone'] = 'first'): Line => ({
      label,
      tone,
      values: buckets.map((bucket) => bucket[name]),
    });
    return {
      signIns: [line('Signed in', 'signed_in'), line('Failed', 'sign_in_failed', 'second')],
      refreshes: [line('Refreshed', 'refreshed')],
      limited: [line('Refused', 'limited')],
    };
  }, [buckets]);
  const counts = {
    times,
    isCount: true,
    format: COUNT,
    restLabel: PERIODS.find(({ value }) => value === period)?.rest ?? '',
    restOf: sumOf,
  };
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Chart
        title="Sign-ins"
        note="Of people and of the built-in admin."
        lines={lines.signIns}
        {...counts}
      />
      <Chart
        title="Refreshes"
        note="Sessions that got new tokens."
        lines={lines.refreshes}
        {...counts}
      />
      <Chart
        title="Refused by limits"
        note="Attempts to sign in after too many failures; each limit counts once a minute."
        lines={lines.limited}
        {...counts}
      />
      <Latency figures={figures} />
    </SimpleGrid>
  );
}

/** Enough to tell the servers of one installation apart. */
const SHOWN_OF_ID = 8;

function Latency({ figures }: { readonly figures: Figures }) {
  const { times, lines } = useMemo(() => latencyOver(figures), [figures]);
  const server = figures.latency.server_id.slice(0, SHOWN_OF_ID);
  return (
    <Chart
      title="Time to answer"
      note={`Of the server that answers here, ${server}, in the last hour.`}
      times={times}
      lines={lines}
      isCount={false}
      format={DURATION}
      restLabel="Latest"
      restOf={latestOf}
    />
  );
}

const MINUTES = 60;

/** The hour until then. Minutes without a request have no time to answer, and are gaps. */
function latencyOver({ latency, until }: Figures): { times: number[]; lines: Line[] } {
  const byTime = new Map(latency.buckets.map((bucket) => [secondOf(bucket.at), bucket]));
  const last = Math.max(Math.floor(secondOf(until) / 60 - 1) * 60, ...byTime.keys());
  const times = Array.from({ length: MINUTES }, (_, minute) => last - (MINUTES - 1 - minute) * 60);
  const line = (label: string, name: 'p50_ms' | 'p99_ms', tone: Line['tone']): Line => ({
    label,
    tone,
    values: times.map((second) => byTime.get(second)?.[name] ?? null),
  });
  return {
    times,
    lines: [line('Median', 'p50_ms', 'first'), line('99 of 100 within', 'p99_ms', 'second')],
  };
}

const secondOf = (at: string) => Date.parse(at) / 1000;

function sumOf({ values }: Line): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function latestOf({ values }: Line): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
