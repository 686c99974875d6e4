/** Sallyport and its peers at the same work, in the same run. */

import { PEERS } from '../peers/peers.ts';
import type { Unit } from '../rows.ts';
import { SUBJECT } from '../suite.ts';
import { byRound } from './comparison.ts';
import { formatFigure, formatNumber } from './numbers.ts';
import type { Run } from './results.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { Table } from './tables.ts';

interface PeerRow {
  readonly operation: string;
  readonly scenario: string;
  readonly figure: string;
  readonly unit: Unit;
}

const PEER_ROWS: readonly PeerRow[] = [
  {
    operation: 'sign-in, 32 at once, each with its own password hash',
    scenario: 'sign-in-32',
    figure: 'perSecond',
    unit: '/s',
  },
  {
    operation: 'check of a session, 32 connections',
    scenario: 'verify',
    figure: 'perSecond',
    unit: '/s',
  },
  {
    operation: 'check of an access token, 32 connections',
    scenario: 'access-token',
    figure: 'perSecond',
    unit: '/s',
  },
  {
    operation: 'check of a session while sign-ins saturate the server, p50',
    scenario: 'checks-under-sign-ins',
    figure: 'busyP50Ms',
    unit: 'ms',
  },
  {
    operation: 'the same, p99',
    scenario: 'checks-under-sign-ins',
    figure: 'busyP99Ms',
    unit: 'ms',
  },
  {
    operation: 'refresh with rotation, 8 at once',
    scenario: 'refresh-8',
    figure: 'perSecond',
    unit: '/s',
  },
  { operation: 'memory at rest', scenario: 'footprint', figure: 'residentMb', unit: 'MB' },
  {
    operation: 'start to first answer',
    scenario: 'footprint',
    figure: 'firstAnswerMs',
    unit: 'ms',
  },
];

/** Only rows that a peer was measured in. On SQLite, which is what they ran on. */
export function peersTable({ measurements }: Run): Table {
  const names = [SUBJECT, ...PEERS.map(({ name }) => name)];
  const heads = ['Sallyport', ...PEERS.map(({ name, remark }) => `${name} (${remark})`)];
  const rows = PEER_ROWS.flatMap(({ operation, scenario, figure, unit }) => {
    const onSqlite = measurements.filter(
      (one) => one.scenario === scenario && one.database === 'sqlite',
    );
    const spreads = names.map((name) =>
      spreadOf(byRound(onSqlite, name, figure).filter((value) => value !== undefined)),
    );
    if (spreads.filter((spread) => spread !== null).length < 2) return [];
    const cells = spreads.map((spread) => (spread === null ? '–' : cellOf(spread, unit)));
    return [[operation, ...cells]];
  });
  return { heads: ['', ...heads], rows };
}

/** The slowest and the fastest round in parentheses, where there were several. */
function cellOf({ median, min, max, count }: Spread, unit: Unit): string {
  const rounds = count === 1 ? '' : ` (${formatNumber(min)}–${formatNumber(max)})`;
  return formatFigure(median, unit) + rounds;
}
