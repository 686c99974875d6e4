/** A file that must not be there yet, readable by nobody else, that is whole or not there. */

import { type FileHandle, open, rm } from 'node:fs/promises';
import { CommandFailure } from './failures.ts';

/** What is gathered before it is written. */
const WRITE_LENGTH = 65_536;

export interface NewFile {
  write(text: string): Promise<void>;
  /** On the disk, also after a loss of power. */
  finish(): Promise<void>;
  /** Takes it away again. */
  abandon(): Promise<void>;
}

/** @throws CommandFailure `file_exists`, `file_failed` */
export async function createNewFile(file: string): Promise<NewFile> {
  const handle = await openNew(file);
  const guarded = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      throw notWritable(file, error);
    }
  };
  let waiting = '';
  const flush = async () => {
    const text = waiting;
    waiting = '';
    await handle.writeFile(text);
  };
  return {
    write: async (text) => {
      waiting += text;
      if (waiting.length >= WRITE_LENGTH) await guarded(flush);
    },
    finish: () =>
      guarded(async () => {
        await flush();
        await handle.sync();
        await handle.close();
      }),
    abandon: async () => {
      await handle.close().catch(() => undefined);
      await rm(file, { force: true });
    },
  };
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritable(file, error);
    const line = `${file} is there already; name another file, or move it away.`;
    throw new CommandFailure('file_exists', [line]);
  }
}

function notWritable(file: string, error: unknown): CommandFailure {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new CommandFailure('file_failed', [`${file} cannot be written (${reason}).`]);
}
