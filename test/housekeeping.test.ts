import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import type { AuthSwitch } from '../src/core/auth-switch.ts';
import type { Maintenance } from '../src/core/maintenance.ts';
import { keepHouse } from '../src/housekeeping.ts';

/** The house with everything in it counted, and a log that is kept. */
function newHouse(isAuthOn: boolean) {
  const done = { flushes: 0, purges: 0 };
  const lines: { event: string; level: number }[] = [];
  const maintenance = {
    flushUses: async () => {
      done.flushes += 1;
    },
    purge: async () => {
      done.purges += 1;
      throw new Error('the disk is full');
    },
  } as unknown as Maintenance;
  const authSwitch = { isEnabled: async () => isAuthOn } as AuthSwitch;
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { done, lines, stop: keepHouse({ maintenance, authSwitch }, log) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('uses are flushed and rows purged now and then, and a failure ends nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { done, lines, stop } = newHouse(true);
  for (let seconds = 0; seconds < 120; seconds += 10) {
    t.mock.timers.tick(10_000);
    await settled();
  }
  assert.deepEqual(done, { flushes: 12, purges: 2 });
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['maintenance.purge_failed', 'maintenance.purge_failed'],
  );
  stop();
  t.mock.timers.tick(60_000);
  assert.equal(done.flushes, 12);
});

test('while auth is off operators are warned at start and every few minutes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { lines, stop } = newHouse(false);
  const warnings = () => lines.filter(({ event }) => event === 'auth.is_off').length;
  await settled();
  assert.equal(warnings(), 1);
  t.mock.timers.tick(300_000);
  await settled();
  assert.equal(warnings(), 2);
  stop();
});

test('while auth is on nobody is warned', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { lines, stop } = newHouse(true);
  t.mock.timers.tick(300_000);
  await settled();
  assert.equal(lines.filter(({ event }) => event === 'auth.is_off').length, 0);
  stop();
});
