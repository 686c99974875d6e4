/**
 * A real PostgreSQL that one test has for itself, to stop, kill and pause it, or to measure it. The
 * one that all tests share makes its programs and its template, and lives for as long as this one.
 */

import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { preparePrograms } from './postgres-binaries.ts';
import {
  copyCluster,
  findFreePort,
  type LaunchOptions,
  launchPostgres,
  prepareTemplate,
} from './postgres-cluster.ts';
import { holdKeptServer } from './postgres-server.ts';

export interface OwnPostgres {
  readonly port: number;
  /** By a superuser; `host` when it is in a network namespace. */
  url(host?: string, port?: number): string;
  /** Starts it on the same data and port. */
  start(): Promise<void>;
  /** As an administrator does: every connection is ended, everything is written down. */
  stop(): Promise<void>;
  /** All of its processes at once, like a machine that is switched off. */
  kill(): Promise<void>;
  /** Nothing of it runs any more, and nobody is told. Resolves when all of it stands still. */
  pause(): void;
  resume(): void;
  /** Ends it and deletes its data. */
  destroy(): Promise<void>;
}

let made = 0;

/** Linux only where it is paused or killed: elsewhere nobody finds the processes that belong to it. */
export async function startOwnPostgres(
  options: Pick<LaunchOptions, 'networkNamespace' | 'isDurable'> = {},
): Promise<OwnPostgres> {
  const { networkNamespace } = options;
  await holdKeptServer();
  const programs = preparePrograms();
  const { password } = prepareTemplate(programs);
  made += 1;
  const parent = options.isDurable ? programs.folder : programs.dataFolder;
  const data = copyCluster(programs, parent, `data-own-${process.pid}-${made}`);
  const listensOn = networkNamespace === undefined ? '127.0.0.1' : '*';
  if (networkNamespace !== undefined) {
    appendFileSync(join(data, 'pg_hba.conf'), 'host all all samenet password\n');
  }
  const port = await findFreePort();
  const launch = async () => {
    const { child, said } = await launchPostgres(programs, {
      ...{ ...options, data, port, listensOn },
    });
    if (said !== null) throw new Error(`PostgreSQL does not start: ${said}`);
    return child;
  };
  let postmaster = await launch();
  const isRunning = () => postmaster.exitCode === null && postmaster.signalCode === null;
  const end = async (signal: () => void) => {
    if (!isRunning()) return;
    const ended = once(postmaster, 'close');
    signal();
    await ended;
  };
  const toAll = (signal: NodeJS.Signals) => {
    const { pid = 0 } = postmaster;
    // The postmaster first: what it has started by then is all there is.
    for (const one of [pid, ...childrenOf(pid)]) sendSignal(one, signal);
  };
  return {
    port,
    url: (host = '127.0.0.1', at = port) =>
      `postgres://postgres:${password}@${host}:${at}/postgres`,
    start: async () => {
      if (!isRunning()) postmaster = await launch();
    },
    stop: () => end(() => postmaster.kill('SIGINT')),
    kill: () =>
      end(() => {
        toAll('SIGSTOP');
        toAll('SIGKILL');
      }),
    pause: () => toAll('SIGSTOP'),
    resume: () => toAll('SIGCONT'),
    destroy: async () => {
      await end(() => toAll('SIGKILL'));
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent)
    .map(Number);
}

/** Null when it has ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in parentheses and may hold anything: the state, then the parent.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
