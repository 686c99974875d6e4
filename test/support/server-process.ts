/** The server as an operator runs it: a process of its own, with a real clock and real hashing. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const START_DEADLINE_MS = 40_000;

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
}

/** A test or anything else that says when it is over. */
export interface TestScope {
  after(done: () => void): void;
}

/** A new data folder that goes away when the test ends. */
export function temporaryFolder(t: TestScope): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-process-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command line to its end; of another release when its `main.ts` is given. */
export async function runSallyport(
  args: readonly string[],
  settings: Record<string, string>,
  main?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const running = launch(args, settings, main);
  const [code] = await once(running.child, 'close');
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** Starts the server on a free port and waits until it says where it listens. */
export async function startServerProcess(
  t: TestScope,
  settings: Record<string, string>,
  main?: string,
): Promise<ServerProcess> {
  const running = launch(['serve'], { PORT: '0', ...settings }, main);
  const { child } = running;
  t.after(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`the server ${why}:\n${running.stderr()}${running.stdout()}`));
    };
    const deadline = setTimeout(() => fail('did not start in time'), START_DEADLINE_MS);
    child.once('close', () => fail('ended before it listened'));
    child.stderr?.on('data', () => {
      const [, found] = /listens on (http:\S+)/.exec(running.stderr()) ?? [];
      if (found === undefined) return;
      clearTimeout(deadline);
      resolve(found);
    });
  });
  return {
    ...running,
    url,
    stop: async (name = 'SIGTERM') => {
      child.kill(name);
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}

/** Starts the command line and keeps what it says. */
export function launch(
  args: readonly string[],
  settings: Record<string, string>,
  main: string = MAIN,
) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? '', ...compileCache(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text.stderr += chunk;
  });
  return { child, stdout: () => text.stdout, stderr: () => text.stderr };
}

let cacheFolder = process.env.NODE_COMPILE_CACHE;

/**
 * What a start compiles is kept for the next one, as it is for those of an operator: beside the
 * dependencies, or until this process ends where `npm test` did not say so.
 */
export function compileCache(): { NODE_COMPILE_CACHE: string } {
  if (cacheFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-compiled-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    cacheFolder = folder;
  }
  return { NODE_COMPILE_CACHE: cacheFolder };
}
