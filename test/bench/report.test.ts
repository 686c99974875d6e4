/** What is written for people: numbers, tables, pictures and places in a page. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOptions } from '../../bench/options.ts';
import type { JudgedRow } from '../../bench/report/comparison.ts';
import { formatFigure, formatRatio, formatTarget } from '../../bench/report/numbers.ts';
import { fillPage } from '../../bench/report/page.ts';
import { markdownTable, targetsTable, terminalTable } from '../../bench/report/tables.ts';
import { targetsChart } from '../../bench/report/targets-chart.ts';
import { timelineChart } from '../../bench/report/timeline-chart.ts';

const JUDGED: JudgedRow = {
  row: {
    ...{ id: 'a', scenario: 'a', operation: '`GET /a` & <b>', figure: 'perSecond', unit: '/s' },
    beside: { contender: 'limit', figure: 'perSecond' },
    target: { atLeast: 0.75 },
  },
  database: 'sqlite',
  value: { median: 12_345, min: 12_000, max: 13_000, count: 3 },
  beside: { median: 20_000, min: 19_000, max: 21_000, count: 3 },
  ratio: { median: 0.617, min: 0.6, max: 0.65, count: 3 },
  decisive: { median: 0.617, min: 0.6, max: 0.65, count: 3 },
  cpuRatio: null,
  verdict: 'missed',
  remark: null,
};

test('numbers have three digits that count', () => {
  assert.equal(formatFigure(12_345, '/s'), '12\u202f300/s');
  assert.equal(formatFigure(1_234_567, ''), '1\u202f230\u202f000');
  assert.equal(formatFigure(0.041_66, 'ms'), '0.0417 ms');
  assert.equal(formatFigure(Number.NaN, 'ms'), '– ms');
});

test('a ratio shows its spread, and that it has none', () => {
  assert.equal(formatRatio({ median: 0.617, min: 0.6, max: 0.65, count: 3 }), '0.62 (0.60–0.65)');
  assert.equal(
    formatRatio({ median: 41.23, min: 41.23, max: 41.23, count: 1 }),
    '41.2 (one round)',
  );
  assert.equal(formatTarget({ atMost: 10 }, 'ms', false), '≤ 10 ms');
  assert.equal(formatTarget({ atLeast: 0.75 }, '/s', true), '≥ 0.75 times');
});

test('a table says what stands beside what, and on which database', () => {
  const [row] = targetsTable([{ ...JUDGED, database: 'postgres' }]).rows;
  assert.deepEqual(row, [
    '`GET /a` & <b>, PostgreSQL',
    '12\u202f300/s',
    'limit 20\u202f000/s',
    '0.62 (0.60–0.65)',
    '',
    '≥ 0.75 times',
    'missed',
  ]);
});

test('a cell of a Markdown table cannot end it', () => {
  const table = { heads: ['a', 'b'], rows: [['one | two', 'three\nfour']] };
  assert.equal(markdownTable(table), '| a | b |\n|---|---|\n| one \\| two | three four |');
});

test('columns of a table in the terminal are aligned', () => {
  const table = { heads: ['a', 'b'], rows: [['`long`', 'x']] };
  assert.equal(terminalTable(table), 'a     b\nlong  x');
});

test('a part of a page is replaced between its marks and nowhere else', () => {
  const page = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter';
  const filled = fillPage(page, { a: 'new $& text' });
  assert.equal(filled, 'before\n<!-- bench:a -->\nnew $& text\n<!-- /bench:a -->\nafter');
  assert.equal(fillPage(filled, { a: 'new $& text' }), filled);
  assert.throws(() => fillPage(page, { b: 'new' }), /no place for b/);
});

test('the page on performance has a place for everything that is written into it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/performance.md'), 'utf8');
  assert.doesNotThrow(() => fillPage(page, { conditions: '', targets: '', peers: '' }));
});

test('charts are whole pictures, without numbers that are none, legible in the dark', () => {
  const pictures = [
    targetsChart([JUDGED, { ...JUDGED, decisive: null, verdict: 'failed' }]),
    timelineChart({
      atSeconds: [0, 0.25, 0.5],
      series: {
        p50Ms: [0.3, null, 2],
        p99Ms: [1, null, 900],
        refusedPerSecond: [null, 400, 0],
        residentMb: [80, 90, null],
      },
      phases: [
        { name: 'at rest', fromSeconds: 0 },
        { name: 'a storm & more', fromSeconds: 0.25 },
      ],
    }),
  ];
  for (const picture of pictures) {
    assert.match(picture, /^<svg [^>]*viewBox[\s\S]*<\/svg>\n$/);
    assert.match(picture, /prefers-color-scheme: dark/);
    assert.doesNotMatch(picture, /NaN|Infinity|undefined/);
    assert.doesNotMatch(picture, /&(?!amp;|lt;|gt;)/);
  }
  assert.match(pictures[1] ?? '', /M[\d.]+ [\d.]+M[\d.]+ [\d.]+/, 'a gap is bridged');
});

test('every scenario is in the list', async () => {
  const { SCENARIOS } = await import('../../bench/scenarios.ts');
  const folder = join(import.meta.dirname, '../../bench/scenarios');
  const list = readFileSync(join(folder, '../scenarios.ts'), 'utf8');
  for (const file of readdirSync(folder)) assert.ok(list.includes(`/${file}'`), file);
  assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
});

test('only a whole run is written into the documentation', () => {
  assert.equal(readOptions([]).writesDocs, true);
  const parts = [
    ['--quick'],
    ['--only', 'verify'],
    ['--compare', 'HEAD'],
    ['--database', 'sqlite'],
    ['--no-docs'],
    ['--no-peers'],
  ];
  for (const args of parts) assert.equal(readOptions(args).writesDocs, false, args.join(' '));
});

test('what cannot be run is refused with a reason', () => {
  const wrong = {
    'there is no scenario nothing': ['--only', 'nothing'],
    '--rounds takes a number above 0': ['--rounds', '0'],
    '--database takes sqlite, postgres or both': ['--database', 'mysql'],
    'Unknown option': ['--fast'],
  };
  for (const [message, args] of Object.entries(wrong)) {
    assert.throws(() => readOptions(args), new RegExp(message));
  }
});

test('--only takes rows and scenarios by name', () => {
  const { scenarios } = readOptions(['--only', 'idle-memory,verify']);
  assert.deepEqual(
    scenarios.map(({ name }) => name),
    ['verify', 'footprint'],
  );
});
