/** Writes what a run found: raw values always, and the pages of the documentation when asked to. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROWS } from '../rows.ts';
import { type JudgedRow, judgeRows } from './comparison.ts';
import { fillPage } from './page.ts';
import { peersTable } from './peers-table.ts';
import type { Run } from './results.ts';
import { compareRevisions, comparisonTable } from './revision-comparison.ts';
import { markdownTable, type Table, targetsTable, terminalTable } from './tables.ts';
import { targetsChart } from './targets-chart.ts';
import { timelineChart } from './timeline-chart.ts';

const ROOT = join(import.meta.dirname, '../..');
const RESULTS = join(ROOT, 'bench', 'results');
const PAGE = join(ROOT, 'docs', 'performance.md');
const PICTURES = join(ROOT, 'docs', 'images');
const DISTURBED =
  'Others used this machine meanwhile: figures and latencies are worth little, ratios by CPU time more.';
/** The raw values of what the page shows; the only ones that are committed. */
const DOCUMENTED = join(RESULTS, 'documented.json');

/** For the terminal: the machine, what was found, and what must be known about it. */
export function describeRun(run: Run): string {
  const tables = tablesOf(run).map(terminalTable);
  return [describeConditions(run), ...tables].join('\n\n');
}

/** @returns the file of the raw values; tables and charts are beside it */
export function keepResults(run: Run): string {
  const stem = join(RESULTS, run.startedAt.replace(/[:.]/g, '-'));
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${stem}.json`, serialise(run));
  const tables = tablesOf(run).map(markdownTable);
  writeFileSync(`${stem}.md`, `${[describeConditions(run), ...tables].join('\n\n')}\n`);
  for (const [name, picture] of chartsOf(run)) writeFileSync(`${stem}-${name}.svg`, picture);
  return `${stem}.json`;
}

/** @throws when the page lacks a place for something */
export function writeDocumentation(run: Run): void {
  const rows = judgeRows(ROWS, run);
  const page = fillPage(readFileSync(PAGE, 'utf8'), {
    conditions: describeConditions(run),
    targets: markdownTable(targetsTable(rows)),
    peers: markdownTable(peersTable(run)),
  });
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, picture] of chartsOf(run)) {
    writeFileSync(join(PICTURES, `bench-${name}.svg`), picture);
  }
  writeFileSync(DOCUMENTED, serialise(run));
  writeFileSync(PAGE, page);
}

export function readResults(file: string): Run {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function serialise(run: Run): string {
  // Long series on one line each: a person reads the figures and skips these.
  const text = JSON.stringify(run, null, 1);
  return `${text.replace(/\[\s+((?:-?[\d.e+]+|null)(?:,\s+(?:-?[\d.e+]+|null))*)\s+\]/g, (_, list) => `[${String(list).replace(/\s+/g, ' ')}]`)}\n`;
}

function tablesOf(run: Run): Table[] {
  if (run.comparedWith !== null) return [comparisonTable(compareRevisions(ROWS, run))];
  const peers = peersTable(run);
  return [targetsTable(judgeRows(ROWS, run)), ...(peers.rows.length > 0 ? [peers] : [])];
}

function chartsOf(run: Run): [name: string, picture: string][] {
  if (run.comparedWith !== null) return [];
  const rows: JudgedRow[] = judgeRows(ROWS, run);
  const timelines = run.measurements.filter(({ sample }) => sample?.timeline !== undefined);
  // The last round: the earlier ones look the same, or their spread says that they do not.
  const timeline = timelines.at(-1)?.sample?.timeline;
  return [
    ['targets', targetsChart(rows)],
    ...(timeline === undefined ? [] : [['overload', timelineChart(timeline)] as [string, string]]),
  ];
}

function describeConditions(run: Run): string {
  const { machine, revision, comparedWith, rounds, effort, startedAt } = run;
  const beside = comparedWith === null ? '' : ` beside ${comparedWith}`;
  const loads = run.measurements.map(({ loadAverage }) => loadAverage);
  const highest = Math.max(run.loadAtStart, ...loads);
  // Our own load is not there yet.
  const isDisturbed = run.loadAtStart > machine.cores / 2;
  const sentences = [
    `Revision ${revision}${beside}, ${startedAt.slice(0, 10)}; Node ${machine.node.slice(1)}`,
    `${machine.cpuModel}, ${count(machine.cores, 'core')}, ${machine.platform}`,
    machine.isPinned ? 'server and load pinned to different cores' : 'nothing pinned to a core',
    `${count(rounds, 'round')} of ${effort.measureMs / 1000} s`,
    `load average ${run.loadAtStart} at the start, ${highest} at most`,
  ];
  const warning = isDisturbed ? ` ${DISTURBED}` : '';
  return `${sentences.join('; ')}.${warning}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
