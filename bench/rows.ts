/**
 * The targets, one a row: which figure of Sallyport's, beside which figure of what bounds it, and
 * how good that has to be. Figures are named in the scenarios. A row is compared within each
 * round, between two processes that ran one after the other; see report/comparison.ts.
 */

import { SETTINGS } from '../src/config.ts';
import { SUBJECT } from './suite.ts';

export interface Row {
  readonly id: string;
  readonly scenario: string;
  readonly operation: string;
  readonly figure: string;
  readonly unit: Unit;
  /** What it is measured against, in the same round; null where there is nothing. */
  readonly beside: Beside | null;
  readonly target: Target;
  /** Reported and held to nothing: the target says only which way is better. */
  readonly isOnlyTold?: boolean;
  /** Also where something stands beside it, the target is of the figure and not of the ratio. */
  readonly isTargetOfFigure?: boolean;
}

export interface Beside {
  readonly contender: string;
  readonly figure: string;
  /** What the table calls it, where that is not the contender. */
  readonly label?: string;
}

export type Unit = '/s' | 'ms' | 'MB' | 's' | '';

/** Of the ratio, unless there is nothing beside it or the row says otherwise. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** Sallyport's own figure before the same process was put under load. */
function atRest(figure: string): Beside {
  return { contender: SUBJECT, figure, label: 'at rest' };
}

/** Whether the verdict is on the ratio. */
export function isJudgedByRatio({ beside, isTargetOfFigure }: Row): boolean {
  return beside !== null && isTargetOfFigure !== true;
}

/** Beside the same with a thousand users, sessions and access tokens. */
function aThousand(figure: string): Beside {
  return { contender: 'a thousand', figure };
}

/** 1.2 times as long for an answer. */
const HARDLY_SLOWER = { atLeast: 1 / 1.2 };

const SIZE_ROWS: readonly Row[] = [
  ...[
    { scenario: 'size-verify', what: 'check of a session, of a thousand in use', isCold: false },
    { scenario: 'size-verify-cold', what: 'check of a session not in memory', isCold: true },
    {
      scenario: 'size-access-token',
      what: 'check of an access token, of a thousand in use',
      isCold: false,
    },
    {
      scenario: 'size-access-token-cold',
      what: 'check of an access token not in memory',
      isCold: true,
    },
    { scenario: 'size-refresh', what: 'refresh, 64 at once', isCold: false },
  ].map(
    ({ scenario, what, isCold }): Row => ({
      id: scenario,
      scenario,
      operation: `a million users, sessions and access tokens: ${what}`,
      figure: 'perSecond',
      unit: '/s',
      beside: aThousand('perSecond'),
      target: HARDLY_SLOWER,
      isOnlyTold: isCold,
    }),
  ),
  {
    id: 'size-start',
    scenario: 'size-start',
    operation: 'a million: start to first answer',
    figure: 'firstAnswerMs',
    unit: 'ms',
    beside: aThousand('firstAnswerMs'),
    target: { atMost: 1.5 },
  },
  {
    id: 'size-memory',
    scenario: 'size-start',
    operation: 'a million: memory at rest',
    figure: 'residentMb',
    unit: 'MB',
    beside: aThousand('residentMb'),
    target: { atMost: 1.2 },
    isOnlyTold: true,
  },
  {
    id: 'size-memory-used',
    scenario: 'size-start',
    operation: 'a million: memory after checks of 50 000 sessions, beside at rest',
    figure: 'usedMb',
    unit: 'MB',
    beside: atRest('residentMb'),
    target: { atMost: 2 },
    isOnlyTold: true,
  },
];

