/** From raw values to verdicts: what the tables say must be what was measured, and no more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRows } from '../../bench/report/comparison.ts';
import { peersTable } from '../../bench/report/peers-table.ts';
import type { Measurement, Run } from '../../bench/report/results.ts';
import { compareRevisions } from '../../bench/report/revision-comparison.ts';
import { ratiosOf, spreadOf } from '../../bench/report/statistics.ts';
import { ROWS, type Row } from '../../bench/rows.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { SUBJECT } from '../../bench/suite.ts';

const ROW: Row = {
  id: 'speed',
  scenario: 'speed',
  operation: 'going fast',
  figure: 'perSecond',
  unit: '/s',
  beside: { contender: 'limit', figure: 'perSecond' },
  target: { atLeast: 0.5 },
};

/** Values of `perSecond` for each contender, one a round. */
function runOf(
  values: Record<string, readonly number[]>,
  more: Partial<Run> & { faultOf?: string } = {},
): Run {
  const { faultOf, ...rest } = more;
  const measurements = Object.entries(values).flatMap(([contender, list]) =>
    list.map(
      (perSecond, round): Measurement => ({
        ...{ scenario: 'speed', database: 'sqlite', contender, round, loadAverage: 0 },
        sample: contender === faultOf ? null : { figures: { perSecond } },
        fault: contender === faultOf ? 'a wrong answer' : null,
      }),
    ),
  );
  return {
    ...{ revision: 'abc', comparedWith: null, startedAt: '2026-11-22T10:00:00.000Z' },
    machine: {
      ...{ cpuModel: 'a CPU', cores: 2, memoryMb: 1, platform: 'linux x64' },
      ...{ node: 'v24.0.0', isPinned: true },
    },
    ...{ rounds: 3, effort: { warmupMs: 1, measureMs: 1 }, loadAtStart: 0 },
    measurements,
    obstacles: {},
    ...rest,
  };
}

function judge(values: Record<string, readonly number[]>, row: Row = ROW, more = {}) {
  const [judged] = judgeRows([row], runOf(values, more));
  assert.ok(judged);
  return judged;
}

test('the median is the middle value, or between the two in the middle', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3, count: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4, count: 4 });
  assert.deepEqual(spreadOf([7]), { median: 7, min: 7, max: 7, count: 1 });
  assert.equal(spreadOf([]), null);
  assert.equal(spreadOf([Number.NaN]), null);
});

test('ratios are of values of the same round, and missing ones leave the round out', () => {
  assert.deepEqual(ratiosOf([10, 20, undefined, 5], [20, 20, 4, 0]), [0.5, 1]);
});

test('a ratio is made round by round, so that a slow moment of the machine falls out of it', () => {
  const { ratio, value, beside } = judge({ [SUBJECT]: [60, 6, 60], limit: [100, 10, 100] });
  assert.deepEqual(ratio, { median: 0.6, min: 0.6, max: 0.6, count: 3 });
  assert.deepEqual([value?.median, beside?.median], [60, 100]);
});

test('a target is met or missed when all rounds agree, and close when they do not', () => {
  const limit = [100, 100, 100];
  assert.equal(judge({ [SUBJECT]: [50, 60, 70], limit }).verdict, 'met');
  assert.equal(judge({ [SUBJECT]: [30, 40, 49], limit }).verdict, 'missed');
  assert.equal(judge({ [SUBJECT]: [49, 60, 70], limit }).verdict, 'close');
});

test('less is better where the target is an upper bound', () => {
  const row: Row = { ...ROW, beside: null, target: { atMost: 10 } };
  assert.equal(judge({ [SUBJECT]: [8, 9, 10] }, row).verdict, 'met');
  assert.equal(judge({ [SUBJECT]: [11, 12, 13] }, row).verdict, 'missed');
});

