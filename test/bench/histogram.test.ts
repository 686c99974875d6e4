import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../bench/load/histogram.ts';

const microsArbitrary = fc.oneof(fc.nat(200), fc.nat(100_000), fc.nat(2 ** 31 - 1));

test('a quantile is at most one bucket above the value that a sorted list has there', () => {
  const shares = fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1);
  fc.assert(
    fc.property(fc.array(microsArbitrary, { minLength: 1 }), shares, (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
      const found = histogram.quantileMs(share) * 1000;
      assert.ok(found > exact, `${found} is not above ${exact}`);
      assert.ok(found <= exact * (1 + 1 / 64) + 1.000_001, `${found} is far above ${exact}`);
    }),
  );
});

test('what several generators counted adds up to what one would have counted', () => {
  fc.assert(
    fc.property(fc.array(microsArbitrary), fc.array(microsArbitrary), (first, second) => {
      const [one, two, both] = [new Histogram(), new Histogram(), new Histogram()];
      for (const value of first) one.record(value);
      for (const value of second) two.record(value);
      for (const value of [...first, ...second]) both.record(value);
      const merged = Histogram.of(one.counts());
      merged.add(two.counts());
      assert.equal(merged.total, first.length + second.length);
      assert.deepEqual(merged.counts(), both.counts());
    }),
  );
});

test('a latency beyond all buckets counts in the last one, and a negative one as nothing', () => {
  const histogram = new Histogram();
  histogram.record(2 ** 50);
  histogram.record(-5);
  assert.equal(histogram.total, 2);
  assert.equal(histogram.quantileMs(0.5), 0.001);
  assert.ok(histogram.quantileMs(1) >= 2 ** 35 / 1000);
});

test('nothing has no quantile', () => {
  assert.ok(Number.isNaN(new Histogram().quantileMs(0.5)));
});
