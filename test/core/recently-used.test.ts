/** The bounded map by itself, against a map without a bound. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentlyUsed } from '../../src/core/recently-used.ts';

const MAX = 8;

const step = fc.record({
  does: fc.constantFrom('set', 'get', 'delete'),
  key: fc.integer({ min: 0, max: 20 }),
  value: fc.integer(),
});

test('whatever is done, it has what was set last or nothing, and never more than its bound', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const bounded = new RecentlyUsed<number, number>(MAX);
      const everything = new Map<number, number>();
      for (const { does, key, value } of steps) {
        if (does === 'set') {
          bounded.set(key, value);
          everything.set(key, value);
          assert.equal(bounded.get(key), value, 'just set');
        } else if (does === 'delete') {
          bounded.delete(key);
          everything.delete(key);
        }
        const found = bounded.get(key);
        assert.ok(found === undefined || found === everything.get(key));
        assert.ok(bounded.size <= MAX);
      }
      const entries = [...bounded.entries()];
      assert.equal(new Set(entries.map(([key]) => key)).size, entries.length, 'each key once');
      assert.equal(entries.length, bounded.size);
      for (const [key, value] of entries) assert.equal(value, everything.get(key));
      bounded.clear();
      assert.equal(bounded.size, 0);
    }),
  );
});

test('what is used stays, however much else comes and goes', () => {
  const bounded = new RecentlyUsed<string, number>(MAX);
  bounded.set('used', 1);
  for (let i = 0; i < 1_000; i += 1) {
    bounded.set(`other ${i}`, i);
    assert.equal(bounded.get('used'), 1);
  }
  assert.equal(bounded.get('other 0'), undefined);
});
