/**
 * Runs scenarios round by round. The contenders of a round run one after the other, in an order
 * that turns around from round to round, so that none always comes first on a cool machine; each
 * starts anew, because a process that has run for long is another one.
 */

import { currentLoad } from './machine.ts';
import type { Measurement } from './report/results.ts';
import { Scope } from './scope.ts';
import type { Sites } from './subject/site.ts';
import type { DatabaseKind } from './subject/subject-server.ts';
import type { Contender, Effort, Round, Scenario } from './suite.ts';

export interface Schedule {
  readonly scenarios: readonly Scenario[];
  readonly databases: readonly DatabaseKind[];
  readonly rounds: number;
  /** Each scenario on one database, and some in fewer rounds. */
  readonly isQuick: boolean;
  readonly effort: Effort;
  readonly sites: Sites;
  readonly createDatabase: () => Promise<string>;
  /** Whether the peers are installed and take part. */
  readonly hasPeers: boolean;
  /** The checkouts to measure: this one, or with `--compare` two under their names. */
  readonly roots: readonly { readonly name: string | null; readonly path: string }[];
  readonly say: (line: string) => void;
  /** Ends the run after the measurement that is under way. */
  readonly end: AbortSignal;
}

interface Entry {
  readonly contender: Contender;
  readonly name: string;
  readonly root: string;
}

export async function runSchedule(schedule: Schedule): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const scenario of schedule.scenarios) {
    const rounds = roundsOf(scenario, schedule);
    for (const [turn, database] of databasesOf(scenario, schedule).entries()) {
      // Peers have a database of their own, which is the same the second time.
      const hasPeers = schedule.hasPeers && turn === 0;
      const entries = entriesOf(scenario, { ...schedule, hasPeers });
      for (let index = 0; index < rounds; index += 1) {
        for (const entry of index % 2 === 0 ? entries : entries.toReversed()) {
          if (schedule.end.aborted) return measurements;
          measurements.push(await measure(schedule, scenario, database, entry, index));
        }
      }
    }
  }
  return measurements;
}

function roundsOf({ quickRounds, isForPeers }: Scenario, schedule: Schedule): number {
  const { rounds, isQuick, hasPeers, roots } = schedule;
  // Two revisions are compared at everything.
  if (isForPeers === true && !hasPeers && roots.length === 1) return 0;
  return isQuick && quickRounds !== undefined ? Math.min(quickRounds, rounds) : rounds;
}

function databasesOf(scenario: Scenario, { databases, isQuick }: Schedule): DatabaseKind[] {
  const both = databases.filter((one) => scenario.databases.includes(one));
  return isQuick ? both.slice(0, 1) : both;
}

/** A comparison of two checkouts has the subject twice and nothing else. */
function entriesOf({ contenders }: Scenario, { roots, hasPeers }: Schedule): Entry[] {
  return roots.flatMap(({ name, path }) =>
    contenders
      .filter(({ role }) => hasPeers || role !== 'peer')
      .filter(({ role }) => name === null || role === 'subject')
      .map((contender) => ({ contender, name: name ?? contender.name, root: path })),
  );
}

async function measure(
  { effort, sites, createDatabase, rounds, say }: Schedule,
  scenario: Scenario,
  database: DatabaseKind,
  { contender, name, root }: Entry,
  index: number,
): Promise<Measurement> {
  const scope = new Scope();
  const about = {
    scenario: scenario.name,
    database,
    contender: name,
    round: index,
    loadAverage: currentLoad(),
  };
  const where = `${scenario.name} · ${database} · ${index + 1}/${rounds} · ${name}`;
  try {
    const round: Round = { scope, root, database, effort, sites, createDatabase };
    const sample = await contender.measure(round);
    say(`${where}: ${describe(sample.figures)}`);
    return { ...about, sample, fault: null };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    say(`${where}: FAILED: ${fault}`);
    return { ...about, sample: null, fault };
  } finally {
    await scope.end();
  }
}

function describe(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
}