test('a target of the figure itself is not judged by the ratio that stands beside it', () => {
  const row: Row = { ...ROW, target: { atLeast: 1_000 }, isTargetOfFigure: true };
  const judged = judge({ [SUBJECT]: [900, 950, 990], limit: [10, 10, 10] }, row);
  assert.deepEqual([judged.verdict, judged.ratio?.median], ['missed', 95]);
});

test('a ratio by CPU time says the same: half the time for an answer is twice the rate', () => {
  const run = runOf({ [SUBJECT]: [90], limit: [100] });
  const cpu: Record<string, number> = { [SUBJECT]: 100, limit: 50 };
  const [judged] = judgeRows([ROW], {
    ...run,
    measurements: run.measurements.map((one) => ({
      ...one,
      sample: { figures: { perSecond: 1, cpuMicrosPerAnswer: cpu[one.contender] ?? 0 } },
    })),
  });
  assert.equal(judged?.cpuRatio?.median, 0.5);
  assert.equal(judged?.ratio?.median, 1);
});

test('a wrong answer on either side fails the row, whatever the figures are', () => {
  for (const faultOf of [SUBJECT, 'limit']) {
    const judged = judge({ [SUBJECT]: [90], limit: [100] }, ROW, { faultOf });
    assert.deepEqual([judged.verdict, judged.remark], ['failed', 'a wrong answer']);
  }
});

test('what has nothing beside it, or cannot be measured here, says so in place of a verdict', () => {
  const alone = judge({ [SUBJECT]: [90] });
  assert.deepEqual([alone.verdict, alone.remark], ['not measured', 'limit was left out']);
  const blocked = judge({}, ROW, { obstacles: { speed: 'too few cores' } });
  assert.deepEqual([blocked.verdict, blocked.remark], ['not measured', 'too few cores']);
});

test('what stands beside it on one database alone has no row on the other', () => {
  const run = runOf({ [SUBJECT]: [90], limit: [100] });
  const onOther = { ...run.measurements[0], database: 'postgres' } as Measurement;
  const rows = judgeRows([ROW], { ...run, measurements: [...run.measurements, onOther] });
  assert.deepEqual(
    rows.map(({ database, verdict }) => [database, verdict]),
    [['sqlite', 'met']],
  );
});

test('a load generator without rest beside a server with rest is spoken of', () => {
  const run = runOf({ [SUBJECT]: [90], limit: [100] });
  const [judged] = judgeRows([ROW], {
    ...run,
    measurements: run.measurements.map((one) => ({
      ...one,
      sample: { figures: { ...one.sample?.figures, loadUtilization: 0.99, serverCores: 0.5 } },
    })),
  });
  assert.match(judged?.remark ?? '', /load generator was the limit/);
});

test('two revisions differ only when all rounds say so', () => {
  const compare = (now: readonly number[], target: Row['target'] = ROW.target) => {
    const run = runOf({ [SUBJECT]: now, before: [100, 100, 100] }, { comparedWith: 'before' });
    return compareRevisions([{ ...ROW, target }], run)[0]?.verdict;
  };
  assert.equal(compare([110, 120, 130]), 'better');
  assert.equal(compare([70, 80, 90]), 'worse');
  assert.equal(compare([90, 120, 130]), 'no difference seen');
  assert.equal(compare([101, 101, 101]), 'no difference seen');
  assert.equal(compare([110, 120, 130], { atMost: 100 }), 'worse');
});

test('every row speaks of a scenario and a contender that there are', () => {
  for (const row of ROWS) {
    const scenario = SCENARIOS.find(({ name }) => name === row.scenario);
    assert.ok(scenario, `${row.id}: there is no scenario ${row.scenario}`);
    const names = scenario.contenders.map(({ name }) => name);
    assert.equal(names[0], SUBJECT, `${row.id}: the subject is not first`);
    assert.ok(row.beside === null || names.includes(row.beside.contender), row.id);
  }
  assert.equal(new Set(ROWS.map(({ id }) => id)).size, ROWS.length);
});

test('peers have a table only where one was measured', () => {
  assert.deepEqual(peersTable(runOf({ [SUBJECT]: [90] })).rows, []);
});