export const ROWS: readonly Row[] = [
  {
    id: 'verify',
    scenario: 'verify',
    operation: '`GET /api/auth/verify`, live session check included, 32 connections',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'bare node:http', figure: 'perSecond' },
    target: { atLeast: 0.75 },
  },
  {
    id: 'verify-better-auth',
    scenario: 'verify',
    operation: 'the same, beside the session check of Better Auth',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'Better Auth', figure: 'perSecond' },
    target: { atLeast: 40 },
  },
  {
    id: 'access-token',
    scenario: 'access-token',
    operation: '`GET /management/access-tokens/self`, live check included, 32 connections',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'bare node:http', figure: 'perSecond' },
    target: { atLeast: 0.8 },
  },
  ...[8, 32].map(
    (atOnce): Row => ({
      id: `sign-in-${atOnce}`,
      scenario: `sign-in-${atOnce}`,
      operation: `sign-in, ${atOnce} at once, bcrypt cost ${SETTINGS.BCRYPT_COST.fallback}`,
      figure: 'perSecond',
      unit: '/s',
      beside: { contender: 'bcrypt', figure: 'perSecond' },
      target: { atLeast: 0.9 },
    }),
  ),
  {
    id: 'check-p50-under-sign-ins',
    scenario: 'checks-under-sign-ins',
    operation: 'check while sign-ins saturate the server, p50',
    figure: 'busyP50Ms',
    unit: 'ms',
    beside: atRest('idleP50Ms'),
    target: { atMost: 2 },
  },
  {
    id: 'check-p99-under-sign-ins',
    scenario: 'checks-under-sign-ins',
    operation: 'check while sign-ins saturate the server, p99',
    figure: 'busyP99Ms',
    unit: 'ms',
    beside: atRest('idleP99Ms'),
    target: { atMost: 10 },
    isTargetOfFigure: true,
  },
  {
    id: 'overload-refusal',
    scenario: 'overload',
    operation: '500 sign-ins at once: a refusal (503 with `Retry-After`), p99',
    figure: 'refusedP99Ms',
    unit: 'ms',
    beside: null,
    target: { atMost: 100 },
  },
  {
    id: 'overload-check',
    scenario: 'overload',
    operation: '500 sign-ins at once: check, p99',
    figure: 'signInsP99Ms',
    unit: 'ms',
    beside: atRest('restP99Ms'),
    target: { atMost: 10 },
    isTargetOfFigure: true,
  },
  {
    id: 'overload-connections',
    scenario: 'overload',
    operation: 'ten times the connections it may have: check, p99',
    figure: 'floodP99Ms',
    unit: 'ms',
    beside: atRest('restP99Ms'),
    target: { atMost: 10 },
    isTargetOfFigure: true,
  },
  {
    id: 'overload-memory',
    scenario: 'overload',
    operation: 'memory at the worst of both',
    figure: 'peakMb',
    unit: 'MB',
    beside: atRest('restMb'),
    target: { atMost: 1.5 },
  },
  {
    id: 'overload-recovery',
    scenario: 'overload',
    operation: 'from the end of the overload until checks are as quick as at rest',
    figure: 'recoveryMs',
    unit: 'ms',
    beside: null,
    target: { atMost: 1_000 },
  },
  {
    id: 'refresh',
    scenario: 'refresh',
    operation: 'refresh, 64 at once, every answered rotation durable',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'bare better-sqlite3', figure: 'perSecond' },
    target: { atLeast: 10_000 },
    isTargetOfFigure: true,
  },
  {
    id: 'refresh-postgres',
    scenario: 'refresh-postgres',
    operation: 'refresh, 64 at once',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'bare pg pool', figure: 'perSecond' },
    target: { atLeast: 0.5 },
  },
  {
    id: 'slow-disk',
    scenario: 'slow-disk',
    operation: 'check while each commit takes 20 ms, p99',
    figure: 'p99Ms',
    unit: 'ms',
    beside: null,
    target: { atMost: 25 },
  },
  {
    id: 'two-servers',
    scenario: 'two-servers',
    operation: 'two servers on PostgreSQL beside one, checks of sessions',
    figure: 'perSecond',
    unit: '/s',
    beside: { contender: 'one server', figure: 'perSecond' },
    target: { atLeast: 1.7 },
  },
  {
    id: 'idle-memory',
    scenario: 'footprint',
    operation: 'memory at rest',
    figure: 'residentMb',
    unit: 'MB',
    beside: { contender: 'bare Fastify + better-sqlite3', figure: 'residentMb' },
    target: { atMost: 1.8 },
  },
  {
    id: 'first-answer',
    scenario: 'footprint',
    operation: 'start to first answer',
    figure: 'firstAnswerMs',
    unit: 'ms',
    beside: { contender: 'bare Fastify + better-sqlite3', figure: 'firstAnswerMs' },
    target: { atMost: 3 },
  },
  ...SIZE_ROWS,
];
