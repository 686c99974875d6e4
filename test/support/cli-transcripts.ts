/**
 * Sessions with the command line, as text: what was typed and what came back. They are run with
 * a real shell in a folder of their own, as processes or in this one, and compared as a whole.
 *
 * A transcript begins with `# ` and a sentence, its title. Then, any number of times:
 *
 *     $ a shell command; `sallyport` is the program, and the data folder is new
 *     lines of standard output
 *     2> lines of standard error
 *     [exit 1]          unless it is 0
 *
 * A transcript that says `<server>` has a real server on the same data folder, and there `<server>`
 * stands for its address.
 *
 * What differs between two runs is replaced before comparing: times by `<time>`, the folder by
 * `<folder>`, milliseconds in file names by `<ms>`, the values of access tokens by `vdai_…`, the
 * ids of sessions by `<session>`. WRITE_TRANSCRIPTS=true writes what happened
 * into the files instead of comparing, for a person to read in the difference.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ShellPlace, type ShellResult, StandIns } from './commands-in-process.ts';
import { startServerHere } from './server-here.ts';
import { compileCache, startServerProcess, type TestScope } from './server-process.ts';

export const MAIN_FILE = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** No command takes this long unless it hangs. */
export const COMMAND_DEADLINE_MS = 20_000;

const TOKEN_VALUE = /vdai_[\w-]{20,}/g;
/** As the documentation names its server. */
const PAGE_SERVER = 'http://localhost:6573';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A folder to type commands in, with `sallyport` and `npx sallyport` on the PATH. */
export class CommandFolder {
  readonly path: string;
  readonly environment: Record<string, string>;
  /** Null when what `run` is given runs as processes. */
  readonly #standIns: StandIns | null;
  #lastExitCode = 0;

  /** In this process commands cost little (commands-in-process.ts); on terminals all are real. */
  constructor(commandsRun: 'as processes' | 'in this process' = 'as processes') {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-cli-')));
    const programs = join(this.path, '.programs');
    mkdirSync(programs);
    addProgram(join(programs, 'sallyport'), '');
    addProgram(join(programs, 'npx'), 'shift');
    this.environment = {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      HOME: this.path,
      LANG: 'C.UTF-8',
      // Dozens of processes read the same sources: this halves what each of them costs.
      ...compileCache(),
    };
    this.#standIns =
      commandsRun === 'in this process' ? new StandIns(join(programs, 'stand-ins')) : null;
  }

  get dataFolder(): string {
    return join(this.path, 'data');
  }

