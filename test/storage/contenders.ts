/** Keeps the contending processes and gives them the starting signal together. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ContenderOrder, MeetingPlace } from './contender.ts';
import type { Call, CallResult } from './store.ts';

const PROGRAM = fileURLToPath(new URL('./contender.ts', import.meta.url));

type ContenderReport = { kind: 'ready' } | { kind: 'done'; results: CallResult[] };

const idle: ChildProcess[] = [];

/** Runs each list of calls in a process of its own, all at the same moment. */
export async function contendOn(
  place: MeetingPlace,
  nowMs: number,
  calls: readonly (readonly Call[])[],
): Promise<CallResult[][]> {
  const processes = calls.map(() => idle.pop() ?? startContender());
  await Promise.all(
    processes.map((contender, index) => {
      const order = { kind: 'prepare', place, nowMs, calls: calls[index] ?? [] } as const;
      return send(contender, order, 'ready');
    }),
  );
  const reports = await Promise.all(
    processes.map((contender) => send(contender, { kind: 'go' }, 'done')),
  );
  idle.push(...processes);
  return reports.map((report) => (report.kind === 'done' ? report.results : []));
}

/** For the end of a test file: between tests they are kept, because starting takes long. */
export function dismissContenders(): void {
  for (const contender of idle.splice(0)) contender.disconnect();
}

function startContender(): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return fork(PROGRAM, { execArgv: [], env });
}

async function send(
  contender: ChildProcess,
  order: ContenderOrder,
  awaited: ContenderReport['kind'],
): Promise<ContenderReport> {
  const ended = new AbortController();
  const death = once(contender, 'exit', { signal: ended.signal }).then(
    ([code, signal]) => {
      throw new Error(`a contending process ended (${code ?? signal})`);
    },
    () => undefined,
  );
  const answer = once(contender, 'message') as Promise<[ContenderReport]>;
  contender.send(order);
  const first = await Promise.race([answer, death]);
  ended.abort();
  if (first === undefined || first[0].kind !== awaited) {
    throw new Error(`a contending process did not say ${awaited}`);
  }
  return first[0];
}
