import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLatency } from '../../src/http/request-latency.ts';

const START_MS = Date.UTC(2026, 10, 22, 5, 14, 0);

function setUp() {
  const clock = { ms: 0 };
  const latency = new RequestLatency({
    wallMs: () => START_MS + clock.ms,
    monotoneMs: () => clock.ms + 123_456,
  });
  const count = (ms: number) => latency.count(clock.ms + 123_456 - ms);
  return { clock, latency, count };
}

const isNear = (found: number, expected: number) =>
  Math.abs(found - expected) <= expected * 0.07 || Math.abs(found - expected) <= 0.001;

test('quantiles are right to seven per cent, from microseconds to minutes', () => {
  for (const unitMs of [0.002, 0.05, 1, 37, 600]) {
    const { latency, count } = setUp();
    for (let n = 1; n <= 100; n += 1) count(n * unitMs);
    const [minute, ...others] = latency.lastHour();
    assert.ok(minute);
    assert.deepEqual(others, []);
    assert.equal(minute.requests, 100);
    assert.ok(isNear(minute.p50Ms, 50 * unitMs), `${minute.p50Ms} for ${50 * unitMs}`);
    assert.ok(isNear(minute.p99Ms, 99 * unitMs), `${minute.p99Ms} for ${99 * unitMs}`);
  }
});

test('each minute counts for itself, and an hour is all that is kept', () => {
  const { clock, latency, count } = setUp();
  for (let minute = 0; minute < 130; minute += 1) {
    if (minute % 2 === 0) for (let n = 0; n <= minute; n += 1) count(minute);
    clock.ms += 60_000;
  }
  const shown = latency.lastHour();
  assert.deepEqual(
    shown.map(({ atMs }) => (atMs - START_MS) / 60_000),
    Array.from({ length: 30 }, (_, index) => 70 + 2 * index),
  );
  assert.deepEqual(
    shown.map(({ requests }) => requests),
    shown.map((_, index) => 71 + 2 * index),
  );
  clock.ms += 3_600_000;
  assert.deepEqual(latency.lastHour(), []);
});

test('what takes no time, or longer than anything, is counted too', () => {
  const { latency, count } = setUp();
  count(0);
  count(100 * 60_000);
  const [minute] = latency.lastHour();
  assert.equal(minute?.requests, 2);
  assert.ok((minute?.p99Ms ?? 0) > 10 * 60_000);
});
