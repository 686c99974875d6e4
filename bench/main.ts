/** `npm run bench`: measures, prints the table, keeps the raw values and writes the pages. */

import { join, relative } from 'node:path';
import { currentLoad, describeMachine } from './machine.ts';
import { OptionFault, type Options, readOptions, USAGE } from './options.ts';
import { installPeers } from './peers/peers.ts';
import { describeRun, keepResults, readResults, writeDocumentation } from './report/pages.ts';
import type { Run } from './report/results.ts';
import { runSchedule } from './rounds.ts';
import { SCENARIOS } from './scenarios.ts';
import { Scope } from './scope.ts';
import { postgresDatabases } from './subject/postgres.ts';
import { checkOut, currentRevision, UnknownRevision } from './subject/revisions.ts';
import { Sites } from './subject/site.ts';
import { type Scenario, SUBJECT } from './suite.ts';

const ROOT = join(import.meta.dirname, '..');

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  const isTheirs = error instanceof OptionFault || error instanceof UnknownRevision;
  if (!isTheirs) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<void> {
  switch (options.action) {
    case 'help':
      print(USAGE);
      break;
    case 'list':
      print(SCENARIOS.map(({ name, title }) => `${name.padEnd(24)} ${title}`).join('\n'));
      break;
    case 'report':
      writeDocumentation(readResults(options.reportFile));
      break;
    case 'run':
      await runAndReport(options);
  }
}

async function runAndReport(options: Options): Promise<void> {
  if (options.hasPeers) await installPeers();
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  const run = await measure(options, end.signal);
  const file = keepResults(run);
  // Half of a run is nothing to publish.
  if (options.writesDocs && !end.signal.aborted) writeDocumentation(run);
  print(`\n${describeRun(run)}\n\nRaw values: ${relative(process.cwd(), file)}`);
  if (run.measurements.some(({ fault }) => fault !== null)) process.exitCode = 1;
}

async function measure(options: Options, end: AbortSignal): Promise<Run> {
  const { rounds, effort, compareWith } = options;
  const obstacles = obstaclesOf(options.scenarios);
  const scope = new Scope();
  const databases = postgresDatabases(scope);
  const startedAt = new Date().toISOString();
  const loadAtStart = currentLoad();
  try {
    const other = compareWith === null ? null : await checkOut(scope, ROOT, compareWith);
    const measurements = await runSchedule({
      scenarios: options.scenarios.filter(({ name }) => obstacles[name] === undefined),
      databases: options.databases,
      rounds,
      isQuick: options.isQuick,
      effort,
      hasPeers: options.hasPeers,
      sites: new Sites(scope, databases),
      createDatabase: () => databases.create(),
      roots:
        other === null
          ? [{ name: null, path: ROOT }]
          : [
              { name: other.hash, path: other.path },
              { name: SUBJECT, path: ROOT },
            ],
      say: (line) => process.stderr.write(`${line}\n`),
      end,
    });
    return {
      revision: currentRevision(ROOT),
      comparedWith: other?.hash ?? null,
      startedAt,
      machine: describeMachine(),
      rounds,
      effort,
      loadAtStart,
      measurements,
      obstacles,
    };
  } finally {
    await scope.end();
  }
}

/** Why some of them are not run here. */
function obstaclesOf(scenarios: readonly Scenario[]): Record<string, string> {
  return Object.fromEntries(
    scenarios.flatMap(({ name, findObstacle }) => {
      const obstacle = findObstacle?.() ?? null;
      return obstacle === null ? [] : [[name, obstacle]];
    }),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
