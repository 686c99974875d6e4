/**
 * As many hashing threads as there are cores and no more: hashing is pure computation, so further
 * threads would only take turns. Threads start with the first job, because most starts are
 * followed by checks of tokens and not by sign-ins.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PasswordJob, PasswordJobResult } from './password-worker.ts';

/** Runs jobs, at most `concurrency` at once; the caller keeps to that. */
export interface PasswordEngine {
  readonly concurrency: number;
  run(job: PasswordJob): Promise<string | boolean>;
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  settle: ((result: PasswordJobResult) => void) | null;
}

export class PasswordThreads implements PasswordEngine {
  readonly concurrency: number;
  readonly #threads: Thread[] = [];

  constructor(concurrency = availableParallelism()) {
    this.concurrency = concurrency;
  }

  async run(job: PasswordJob): Promise<string | boolean> {
    const thread = this.#threads.find((candidate) => candidate.settle === null) ?? this.#start();
    thread.worker.ref();
    const result = await new Promise<PasswordJobResult>((settle) => {
      thread.settle = settle;
      thread.worker.postMessage(job);
    });
    if ('fault' in result) throw new Error(`password hashing failed: ${result.fault}`);
    return result.value;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #start(): Thread {
    const worker = new Worker(new URL('./password-worker.ts', import.meta.url));
    const thread: Thread = { worker, settle: null };
    const finish = (result: PasswordJobResult) => {
      const { settle } = thread;
      thread.settle = null;
      // An idle thread must not keep a command from ending.
      worker.unref();
      settle?.(result);
    };
    const drop = (fault: string) => {
      const index = this.#threads.indexOf(thread);
      if (index >= 0) this.#threads.splice(index, 1);
      finish({ fault });
    };
    worker.on('message', finish);
    worker.on('error', (error) => drop(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => drop('the hashing thread ended'));
    this.#threads.push(thread);
    return thread;
  }
}