  get isInThisProcess(): boolean {
    return this.#standIns !== null;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Runs one shell command; `$?` is the exit code of the one before. */
  async run(command: string): Promise<CommandResult> {
    const line = `(exit ${this.#lastExitCode}); ${command}`;
    const place = { cwd: this.path, env: this.environment, timeout: COMMAND_DEADLINE_MS };
    const result = await (this.#standIns?.run(line, place) ?? runAsProcesses(line, place));
    const { exitCode, stdout, stderr } = result;
    if (exitCode === null) throw new Error(`no end in time: ${command}\n${stdout}${stderr}`);
    this.#lastExitCode = exitCode;
    return { stdout, stderr, exitCode };
  }

  /** Replaces what differs between two runs. */
  normalize(text: string, folderName: string): string {
    return (
      text
        .replaceAll(this.path, folderName)
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, '<time>')
        // Whose account the tests run under.
        .replace(/(\boperator(?::|","actor_id":"|",")|operator:)[^\s",]+/g, '$1<account>')
        .replace(/\.\d{13}\./g, '.<ms>.')
        .replace(TOKEN_VALUE, 'vdai_…')
        .replace(/(?<=[\t "]|^)[\w-]{24}(?=[\t ",.]|$)/gm, '<session>')
    );
  }
}

function addProgram(file: string, firstLine: string): void {
  writeFileSync(file, `#!/bin/sh\n${firstLine}\nexec '${process.execPath}' '${MAIN_FILE}' "$@"\n`);
  chmodSync(file, 0o700);
}

async function runAsProcesses(line: string, place: ShellPlace): Promise<ShellResult> {
  const shell = spawn('sh', ['-c', line], { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    readText(shell.stdout),
    readText(shell.stderr),
    once(shell, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode };
}

/** Where its commands run. */
async function startServer(
  t: TestScope,
  folder: CommandFolder,
): Promise<{ url: string; close(): Promise<unknown> }> {
  const settings = { DATA_DIR: folder.dataFolder, PORT: '0', LOG_LEVEL: 'silent' };
  if (folder.isInThisProcess) return startServerHere(settings);
  const { url, stop } = await startServerProcess(t, settings);
  return { url, close: () => stop() };
}

/** Runs what needs a server only where there is to be one; elsewhere `url` is what stands for it. */
async function withServer<T>(
  t: TestScope,
  { folder, isWanted, url }: { folder: CommandFolder; isWanted: boolean; url: string },
  run: (url: string) => Promise<T>,
): Promise<T> {
  if (!isWanted) return run(url);
  const server = await startServer(t, folder);
  try {
    return await run(server.url);
  } finally {
    await server.close();
  }
}

/** Runs the commands of a transcript and gives the transcript as it is now. */
export async function replayTranscript(
  t: TestScope,
  folder: CommandFolder,
  text: string,
): Promise<string> {
  const [title = '', ...lines] = text.split('\n');
  const parts = [title];
  const isWanted = lines.some((line) => line.startsWith('$ ') && line.includes('<server>'));
  return withServer(t, { folder, isWanted, url: '<server>' }, async (server) => {
    for (const command of lines.filter((line) => line.startsWith('$ '))) {
      const result = await folder.run(command.slice(2).replaceAll('<server>', server));
      const stderr = result.stderr.trimEnd().replace(/^/gm, '2> ').replace(/ +$/gm, '');
      const said = [
        ...(result.stdout === '' ? [] : [result.stdout.trimEnd()]),
        ...(result.stderr === '' ? [] : [stderr]),
        ...(result.exitCode === 0 ? [] : [`[exit ${result.exitCode}]`]),
      ].map((text) => folder.normalize(text.replaceAll(server, '<server>'), '<folder>'));
      parts.push('', command, ...said);
    }
    return `${parts.join('\n')}\n`;
  });
}

/**
 * Runs the commands of all ```console blocks of a page in order, and gives the page with their
 * output as a terminal would have shown it. Output that differs only in times stays as it is.
 */
export async function replayPage(
  t: TestScope,
  folder: CommandFolder,
  page: string,
  folderName: string,
): Promise<string> {
  const isWanted = new RegExp(`^\\$ .*${PAGE_SERVER}`, 'm').test(page);
  return withServer(t, { folder, isWanted, url: PAGE_SERVER }, async (server) => {
    const parts = page.split(/(^```console\n[\s\S]*?^```$)/m);
    for (const [index, part] of parts.entries()) {
      if (!part.startsWith('```console\n')) continue;
      const shown = ['```console'];
      for (const command of part.split('\n').filter((line) => line.startsWith('$ '))) {
        // A shell of its own would have `2>&1` apply to the last part of a pipe only.
        const { stdout } = await folder.run(
          `{ ${command.slice(2).replaceAll(PAGE_SERVER, server)}\n} 2>&1`,
        );
        shown.push(command, ...(stdout === '' ? [] : [stdout.trimEnd()]));
      }
      const fresh = [...shown, '```']
        .join('\n')
        .replaceAll(folder.path, folderName)
        .replaceAll(server, PAGE_SERVER)
        .replace(TOKEN_VALUE, 'vdai_…');
      const isSame = folder.normalize(fresh, '') === folder.normalize(part, '');
      parts[index] = isSame ? part : fresh;
    }
    return parts.join('');
  });
}
