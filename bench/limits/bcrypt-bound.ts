/**
 * Password checks without a server: a thread for each core, each checking one password after the
 * other with the library that the server uses. Run as a process:
 * `bcrypt-bound.ts COST WARMUP_MS MEASURE_MS`; serves its result when it has one.
 */

import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import bcrypt from 'bcrypt';
import { serveFigures } from './served-figures.ts';

const PASSWORD = 'a password of usual length';

if (isMainThread) await main(process.argv.slice(2).map(Number));
else check(workerData);

async function main([cost = 10, warmupMs = 1_000, measureMs = 1_000]: number[]): Promise<void> {
  const hash = bcrypt.hashSync(PASSWORD, cost);
  const threads = availableParallelism();
  const cpuBefore = process.cpuUsage();
  const results = await Promise.all(
    Array.from({ length: threads }, () => runThread({ hash, warmupMs, measureMs })),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  const sum = (of: keyof ThreadResult) => results.reduce((total, result) => total + result[of], 0);
  const cpuMicrosPerAnswer = (user + system) / sum('checks');
  serveFigures({ perSecond: sum('perSecond'), cpuMicrosPerAnswer, threads });
}

interface Task {
  readonly hash: string;
  readonly warmupMs: number;
  readonly measureMs: number;
}

interface ThreadResult {
  readonly perSecond: number;
  /** Those of the warm-up too. */
  readonly checks: number;
}

function runThread(task: Task): Promise<ThreadResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Whole checks only, over the time that they really took. */
function check({ hash, warmupMs, measureMs }: Task): void {
  const checkFor = (ms: number) => {
    const startedMs = performance.now();
    let checks = 0;
    while (performance.now() - startedMs < ms) {
      if (!bcrypt.compareSync(PASSWORD, hash)) throw new Error('a right password was refused');
      checks += 1;
    }
    return { checks, perSecond: (checks * 1000) / (performance.now() - startedMs) };
  };
  const warmup = checkFor(warmupMs);
  const { checks, perSecond } = checkFor(measureMs);
  const result: ThreadResult = { perSecond, checks: warmup.checks + checks };
  parentPort?.postMessage(result);
}
