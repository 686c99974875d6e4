/** Questions on a terminal end in an answer or in {@link Interrupted}; nothing else gets out. */

import { Interrupted } from './failures.ts';

interface Key {
  readonly ctrl?: boolean;
  readonly name?: string;
}

/**
 * Asks, and gives up at Ctrl-C, at Ctrl-D and when the terminal goes away. Without the last two
 * the question would never be settled, and the process would end in the middle of it.
 * @throws Interrupted
 */
export async function readKeysUntilInterrupted<T>(
  stdin: NodeJS.ReadStream,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  const onKey = (_: unknown, key: Key | undefined) => {
    if (key?.ctrl && (key.name === 'd' || key.name === 'c')) interrupt();
  };
  stdin.on('keypress', onKey).on('end', interrupt);
  try {
    return await ask(interruption.signal);
  } catch (error) {
    throw isInterruption(error) ? new Interrupted() : error;
  } finally {
    stdin.off('keypress', onKey).off('end', interrupt);
  }
}

/** Ctrl-C in a prompt, and both forms of an abort. Known by name: the prompt is loaded lazily. */
function isInterruption(error: unknown): boolean {
  const names = ['ExitPromptError', 'AbortPromptError', 'AbortError'];
  return error instanceof Error && names.includes(error.name);
}
