/** The figures of the overview, asked for again and again while somebody looks at them. */

import { useIdle } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import type { AnswerOf } from '../api/types.ts';

export type Stats = AnswerOf<'management_stats'>;
export type Figures = AnswerOf<'management_figures'>;
export type Period = 'hour' | 'day' | 'week';

const STATS_EVERY_MS = 5_000;
/** By the period: what a week looks like does not change in seconds. */
const FIGURES_EVERY_MS: Record<Period, number> = { hour: 5_000, day: 15_000, week: 60_000 };
/** A page that nobody looks at must not keep its session alive. */
const AWAY_AFTER_MS = 15 * 60_000;

/** Whether somebody has touched anything within the last quarter of an hour. */
export function useIsSomebodyHere(): boolean {
  return !useIdle(AWAY_AFTER_MS, { initialState: false });
}

/** The page that is hidden, in another tab, asks for nothing either: react-query sees to that. */
export function useStats(isLive = false) {
  return useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => call<Stats>('GET', '/management/stats', { signal }),
    refetchInterval: isLive && STATS_EVERY_MS,
  });
}

export function useFigures(period: Period, isLive: boolean) {
  return useQuery({
    queryKey: ['figures', period],
    queryFn: ({ signal }) =>
      call<Figures>('GET', '/management/figures', { query: { period }, signal }),
    refetchInterval: isLive && FIGURES_EVERY_MS[period],
    placeholderData: keepPreviousData,
  });
}
