/** Asking before something that cannot be taken back. */

import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { readKeysUntilInterrupted } from './terminal-keys.ts';

/**
 * Returns when `--yes` was given or a person has said yes.
 * @throws Interrupted
 * @throws CommandFailure `confirmation_needed`, `not_confirmed`
 */
export async function requireConfirmation(
  { stdin, stderr }: CommandContext,
  hasSaidYes: boolean,
  question: string,
): Promise<void> {
  if (hasSaidYes) return;
  if (!stdin.isTTY) {
    const line = 'This needs --yes, because there is no terminal to ask on; nothing was changed.';
    throw new CommandFailure('confirmation_needed', [line], EXIT.usage);
  }
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const reply = await readKeysUntilInterrupted(stdin, (signal) =>
      lines.question(`${question} Type yes to go on: `, { signal }),
    );
    if (reply.trim().toLowerCase() === 'yes') return;
  } catch (error) {
    stderr.write('\n');
    throw error;
  } finally {
    lines.close();
  }
  throw new CommandFailure('not_confirmed', ['Not confirmed; nothing was changed.']);
}
