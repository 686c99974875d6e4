/**
 * A command on a real pseudo-terminal, by way of `script` from util-linux. The terminal echoes
 * what is typed unless the program turns that off, as any terminal does.
 */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { COMMAND_DEADLINE_MS, type CommandFolder } from './cli-transcripts.ts';
import { waitUntil } from './waiting.ts';

export class TerminalSession {
  /** Everything that came to the terminal, control sequences included. */
  output = '';
  readonly #script: ChildProcessWithoutNullStreams;
  readonly #end: Promise<[number | null]>;
  #readUpTo = 0;

  /** @throws Error where there is no `script` of util-linux, without which nothing is proved */
  constructor(folder: CommandFolder, command: string, columns = 100) {
    requireScript();
    const line = `stty cols ${columns}; ${command}`;
    this.#script = spawn('script', ['--quiet', '--return', '--flush', '-c', line, '/dev/null'], {
      cwd: folder.path,
      env: { ...folder.environment, TERM: 'xterm', SHELL: '/bin/sh' },
      timeout: COMMAND_DEADLINE_MS,
    });
    this.#end = once(this.#script, 'close') as Promise<[number | null]>;
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
  }

  type(text: string): void {
    this.#script.stdin.write(text);
  }

  /** Waits for text that came after what was waited for before. */
  async waitFor(pattern: RegExp): Promise<void> {
    await waitUntil(
      () => `${pattern} in what the terminal showed:\n${this.output}`,
      () => {
        const match = pattern.exec(this.output.slice(this.#readUpTo));
        if (match === null) return false;
        this.#readUpTo += match.index + match[0].length;
        return true;
      },
    );
  }

  /** Waits for the command to end and gives its exit code. */
  async end(): Promise<number | null> {
    const [exitCode] = await this.#end;
    return exitCode;
  }

  /** What came to the terminal, as lines of plain text. */
  lines(): string[] {
    return stripVTControlCharacters(this.output).split(/\r?\n/);
  }

  kill(): void {
    this.#script.kill();
  }
}

function requireScript(): void {
  let version = '';
  try {
    version = execFileSync('script', ['--version'], { encoding: 'utf8' });
  } catch {
    // Said below.
  }
  if (version.includes('util-linux')) return;
  throw new Error('these tests need the command `script` of util-linux (bsdutils on Debian)');
}
