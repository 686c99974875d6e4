/** A few rounds of the kill test; `npm run kill-test` runs two hundred. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKillRounds } from './kill-round.ts';

const ROUNDS = process.env.TEST_DATABASE === 'postgres' ? 2 : 4;

test('a server that is killed amid traffic keeps every promise it has made', async () => {
  const seed = Date.now() % 1_000_000;
  const report = await runKillRounds({ rounds: ROUNDS, seed });
  assert.deepEqual(report.violations, [], `with seed ${seed}`);
  assert.equal(report.rounds, ROUNDS);
  assert.ok(report.operations > ROUNDS * 50, `only ${report.operations} operations`);
  assert.ok(report.unanswered > 0, 'nothing was in flight when the server was killed');
});
