/** Two revisions side by side: every figure that a row speaks of, paired round by round. */

import type { Row, Target } from '../rows.ts';
import { SUBJECT } from '../suite.ts';
import { byRound, cpuRatioOf } from './comparison.ts';
import { formatFigure, formatRatio } from './numbers.ts';
import type { Run } from './results.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';
import type { Table } from './tables.ts';

/** Of no interest below: two runs of the same revision differ by as much. */
const NOISE = 0.03;

export interface ComparedRow {
  readonly row: Row;
  readonly database: string;
  readonly before: Spread | null;
  readonly now: Spread | null;
  /** This checkout beside the other revision. */
  readonly ratio: Spread | null;
  readonly cpuRatio: Spread | null;
  readonly verdict: 'better' | 'worse' | 'no difference seen' | 'not measured' | 'failed';
}

export function compareRevisions(rows: readonly Row[], run: Run): ComparedRow[] {
  const other = run.comparedWith ?? '';
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    // Two targets may be of the same figure.
    const key = `${row.scenario} ${row.figure}`;
    if (seen.has(key) || run.obstacles[row.scenario] !== undefined) return [];
    seen.add(key);
    const ofScenario = run.measurements.filter(({ scenario }) => scenario === row.scenario);
    const databases = [...new Set(ofScenario.map(({ database }) => database))];
    return databases.map((database): ComparedRow => {
      const measurements = ofScenario.filter((one) => one.database === database);
      const of = (revision: string, figure: string) => byRound(measurements, revision, figure);
      const [now, before] = [of(SUBJECT, row.figure), of(other, row.figure)];
      const ratio = spreadOf(ratiosOf(now, before));
      const hasFault = measurements.some(({ fault }) => fault !== null);
      return {
        row,
        database,
        before: spreadOf(before.filter((value) => value !== undefined)),
        now: spreadOf(now.filter((value) => value !== undefined)),
        ratio,
        cpuRatio: cpuRatioOf(row.figure, measurements, SUBJECT, other),
        verdict: hasFault ? 'failed' : verdictOn(ratio, row.target),
      };
    });
  });
}

/** Only where all rounds agree. */
function verdictOn(ratio: Spread | null, target: Target): ComparedRow['verdict'] {
  if (ratio === null) return 'not measured';
  const isMoreBetter = 'atLeast' in target;
  if (ratio.min > 1 + NOISE) return isMoreBetter ? 'better' : 'worse';
  if (ratio.max < 1 - NOISE) return isMoreBetter ? 'worse' : 'better';
  return 'no difference seen';
}

export function comparisonTable(rows: readonly ComparedRow[]): Table {
  const heads = ['operation', 'before', 'now', 'ratio (spread)', 'by CPU time', ''];
  return { heads, rows: rows.map(cellsOf) };
}

function cellsOf(compared: ComparedRow): string[] {
  const { row, database, before, now, ratio, cpuRatio, verdict } = compared;
  const figure = (spread: Spread | null) =>
    spread === null ? '–' : formatFigure(spread.median, row.unit);
  return [
    row.operation + (database === 'postgres' ? ', PostgreSQL' : ''),
    figure(before),
    figure(now),
    ratio === null ? '–' : formatRatio(ratio),
    cpuRatio === null ? '' : formatRatio(cpuRatio),
    verdict,
  ];
}
