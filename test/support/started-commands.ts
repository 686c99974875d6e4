// A command in a process group of its own, as a terminal or a service manager would start it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from './waiting.ts';

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CommandSettings {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** User and group to run as; only root may say so. */
  readonly uid?: number;
}

/** Variables that reach the registry the way the developer's own npm does. */
const inherited =
  /^(HOME|LANG|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(https?|no)_proxy|npm_config_(registry|cache|cafile|userconfig|(https?_|no)?proxy))$/i;

export class StartedCommand {
  readonly pid: number;
  output = '';
  readonly #child: ChildProcess;
  #end: CommandEnd | Error | undefined;

  constructor(command: string, commandArguments: string[], { cwd, env, uid }: CommandSettings) {
    const kept = Object.entries(process.env).filter(([name]) => inherited.test(name));
    this.#child = spawn(command, commandArguments, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(kept), ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#child.once('error', (error) => {
      this.#end = error;
    });
    // `close`, not `exit`: by then all output is here, also that of a process left behind
    this.#child.once('close', (code, signal) => {
      this.#end ??= { code, signal };
    });
    this.pid = this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Waits for the end, of its output too; rejects after `timeoutMs`. */
  async end(timeoutMs = 60_000): Promise<CommandEnd> {
    await waitUntil(
      () => `the end of ${this.survivors().join(', ') || this.pid}, which printed:\n${this.output}`,
      () => this.hasEnded,
      timeoutMs,
    );
    if (this.#end === undefined || this.#end instanceof Error) throw this.#end;
    return this.#end;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Waits for text in what the command printed; fails at once when the command has ended. */
  async waitForOutput(pattern: RegExp): Promise<void> {
    await waitUntil(
      () => `${pattern} in the output:\n${this.output}`,
      () => {
        if (pattern.test(this.output)) return true;
        if (this.hasEnded) throw new Error(`ended without ${pattern}:\n${this.output}`);
        return false;
      },
    );
  }

  /** The live processes of the group, as `pid command line`. */
  survivors(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => isLiveMember(pid, this.pid))
      .map((pid) => `${pid} ${readProcess(pid, 'cmdline').replaceAll('\0', ' ')}`);
  }

  /** For the end of a test, however it went. */
  destroy(): void {
    try {
      this.signalGroup('SIGKILL');
    } catch {
      // nothing is left of the group
    }
  }
}

function isLiveMember(pid: string, group: number): boolean {
  // `pid (name) state parent group …`; the name may hold spaces and brackets
  const [state, , processGroup] = readProcess(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(processGroup) === group && state !== 'Z';
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended while we looked
  }
}
