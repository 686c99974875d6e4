/**
 * Has the log of an SQLite file moved into it, off the main thread, once it has grown: that takes
 * two syncs and the writing of every page that has changed. The thread is started when it is needed
 * and ended when it was not needed for a while, so that an installation with few writes has none.
 */

import { Worker } from 'node:worker_threads';
import type { CheckpointResult } from './checkpoint-worker.ts';

/**
 * Pages of 4 KiB in the log that the file has not. SQLite's own 1000 would begin the log anew four
 * times as often, and each time its header is synced by the commit that does it, on the main
 * thread; much more would make starts after a kill slower.
 */
export const CHECKPOINT_PAGES = 4_000;
const IDLE_MS = 10_000;

export class SqliteCheckpointer {
  readonly #file: string;
  readonly #onSyncFault: (error: unknown) => void;
  #worker: Worker | null = null;
  #isWorking = false;
  #askAtPages = CHECKPOINT_PAGES;
  #idle: NodeJS.Timeout | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  /** `onSyncFault` is called when a checkpoint could not sync: others' commits are in doubt too. */
  constructor(file: string, onSyncFault: (error: unknown) => void) {
    this.#file = file;
    this.#onSyncFault = onSyncFault;
  }

  /** Told how many pages there are in the log that the file has not. */
  consider(pages: number): void {
    if (this.#isWorking || pages < this.#askAtPages) return;
    this.#isWorking = true;
    clearTimeout(this.#idle);
    const worker = this.#worker ?? this.#start();
    // A command that has ended its work must not wait for it, and closing does anyway.
    worker.unref();
    worker.postMessage('checkpoint');
  }

  /** Resolves when the thread has ended, after the checkpoint that it makes. */
  async close(): Promise<void> {
    this.#endWorker();
    await this.#ended;
  }

  #endWorker(): void {
    clearTimeout(this.#idle);
    this.#worker?.ref();
    this.#worker?.postMessage('close');
    this.#worker = null;
  }

  #start(): Worker {
    const url = new URL('./checkpoint-worker.ts', import.meta.url);
    const worker = new Worker(url, { workerData: this.#file });
    this.#worker = worker;
    worker.on('message', (result: CheckpointResult) => this.conclude(result));
    // It can be started again at the next need; until then SQLite keeps the log from growing on.
    worker.on('error', () => this.conclude({ code: 'thread', message: 'ended' }));
    const exit = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        if (this.#worker === worker) this.#worker = null;
        resolve();
      });
    });
    this.#ended = Promise.all([this.#ended, exit]);
    return worker;
  }

  /** What became of it. */
  conclude(result: CheckpointResult): void {
    this.#isWorking = false;
    if ('code' in result) {
      this.#askAtPages += CHECKPOINT_PAGES;
      if (isSyncFault(result)) this.#onSyncFault(new Error(result.message));
    } else {
      // Where somebody reads an old state for long, the rest stays: not to be asked for in vain.
      this.#askAtPages = result.remainingPages + CHECKPOINT_PAGES;
    }
    this.#idle = setTimeout(() => this.#endWorker(), IDLE_MS).unref();
  }
}

/** The disk has not taken what it was given, and will not be asked for it again. */
export function isSyncFault(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC';
}
