/**
 * Starts what is measured: each time a fresh process, pinned to its core, that says on stderr
 * where it listens. Reads what it costs from the outside, so that all are read in the same way.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Place, pinned } from './machine.ts';
import type { Scope } from './scope.ts';

const START_DEADLINE_MS = 60_000;
/** What Linux counts CPU time in; the same on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessOptions {
  readonly place: Place;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** How many files and sockets it may have open; the system's own limit without it. */
  readonly maxOpenFiles?: number;
  /** How long it works before it listens, in milliseconds, beside the time of a start. */
  readonly worksForMs?: number;
}

export interface MeasuredProcess {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** From the moment it was started until it said that it listens. */
  readonly startedAtMs: number;
  /** Null where the system does not say. */
  residentBytes(): number | null;
  /** CPU time of all of its threads, in seconds. */
  cpuSeconds(): number | null;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Runs a file with this Node until the scope ends. */
export async function startProcess(
  scope: Scope,
  options: ProcessOptions,
): Promise<MeasuredProcess> {
  const { place, arguments: args, folder, settings = {}, maxOpenFiles, worksForMs = 0 } = options;
  const [program = '', ...rest] = [
    ...(maxOpenFiles === undefined ? [] : limited(maxOpenFiles)),
    ...[...pinned(place), process.execPath, ...args],
  ];
  const startedAtMs = performance.now();
  const child = spawn(program, rest, {
    cwd: folder,
    env: { ...inherited(), ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  scope.after(() => stop('SIGKILL'));
  const url = await untilItListens(child, START_DEADLINE_MS + worksForMs);
  const { hostname, port } = new URL(url);
  // taskset and the shell replace themselves, so the pid is that of Node.
  const { pid = 0 } = child;
  return {
    host: hostname.replace('localhost', '127.0.0.1'),
    port: Number(port),
    url,
    startedAtMs,
    residentBytes: () => residentBytes(pid),
    cpuSeconds: () => cpuSeconds(pid),
    stop,
  };
}

/** Also the hard limit: Node raises the soft one by itself. */
function limited(maxOpenFiles: number): readonly string[] {
  return ['sh', '-c', `ulimit -n ${maxOpenFiles}; exec "$@"`, 'sh'];
}

/** Neither the settings of this shell nor what npm adds are those of a server. */
export function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function untilItListens(child: ChildProcess, deadlineMs: number): Promise<string> {
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string) => {
    child.kill('SIGKILL');
    reject(new Error(`a server ${why}: ${said.trim()}`));
  };
  const deadline = setTimeout(() => fail('did not start in time'), deadlineMs);
  child.once('error', (error) => fail(error.message));
  child.once('exit', () => fail('ended before it listened'));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 10_000) said += text;
    const [, url] = /listens on (http:\S+)/.exec(said) ?? [];
    if (url !== undefined) resolve(url);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
  }
}

function residentBytes(pid: number): number | null {
  if (process.platform === 'linux') {
    const [, kilobytes] = /^VmRSS:\s*(\d+)/m.exec(readProc(pid, 'status')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  }
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const kilobytes = Number(stdout?.trim());
  return kilobytes > 0 ? kilobytes * 1024 : null;
}

function cpuSeconds(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const stat = readProc(pid, 'stat');
  // After the name, which is in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isNaN(ticks) ? null : ticks / TICKS_PER_SECOND;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
