/** A command's surroundings without a process: what it writes is kept. */

import { PassThrough } from 'node:stream';
import type { CommandContext } from '../../src/cli/context.ts';

export interface FakeContext extends CommandContext {
  readonly written: { stdout: string; stderr: string };
}

export interface FakeSurroundings {
  readonly isDebugging?: boolean;
  readonly environment?: Record<string, string>;
  /** Columns of the terminal that standard output is; none for a pipe. */
  readonly columns?: number;
}

export function fakeContext(options: FakeSurroundings = {}): FakeContext {
  const written = { stdout: '', stderr: '' };
  const refuse = async () => {
    throw new Error('not part of this test');
  };
  return {
    written,
    open: refuse,
    serve: refuse,
    renewParams: refuse,
    generateParams: refuse,
    backups: { isDatabaseShared: () => false, make: refuse, verify: refuse, restore: refuse },
    migrations: { list: refuse, up: refuse },
    moves: { run: refuse, undo: refuse },
    findConfigFaults: async () => [],
    describeConfig: () => [],
    nameDataFolder: () => '/srv/sallyport',
    listenForEnd: () => new AbortController().signal,
    environment: options.environment ?? {},
    nowMs: () => Date.parse('2026-11-22T05:14:16Z'),
    isDebugging: () => options.isDebugging ?? false,
    version: '1.2.3',
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: Object.assign(keep(written, 'stdout'), terminalOf(options)),
    stderr: keep(written, 'stderr'),
  };
}

function terminalOf({ columns }: FakeSurroundings) {
  return columns === undefined ? { isTTY: false } : { isTTY: true, columns };
}

function keep(written: FakeContext['written'], name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = new PassThrough();
  const write = (text: string, done?: () => void) => {
    written[name] += text;
    done?.();
    return true;
  };
  return Object.assign(stream, { write }) as unknown as NodeJS.WriteStream;
}
