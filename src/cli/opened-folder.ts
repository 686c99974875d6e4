/** Opening the data folder for the length of one command. */

import type { CommandContext, OpenedSallyport } from './context.ts';
import { CommandFailure } from './failures.ts';

/** Opens, works and closes, whatever happens in between. */
export async function withOpened<T>(
  context: CommandContext,
  work: (opened: OpenedSallyport) => Promise<T>,
): Promise<T> {
  await requireSoundConfig(context);
  const opened = await context.open();
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** @throws CommandFailure `config_invalid` with every fault of the configuration */
export async function requireSoundConfig(context: CommandContext): Promise<void> {
  const faults = await context.findConfigFaults();
  if (faults.length > 0) throw new CommandFailure('config_invalid', faults);
}
