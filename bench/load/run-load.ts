/** Runs load generators beside a server, and holds what they report to be a measurement. */

import { fork } from 'node:child_process';
import { join } from 'node:path';
import { type Place, pinned } from '../machine.ts';
import { inherited, type MeasuredProcess } from '../processes.ts';
import { Histogram } from './histogram.ts';
import type { FromGenerator, LoadPlan, LoadResult } from './plan.ts';

const GENERATOR = join(import.meta.dirname, 'generator.ts');

export interface Load {
  readonly result: LoadResult;
  readonly perSecond: number;
  readonly latencies: Histogram;
  /** What one answer cost the server in CPU time, where the system says it. */
  readonly cpuMicrosPerAnswer: number | null;
  /** Share of one core that the server used. */
  readonly serverCores: number | null;
}

/** An answer that was not what was asked for: then no number counts. */
export class LoadFault extends Error {}

/**
 * @param place where the generator runs; not beside a server that is pinned
 * @throws LoadFault when a single answer was wrong, or none came
 */
export async function runLoad(
  server: MeasuredProcess,
  plan: Omit<LoadPlan, 'host' | 'port'>,
  place: Place = 'load',
): Promise<Load> {
  const cpu = { before: 0, after: 0 };
  const result = await generate({ ...plan, host: server.host, port: server.port }, place, {
    onMeasuring: () => {
      cpu.before = server.cpuSeconds() ?? Number.NaN;
    },
    onResult: () => {
      cpu.after = server.cpuSeconds() ?? Number.NaN;
    },
  });
  requireSound(result);
  const seconds = cpu.after - cpu.before;
  const perAnswer = (seconds * 1e6) / result.answers;
  const share = seconds / (result.elapsedMs / 1000);
  return {
    result,
    perSecond: result.answers / (result.elapsedMs / 1000),
    latencies: Histogram.of(result.latencies),
    cpuMicrosPerAnswer: Number.isFinite(perAnswer) ? perAnswer : null,
    serverCores: Number.isFinite(share) ? share : null,
  };
}

/** What a sample says of a closed loop, in the names that the rows use. */
export function figuresOf(load: Load): Record<string, number> {
  const { perSecond, latencies, cpuMicrosPerAnswer, serverCores, result } = load;
  return {
    perSecond,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    refused: result.refused,
    loadUtilization: result.utilization,
    loadCpuMicrosPerAnswer: (result.cpuSeconds * 1e6) / Math.max(1, result.answers),
    ...(cpuMicrosPerAnswer !== null && { cpuMicrosPerAnswer }),
    ...(serverCores !== null && { serverCores }),
  };
}

function requireSound({ errors, answers, refused }: LoadResult): void {
  const faults = Object.entries(errors).map(([what, count]) => `${count} × ${what}`);
  if (faults.length > 0) throw new LoadFault(faults.slice(0, 3).join('; '));
  if (answers + refused === 0) throw new LoadFault('nothing was answered');
}

async function generate(
  plan: LoadPlan,
  place: Place,
  { onMeasuring, onResult }: { onMeasuring: () => void; onResult: () => void },
): Promise<LoadResult> {
  const [execPath = process.execPath, ...execArgv] = [...pinned(place), process.execPath];
  const child = fork(GENERATOR, { execPath, execArgv, env: inherited() });
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  child.on('message', (message: FromGenerator) => {
    if (message.kind === 'measuring') {
      onMeasuring();
      return;
    }
    onResult();
    resolve(message.result);
  });
  child.once('error', reject);
  child.once('exit', (code, signal) => {
    reject(new Error(`the load generator ended (${code ?? signal})`));
  });
  child.send({ kind: 'plan', plan });
  return promise;
}
