/** The limits as pure functions: properties that hold for any schedule of attempts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  EMPTY_COUNTER,
  enterAttempt,
  type FailureCounter,
  type LimitRule,
  MAX_UNFAMILIAR_FAILURES,
  withdrawAttempt,
} from '../../src/core/rate-limits.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 3, 2, 8, 30);
const RUNS = { numRuns: 500 };

const perMinute = fc.record({
  kind: fc.constant('per_minute' as const),
  failures: fc.integer({ min: 1, max: 12 }),
  growing: fc.boolean(),
});

/** One attempt: time that passes before it, a jump of the clock, whether it is taken back. */
interface Step {
  readonly waitMs: number;
  readonly jumpMs: number;
  readonly isWithdrawn: boolean;
}

const wait = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(59_999, MINUTE_MS, HOUR_MS, DAY_MS, 2 * DAY_MS) },
);
const jumpBack = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * HOUR_MS, max: -1 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -DAY_MS, -400 * DAY_MS) },
);
const step: fc.Arbitrary<Step> = fc.record({
  waitMs: wait,
  jumpMs: jumpBack,
  isWithdrawn: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
});
const schedule = fc.array(step, { minLength: 1, maxLength: 120, size: 'max' });

interface Course {
  readonly counter: FailureCounter;
  /** What the clock shows at the end. */
  readonly nowMs: number;
  /** When the failures that stayed were let through, in time that really passed. */
  readonly failedAtMs: readonly number[];
}

function follow(rule: LimitRule, steps: readonly Step[]): Course {
  let counter = EMPTY_COUNTER;
  let [nowMs, passedMs] = [START_MS, 0];
  const failedAtMs: number[] = [];
  for (const { waitMs, jumpMs, isWithdrawn } of steps) {
    nowMs += waitMs + jumpMs;
    passedMs += waitMs;
    const decision = enterAttempt(counter, rule, nowMs);
    counter = decision.next ?? counter;
    if (decision.allowed && isWithdrawn) counter = withdrawAttempt(counter, rule, nowMs);
    else if (decision.allowed) failedAtMs.push(passedMs);
  }
  return { counter, nowMs, failedAtMs };
}

test('no schedule gets more failures than the budget into any sixty seconds', () => {
  const property = fc.property(perMinute, schedule, (rule, steps) => {
    const { failedAtMs } = follow(rule, steps);
    for (const [index, atMs] of failedAtMs.entries()) {
      const next = failedAtMs[index + rule.failures];
      assert.ok(next === undefined || next - atMs >= MINUTE_MS, `${next} after ${atMs}`);
    }
  });
  fc.assert(property, RUNS);
});

test('a wait is exact and, with any clock set back, no longer than its own length', () => {
  const property = fc.property(perMinute, schedule, jumpBack, (rule, steps, jumpMs) => {
    const course = follow(rule, steps);
    const nowMs = course.nowMs + jumpMs;
    const decision = enterAttempt(course.counter, rule, nowMs);
    if (decision.allowed) return;
    const { retryAfterMs } = decision;
    const counter = decision.next ?? course.counter;
    const longest = rule.growing
      ? Math.min(HOUR_MS, MINUTE_MS * 2 ** Math.max(0, counter.strikes - 1))
      : MINUTE_MS;
    assert.ok(retryAfterMs > 0 && retryAfterMs <= longest, `${retryAfterMs} of ${longest}`);
    assert.equal(enterAttempt(counter, rule, nowMs + retryAfterMs - 1).allowed, false);
    assert.equal(enterAttempt(counter, rule, nowMs + retryAfterMs).allowed, true);
  });
  fc.assert(property, RUNS);
});

test('a refused attempt counts for nothing, however often it is repeated', () => {
  const property = fc.property(perMinute, schedule, fc.nat(50), (rule, steps, repeats) => {
    const { counter, nowMs } = follow(rule, steps);
    const first = enterAttempt(counter, rule, nowMs);
    if (first.allowed) return;
    let repeated = counter;
    for (let index = 0; index < repeats; index += 1) {
      const again = enterAttempt(repeated, rule, nowMs);
      assert.deepEqual(
        [again.allowed, 'retryAfterMs' in again && again.retryAfterMs],
        [false, first.retryAfterMs],
      );
      repeated = again.next ?? repeated;
    }
  });
  fc.assert(property, RUNS);
});

/** How a counter answers a burst of attempts at `atMs`. */
function answersOf(counter: FailureCounter, rule: LimitRule, atMs: number): unknown[] {
  let current = counter;
  return Array.from({ length: 30 }, () => {
    const decision = enterAttempt(current, rule, atMs);
    current = decision.next ?? current;
    return decision.allowed ? 'allowed' : decision.retryAfterMs;
  });
}

