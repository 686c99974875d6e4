/** The command line of the suite. */

import { parseArgs } from 'node:util';
import { ROWS } from './rows.ts';
import { SCENARIOS } from './scenarios.ts';
import type { DatabaseKind } from './subject/subject-server.ts';
import type { Effort, Scenario } from './suite.ts';

export const USAGE = `Usage: npm run bench -- [options]

Measures Sallyport beside what bounds it and beside its peers, in the same run.

  --quick            one or two short rounds, in less than two minutes on a quiet machine; no peers
  --only NAMES       scenarios, or rows, by name, separated by commas
  --rounds N         rounds of each (5; with --quick 2)
  --seconds N        measured seconds of each round (3; with --quick 1)
  --database NAMES   sqlite, postgres or both (both; with --quick one of them for each scenario)
  --compare REV      another revision against this checkout, in place of limits and peers
  --no-peers         leaves out what is installed from npm for comparison
  --no-docs          leaves docs/performance.md as it is
  --report FILE      measures nothing and writes the documentation from these results
  --list             names the scenarios
  --help             this text
`;

export interface Options {
  readonly action: 'run' | 'help' | 'list' | 'report';
  readonly reportFile: string;
  readonly isQuick: boolean;
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly effort: Effort;
  readonly databases: readonly DatabaseKind[];
  readonly compareWith: string | null;
  readonly hasPeers: boolean;
  /** A part of the rows, or short rounds, are nothing to publish. */
  readonly writesDocs: boolean;
}

/** @throws OptionFault with a line for the person at the prompt */
export function readOptions(commandArguments: readonly string[]): Options {
  const values = parse(commandArguments);
  const isQuick = values.quick === true;
  const compareWith = values.compare ?? null;
  const only = values.only?.split(',');
  const databases = databasesOf(values.database ?? 'sqlite,postgres');
  const hasPeers = values['no-peers'] !== true && !isQuick && compareWith === null;
  const isWhole = hasPeers && only === undefined && databases.length === 2;
  return {
    action: actionOf(values),
    reportFile: values.report ?? '',
    isQuick,
    scenarios: only === undefined ? SCENARIOS : named(only),
    rounds: positive('rounds', values.rounds, isQuick ? 2 : 5),
    effort: effortOf(positive('seconds', values.seconds, isQuick ? 1 : 3)),
    databases,
    compareWith,
    hasPeers,
    writesDocs: isWhole && values['no-docs'] !== true,
  };
}

export class OptionFault extends Error {}

function parse(commandArguments: readonly string[]) {
  try {
    return parseArgs({
      args: [...commandArguments],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        database: { type: 'string' },
        compare: { type: 'string' },
        'no-peers': { type: 'boolean' },
        'no-docs': { type: 'boolean' },
        report: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new OptionFault((error as Error).message);
  }
}

function actionOf(values: ReturnType<typeof parse>): Options['action'] {
  if (values.help === true) return 'help';
  if (values.list === true) return 'list';
  return values.report === undefined ? 'run' : 'report';
}

/** Also by the name of a row, whose scenario is meant. */
function named(names: readonly string[]): Scenario[] {
  const wanted = names.map((name) => ROWS.find(({ id }) => id === name)?.scenario ?? name);
  const unknown = wanted.filter((name) => !SCENARIOS.some((one) => one.name === name));
  if (unknown.length > 0) {
    const all = SCENARIOS.map(({ name }) => name).join(', ');
    throw new OptionFault(`there is no scenario ${unknown.join(', ')}; there are ${all}`);
  }
  return SCENARIOS.filter(({ name }) => wanted.includes(name));
}

function databasesOf(text: string): DatabaseKind[] {
  const kinds = text === 'both' ? ['sqlite', 'postgres'] : text.split(',');
  return kinds.map((kind) => {
    if (kind === 'sqlite' || kind === 'postgres') return kind;
    throw new OptionFault(`--database takes sqlite, postgres or both, not ${kind}`);
  });
}

function positive(name: string, text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new OptionFault(`--${name} takes a number above 0, not ${text}`);
}

/** Half of it again before, for the compiler and the caches. */
function effortOf(seconds: number): Effort {
  return { warmupMs: Math.max(700, seconds * 500), measureMs: seconds * 1000 };
}
