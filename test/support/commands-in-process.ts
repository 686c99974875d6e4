/**
 * Runs commands that a shell starts inside this process. The shell, its pipes, files, environment
 * and exit codes are real: what the shell starts is a stand-in that says its pid and waits, and
 * everything else is read from there. Left out is the start of a Node for each command, which
 * takes ten times as long as most of them. Linux only.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  type ReadStream,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';
import { commandContext } from '../../src/command-context.ts';

/** The number under which the shell, and with it each stand-in, has the way to this process. */
const REQUESTS_FD = 3;

export interface ShellPlace {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** In milliseconds. */
  readonly timeout: number;
}

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when the shell had to be ended. */
  readonly exitCode: number | null;
}

/** Names of programs, and what their stand-ins do with the first argument. */
const PROGRAMS = { sallyport: '', npx: 'shift' };

/** Lines of shell take turns, because a process has one working folder. */
let turn: Promise<unknown> = Promise.resolve();

export class StandIns {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder);
    for (const [name, firstLine] of Object.entries(PROGRAMS)) {
      const lines = [
        '#!/bin/sh',
        firstLine,
        `mkfifo '${folder}'/$$ || exit 125`,
        // In processes of their own: what a shell redirects for itself is its own meanwhile.
        `(echo $$ $# >&${REQUESTS_FD})`,
        `exit "$(read -r code < '${folder}'/$$; echo "$code")"`,
      ];
      writeFileSync(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o700 });
    }
  }

  /** Runs a line of shell, and the commands in it here. */
  run(line: string, place: ShellPlace): Promise<ShellResult> {
    const PATH = `${this.#folder}:${place.env.PATH}`;
    const run = () => this.#run(line, { ...place, env: { ...place.env, PATH } });
    const result = turn.then(run, run);
    turn = result;
    return result;
  }

  async #run(line: string, place: ShellPlace): Promise<ShellResult> {
    // Not through Node's own pipes, which are sockets: nobody can open those a second time.
    const names = ['stdout', 'stderr'].map((name) => join(this.#folder, name));
    const [stdout = 0, stderr = 0] = names.map((name) => openSync(name, 'w'));
    const stdio = ['ignore' as const, stdout, stderr, 'pipe' as const];
    const shell = spawn('sh', ['-c', line], { ...place, stdio });
    closeSync(stdout);
    closeSync(stderr);
    const ended = once(shell, 'close') as Promise<[number | null]>;
    await this.#serve(shell.stdio[REQUESTS_FD] as Readable);
    const [exitCode] = await ended;
    const [said = '', complained = ''] = names.map((name) => readFileSync(name, 'utf8'));
    return { stdout: said, stderr: complained, exitCode };
  }

  /** Until the last process that could ask for something has ended. */
  async #serve(requests: Readable): Promise<void> {
    const home = process.cwd();
    const fifos: { readonly path: string; readonly fd: number }[] = [];
    const faults: unknown[] = [];
    const answer = async (pid: string, argumentCount: number) => {
      const code = await runCommand(pid, argumentCount).catch((error) => {
        faults.push(error);
        return 125;
      });
      const path = join(this.#folder, pid);
      // Opened for reading too: one that was killed meanwhile must not be waited for.
      const fd = openSync(path, 'r+');
      fifos.push({ path, fd });
      writeSync(fd, `${code}\n`);
    };
    const running: Promise<void>[] = [];
    try {
      for await (const line of createInterface({ input: requests })) {
        const [pid = '', count = ''] = line.split(' ');
        running.push(answer(pid, Number(count)));
      }
      await Promise.all(running);
    } finally {
      process.chdir(home);
      for (const { path, fd } of fifos) {
        closeSync(fd);
        rmSync(path);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}

/** Runs a command as the process of that id would, and gives the exit code. */
async function runCommand(pid: string, argumentCount: number): Promise<number> {
  const words = readWords(pid, 'cmdline');
  const env = Object.fromEntries(readWords(pid, 'environ').map(splitVariable));
  const stdout = new InheritedOutput(pid, 1);
  const stderr = new InheritedOutput(pid, 2);
  let stdin: ReadStream | undefined;
  process.chdir(readlinkSync(`/proc/${pid}/cwd`));
  const context = commandContext({
    env,
    get stdin() {
      stdin ??= createReadStream('', { fd: openSync(`/proc/${pid}/fd/0`, 'r') });
      return stdin as unknown as NodeJS.ReadStream;
    },
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    once: () => undefined,
  });
  try {
    return await runCli(words.slice(words.length - argumentCount), context);
  } finally {
    stdin?.destroy();
    stdout.close();
    stderr.close();
  }
}

function readWords(pid: string, file: 'cmdline' | 'environ'): string[] {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);
}

function splitVariable(text: string): [name: string, value: string] {
  const end = text.indexOf('=');
  return [text.slice(0, end), text.slice(end + 1)];
}

/** What another process has open: a pipe, a file or a device. Written at once, as Node does. */
class InheritedOutput extends Writable {
  readonly #fd: number;

  constructor(pid: string, number: 1 | 2) {
    super();
    // Appended, because a file that is opened again would be written from its beginning.
    this.#fd = openSync(`/proc/${pid}/fd/${number}`, 'a');
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    try {
      let written = 0;
      while (written < chunk.length) written += writeSync(this.#fd, chunk, written);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
