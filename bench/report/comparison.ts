/** From raw values to the rows of the table: ratios, spreads, verdicts. */

import { isJudgedByRatio, type Row, type Target } from '../rows.ts';
import { SUBJECT } from '../suite.ts';
import type { Measurement, Run } from './results.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';

/** `close` when some rounds met the target and some did not. */
export type Verdict = 'met' | 'missed' | 'close' | 'failed' | 'not measured';

export interface JudgedRow {
  readonly row: Row;
  readonly database: string;
  readonly value: Spread | null;
  readonly beside: Spread | null;
  /** Null when nothing stands beside it. */
  readonly ratio: Spread | null;
  /** Of these two, the one that the target is of; null when it was not measured. */
  readonly decisive: Spread | null;
  /**
   * The same ratio made of CPU time, which others on the machine hardly disturb;
   * null where there is none.
   */
  readonly cpuRatio: Spread | null;
  readonly verdict: Verdict;
  /** Why there is no verdict, or what to know about it. */
  readonly remark: string | null;
}

/** One for each row and database that was measured, in the order of the rows. */
export function judgeRows(rows: readonly Row[], run: Run): JudgedRow[] {
  return rows.flatMap((row) => {
    const obstacle = run.obstacles[row.scenario];
    const ofScenario = run.measurements.filter(({ scenario }) => scenario === row.scenario);
    if (obstacle !== undefined) return [unmeasured(row, '', obstacle)];
    const databases = [...new Set(ofScenario.map(({ database }) => database))];
    const judged = databases.map((database) =>
      judge(
        row,
        database,
        ofScenario.filter((one) => one.database === database),
      ),
    );
    // What stands beside it may run on one database alone, and is left out on the other.
    const measured = judged.filter(({ verdict }) => verdict !== 'not measured');
    return measured.length > 0 ? measured : judged.slice(0, 1);
  });
}

function judge(row: Row, database: string, measurements: readonly Measurement[]): JudgedRow {
  const besideName = row.beside?.contender ?? SUBJECT;
  const involved = measurements.filter(
    ({ contender }) => contender === SUBJECT || contender === besideName,
  );
  if (!involved.some(({ contender }) => contender === besideName)) {
    return unmeasured(row, database, `${besideName} was left out`);
  }
  const values = byRound(measurements, SUBJECT, row.figure);
  const others = row.beside === null ? [] : byRound(measurements, besideName, row.beside.figure);
  const ratios = row.beside === null ? null : ratiosOf(values, others);
  const value = spreadOf(values.filter((one) => one !== undefined));
  const ratio = ratios === null ? null : spreadOf(ratios);
  const decisive = isJudgedByRatio(row) ? ratio : value;
  const judged = {
    ...{ row, database, value, ratio, decisive },
    beside: spreadOf(others.filter((one) => one !== undefined)),
    cpuRatio: cpuRatioOf(row.figure, measurements, SUBJECT, besideName),
  };
  // One wrong answer is one too many, however fast the others were.
  const fault = involved.find((one) => one.fault !== null)?.fault ?? null;
  if (fault !== null) return { ...judged, verdict: 'failed', remark: fault };
  if (decisive === null) return unmeasured(row, database, `there is no ${row.figure}`);
  return { ...judged, verdict: verdictOn(decisive, row.target), remark: remarkOn(involved) };
}

/** A figure's counterpart in CPU time; less time for an answer is a higher rate. */
const CPU_FIGURES: Readonly<
  Record<string, { readonly name: string; readonly isInverse: boolean }>
> = {
  perSecond: { name: 'cpuMicrosPerAnswer', isInverse: true },
  firstAnswerMs: { name: 'startCpuMs', isInverse: false },
};

/** The ratio of a figure of two contenders, made of their CPU time; null where there is none. */
export function cpuRatioOf(
  figure: string,
  measurements: readonly Measurement[],
  subject: string,
  other: string,
): Spread | null {
  const counterpart = CPU_FIGURES[figure];
  if (counterpart === undefined || subject === other) return null;
  const own = byRound(measurements, subject, counterpart.name);
  const others = byRound(measurements, other, counterpart.name);
  return spreadOf(counterpart.isInverse ? ratiosOf(others, own) : ratiosOf(own, others));
}

function verdictOn({ median, min, max }: Spread, target: Target): Verdict {
  const isMet = (value: number) => meetsTarget(value, target);
  if (isMet(min) === isMet(max)) return isMet(median) ? 'met' : 'missed';
  return 'close';
}

export function meetsTarget(value: number, target: Target): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** Above this, the load generator was what was measured. */
const SATURATED = 0.97;
const SERVER_IDLES_BELOW = 0.9;

/** A generator without rest beside a server with rest bounds the figure from below. */
function remarkOn(measurements: readonly Measurement[]): string | null {
  const isBound = measurements.some(({ sample }) => {
    const { loadUtilization = 0, serverCores = 1 } = sample?.figures ?? {};
    return loadUtilization > SATURATED && serverCores < SERVER_IDLES_BELOW;
  });
  return isBound ? 'the load generator was the limit in some rounds' : null;
}

function unmeasured(row: Row, database: string, remark: string): JudgedRow {
  const nothing = { value: null, beside: null, ratio: null, decisive: null, cpuRatio: null };
  return { row, database, ...nothing, verdict: 'not measured', remark };
}

/** A contender's values of one figure, at the index of their round. */
export function byRound(
  measurements: readonly Measurement[],
  contender: string,
  figure: string,
): (number | undefined)[] {
  const rounds: (number | undefined)[] = [];
  for (const one of measurements) {
    if (one.contender === contender) rounds[one.round] = one.sample?.figures[figure];
  }
  return rounds;
}
