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
  const rates = await Promise.all(
    Array.from({ length: threads }, () => runThread({ hash, warmupMs, measureMs })),
  );
  const perSecond = rates.reduce((sum, rate) => sum + rate, 0);
  serveFigures({ perSecond, threads });
}

interface Task {
  readonly hash: string;
  readonly warmupMs: number;
  readonly measureMs: number;
}

function runThread(task: Task): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Reports checks a second. Whole checks only, over the time that they really took. */
function check({ hash, warmupMs, measureMs }: Task): void {
  const checkFor = (ms: number) => {
    const startedMs = performance.now();
    let checks = 0;
    while (performance.now() - startedMs < ms) {
      if (!bcrypt.compareSync(PASSWORD, hash)) throw new Error('a right password was refused');
      checks += 1;
    }
    return (checks * 1000) / (performance.now() - startedMs);
  };
  checkFor(warmupMs);
  parentPort?.postMessage(checkFor(measureMs));
}
