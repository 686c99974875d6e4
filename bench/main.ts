/** `npm run bench`: measures, prints the table, keeps the raw values and writes the pages. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentLoad, describeMachine } from './machine.ts';
import { OptionFault, type Options, readOptions, USAGE } from './options.ts';
import { installPeers } from './peers/peers.ts';
import { judgeRows } from './report/comparison.ts';
import type { Run } from './report/results.ts';
import { markdownTable, terminalTable } from './report/tables.ts';
import { runSchedule } from './rounds.ts';
import { ROWS } from './rows.ts';
import { SCENARIOS } from './scenarios.ts';
import { Scope } from './scope.ts';
import { postgresDatabases } from './subject/postgres.ts';
import { Sites } from './subject/site.ts';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'results');

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof OptionFault)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<void> {
  if (options.action === 'help') {
    print(USAGE);
    return;
  }
  if (options.action === 'list') {
    print(SCENARIOS.map(({ name, title }) => `${name.padEnd(20)} ${title}`).join('\n'));
    return;
  }
  if (options.hasPeers) await installPeers();
  const run = await measure(options);
  const rows = judgeRows(ROWS, run);
  const file = keep(run);
  writeFileSync(file.replace('.json', '.md'), `${markdownTable(rows)}\n`);
  print(`\n${terminalTable(rows)}\n\nRaw values: ${file}`);
}

async function measure(options: Options): Promise<Run> {
  const { scenarios, rounds, effort } = options;
  const scope = new Scope();
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  const startedAt = new Date();
  const loadAtStart = currentLoad();
  const databases = postgresDatabases(scope);
  try {
    const measurements = await runSchedule({
      scenarios,
      databases: options.databases,
      rounds,
      effort,
      hasPeers: options.hasPeers,
      sites: new Sites(scope, databases),
      createDatabase: () => databases.create(),
      roots: [{ name: null, path: ROOT }],
      say: (line) => process.stderr.write(`${line}\n`),
      end: end.signal,
    });
    return {
      revision: revision(),
      comparedWith: null,
      startedAt: startedAt.toISOString(),
      machine: describeMachine(),
      rounds,
      effort,
      loadAtStart,
      measurements,
      obstacles: {},
    };
  } finally {
    await scope.end();
  }
}

function revision(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=12', 'HEAD') + (isChanged ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}

function keep(run: Run): string {
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${run.startedAt.replace(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`);
  return file;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