test('withdrawing undoes entering: all later answers are the same', () => {
  const later = fc.integer({ min: 0, max: 2 * HOUR_MS });
  const property = fc.property(perMinute, schedule, later, (rule, steps, laterMs) => {
    const { counter, nowMs } = follow(rule, steps);
    const decision = enterAttempt(counter, rule, nowMs);
    const atMs = nowMs + laterMs;
    // Strikes from before are remembered up to a day longer, which is the safe side.
    fc.pre(decision.allowed && (counter.strikes === 0 || atMs < counter.expiresAtMs));
    const withdrawn = withdrawAttempt(decision.next ?? counter, rule, nowMs);
    assert.deepEqual(answersOf(withdrawn, rule, atMs), answersOf(counter, rule, atMs));
  });
  fc.assert(property, RUNS);
});

test('attempts that overlap can be withdrawn in any order', () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
  const gap = fc.integer({ min: 0, max: 2 });
  const property = fc.property(perMinute, order, gap, (rule, indexes, gapMs) => {
    let counter = EMPTY_COUNTER;
    const entered = indexes.filter((_, index) => {
      const decision = enterAttempt(counter, rule, START_MS + index * gapMs);
      counter = decision.next ?? counter;
      return decision.allowed;
    });
    const times = entered.map((_, index) => START_MS + index * gapMs);
    const ranks = indexes.filter((index) => index < times.length);
    for (const rank of ranks) counter = withdrawAttempt(counter, rule, times[rank] ?? 0);
    const laterMs = START_MS + 10;
    assert.deepEqual(answersOf(counter, rule, laterMs), answersOf(EMPTY_COUNTER, rule, laterMs));
  });
  fc.assert(property, RUNS);
});

/** Uses the budget up at `nowMs`; the wait that follows. */
function useUp(counter: FailureCounter, rule: LimitRule, nowMs: number) {
  let current = counter;
  for (;;) {
    const decision = enterAttempt(current, rule, nowMs);
    if (!decision.allowed) return { counter: current, waitMs: decision.retryAfterMs };
    current = decision.next;
  }
}

const GROWING: LimitRule = { kind: 'per_minute', failures: 5, growing: true };

test('waits grow from one minute to sixty and no further', () => {
  let [counter, nowMs] = [EMPTY_COUNTER, START_MS];
  const minutes: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const used = useUp(counter, GROWING, nowMs);
    minutes.push(used.waitMs / MINUTE_MS);
    counter = used.counter;
    nowMs += used.waitMs;
  }
  assert.deepEqual(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('after a day without a failure waits begin at one minute again', () => {
  const first = useUp(EMPTY_COUNTER, GROWING, START_MS);
  const second = useUp(first.counter, GROWING, START_MS + MINUTE_MS);
  assert.equal(second.waitMs, 2 * MINUTE_MS);
  const blockEndsMs = START_MS + 3 * MINUTE_MS;
  const early = useUp(second.counter, GROWING, blockEndsMs + DAY_MS - 1);
  assert.equal(early.waitMs, 4 * MINUTE_MS);
  const late = useUp(second.counter, GROWING, blockEndsMs + DAY_MS);
  assert.equal(late.waitMs, MINUTE_MS);
});

test('a budget without growth is free again as each failure turns a minute old', () => {
  const rule: LimitRule = { kind: 'per_minute', failures: 2, growing: false };
  let counter = EMPTY_COUNTER;
  for (const atMs of [0, 20_000]) {
    counter = enterAttempt(counter, rule, START_MS + atMs).next ?? counter;
  }
  const decision = enterAttempt(counter, rule, START_MS + 30_000);
  assert.equal(!decision.allowed && decision.retryAfterMs, 30_000);
});

test('failures in a row are allowed a hundred times, however slowly they come', () => {
  const rule: LimitRule = { kind: 'in_a_row', failures: MAX_UNFAMILIAR_FAILURES };
  let counter = EMPTY_COUNTER;
  for (let index = 0; index < 100; index += 1) {
    const decision = enterAttempt(counter, rule, START_MS + index * DAY_MS);
    assert.equal(decision.allowed, true, `attempt ${index + 1}`);
    counter = decision.next ?? counter;
  }
  const nowMs = START_MS + 400 * DAY_MS;
  const refused = enterAttempt(counter, rule, nowMs);
  assert.equal(!refused.allowed && refused.retryAfterMs, HOUR_MS);
  const withdrawn = withdrawAttempt(counter, rule, nowMs);
  assert.equal(enterAttempt(withdrawn, rule, nowMs).allowed, true);
});

test('a counter is never forgotten while it still refuses', () => {
  const rules = fc.oneof(
    perMinute,
    fc.record({ kind: fc.constant('in_a_row' as const), failures: fc.integer({ min: 1, max: 9 }) }),
  );
  const property = fc.property(rules, schedule, (rule, steps) => {
    const { counter, nowMs } = follow(rule, steps);
    const decision = enterAttempt(counter, rule, nowMs);
    if (!decision.allowed) assert.ok((decision.next ?? counter).expiresAtMs > nowMs);
  });
  fc.assert(property, RUNS);
});
