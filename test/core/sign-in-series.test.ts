/** Figures over time: counted in slices, kept when they are over, never twice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Repository } from '../../src/core/repository.ts';
import { IDS_A_SLICE, SignInCounter, type SignInSeries } from '../../src/core/sign-in-series.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Every fourth event is a sign-in, the others are refreshes; `at` is the time of an id. */
class CountedTrail {
  readonly asked: { afterId: number; toId: number }[] = [];
  boundaries = 0;
  times: number[] = [];

  findSettledAuditId = async () => this.times.length;

  findAuditIdsAround: Repository['findAuditIdsAround'] = async ({ fromMs }) => {
    this.boundaries += 1;
    const index = this.times.findIndex((time) => time >= fromMs);
    return { before: null, from: index === -1 ? null : index + 1 };
  };

  countAuditEvents: Repository['countAuditEvents'] = async (slice) => {
    this.asked.push(slice);
    const all = slice.toId - slice.afterId;
    const signedIn = Math.floor(slice.toId / 4) - Math.floor(slice.afterId / 4);
    return [
      { name: 'session.signed_in', count: signedIn },
      { name: 'session.refreshed', count: all - signedIn },
    ];
  };
}

const sumOf = ({ buckets }: SignInSeries, field: 'signedIn' | 'refreshed') =>
  buckets.reduce((sum, bucket) => sum + bucket[field], 0);

function setUp(events: number, everyMs: number) {
  const clock = new FakeClock();
  const trail = new CountedTrail();
  const startMs = clock.nowMs() - events * everyMs;
  trail.times = Array.from({ length: events }, (_, index) => startMs + index * everyMs);
  return { clock, trail, counter: new SignInCounter({ repository: trail, clock }) };
}

test('two hundred thousand events are counted in slices that have a bound', async () => {
  const { trail, counter } = setUp(200_000, 10);
  const series = await counter.count('week');
  assert.equal(sumOf(series, 'signedIn'), 50_000);
  assert.equal(sumOf(series, 'refreshed'), 150_000);
  assert.ok(trail.asked.length >= 200_000 / IDS_A_SLICE);
  assert.ok(trail.asked.length < 200_000 / IDS_A_SLICE + 168);
  for (const { afterId, toId } of trail.asked) assert.ok(toId - afterId <= IDS_A_SLICE);
});

test('a period has its buckets, the last of which goes on', async () => {
  const { clock, counter } = setUp(10, 1_000);
  for (const [period, buckets, seconds] of [
    ['hour', 60, 60],
    ['day', 96, 900],
    ['week', 168, 3_600],
  ] as const) {
    const series = await counter.count(period);
    assert.deepEqual([series.buckets.length, series.bucketSeconds], [buckets, seconds]);
    assert.equal(series.untilMs, clock.nowMs());
    assert.equal(series.fromMs, series.buckets[0]?.atMs);
    assert.equal(series.fromMs % (seconds * 1_000), 0);
    const last = series.buckets.at(-1)?.atMs ?? 0;
    assert.ok(last <= clock.nowMs() && clock.nowMs() < last + seconds * 1_000);
    assert.equal(sumOf(series, 'refreshed') + sumOf(series, 'signedIn'), 10);
  }
});

test('what is over is not counted again, and what comes in is', async () => {
  const { clock, trail, counter } = setUp(3_600, 1_000);
  const first = await counter.count('hour');
  const { length: before } = trail.asked;
  assert.ok(before > 50);
  clock.advanceSeconds(5);
  trail.times.push(clock.nowMs(), clock.nowMs());
  const second = await counter.count('hour');
  assert.ok(trail.asked.length - before <= 2, 'only the last buckets are counted');
  const news = sumOf(second, 'refreshed') + sumOf(second, 'signedIn');
  assert.equal(news, sumOf(first, 'refreshed') + sumOf(first, 'signedIn') + 2);
});

test('what was committed late is in the figures, once', async () => {
  const { clock, trail, counter } = setUp(60, 1_000);
  await counter.count('hour');
  clock.advanceSeconds(20);
  // Of a minute that is over, and behind what was counted of it.
  trail.times.push(clock.nowMs() - 20_000);
  assert.equal(sumOf(await counter.count('hour'), 'refreshed'), 46);
  for (let n = 0; n < 10; n += 1) {
    clock.advanceSeconds(60);
    trail.times.push(clock.nowMs());
    const series = await counter.count('hour');
    assert.equal(sumOf(series, 'refreshed') + sumOf(series, 'signedIn'), trail.times.length);
  }
});

test('who asks while it is being counted gets the same, and a failure is not kept', async () => {
  const { trail, counter } = setUp(100, 1_000);
  const [one, other] = await Promise.all([counter.count('day'), counter.count('day')]);
  assert.equal(one, other);
  trail.findSettledAuditId = () => Promise.reject(new Error('away'));
  await assert.rejects(counter.count('day'), /away/);
  trail.findSettledAuditId = async () => 100;
  assert.equal((await counter.count('day')).buckets.length, 96);
});
