/**
 * The process that makes the load, by itself so that it can have a core of its own. It gets a
 * plan from its parent, says when the measured time begins, and reports when it is over.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { ClosedLoop } from './closed-loop.ts';
import type { FromGenerator, LoadPlan, ToGenerator } from './plan.ts';
import { Tally } from './tally.ts';

const DEADLINE_CHECK_MS = 1_000;
const WARMUP_CHECK_MS = 50;
/** Of the planned time, when the answers are too few. */
const LONGEST_WARMUP = 4;

process.once('message', async ({ plan }: ToGenerator) => {
  await run(plan);
  process.disconnect();
});
process.once('disconnect', () => process.exit());

async function run(plan: LoadPlan): Promise<void> {
  const tally = new Tally(plan.connections, plan.timelineMs ?? null);
  const loops = Array.from(
    { length: plan.connections },
    (_, index) => new ClosedLoop(plan, index, tally),
  );
  for (const loop of loops) loop.start();
  const deadlines = setInterval(() => {
    const nowMs = performance.now();
    for (const loop of loops) loop.checkDeadline(nowMs);
  }, DEADLINE_CHECK_MS);
  await warmUp(plan, tally);
  tell({ kind: 'measuring' });
  const before = performance.eventLoopUtilization();
  const cpuBefore = process.cpuUsage();
  tally.start(performance.now());
  await wait(plan.measureMs);
  tally.end(performance.now());
  const { utilization } = performance.eventLoopUtilization(before);
  const { user, system } = process.cpuUsage(cpuBefore);
  clearInterval(deadlines);
  for (const loop of loops) loop.stop();
  tell({
    kind: 'result',
    result: tally.result({ utilization, cpuSeconds: (user + system) / 1e6 }),
  });
}

async function warmUp({ warmupMs, warmupAnswers = 0 }: LoadPlan, tally: Tally): Promise<void> {
  const latestMs = performance.now() + LONGEST_WARMUP * warmupMs;
  await wait(warmupMs);
  while (tally.total < warmupAnswers && performance.now() < latestMs) await wait(WARMUP_CHECK_MS);
}

function tell(message: FromGenerator): void {
  process.send?.(message);
}
