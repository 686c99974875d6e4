/**
 * Where every start enters. `serve` by itself, which is what starts ask for, loads none of the
 * other commands: they would be nearly a tenth of all modules.
 */

import { type CommandContext, EXIT, type ExitCode } from './context.ts';
import { explainFailure, reportFailure } from './failures.ts';
import { requireSoundConfig } from './opened-folder.ts';

/** Runs one command and gives the exit code of the process. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  if (args.length !== 1 || args[0] !== 'serve') {
    const { runCli } = await import('./program.ts');
    return runCli(args, context);
  }
  ignoreReadersThatLeave(context);
  try {
    await runServe(context);
    return EXIT.done;
  } catch (error) {
    const failure = explainFailure(error, context);
    if (failure === null) return EXIT.done;
    reportFailure(context, false, failure);
    return failure.exitCode;
  }
}

export async function runServe(context: CommandContext): Promise<void> {
  await requireSoundConfig(context);
  await context.serve();
}

/** Without a listener a reader that leaves early would end the process with a stack. */
export function ignoreReadersThatLeave(context: CommandContext): void {
  for (const stream of [context.stdout, context.stderr]) stream.on('error', () => undefined);
}
