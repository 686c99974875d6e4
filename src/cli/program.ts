/** The command line. Each command is in a file of its own. */

import { Command, CommanderError } from 'commander';
import { type CommandContext, EXIT } from './context.ts';

/** Runs one command and gives the exit code of the process. */
export async function runCli(args: readonly string[], context: CommandContext): Promise<number> {
  const program = new Command('sallyport')
    .description('An authentication server for operators, machines and people.')
    .exitOverride()
    .showHelpAfterError('(run with --help for what can be said here)');
  program
    .command('serve')
    .description('Run the server (what `npm start` does).')
    .action(() => context.serve());
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return explainFailure(error, context);
  }
}

function explainFailure(error: unknown, { stderr }: CommandContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const messages =
    error instanceof Error && 'messages' in error ? (error.messages as readonly string[]) : null;
  if (messages === null) throw error;
  for (const message of messages) stderr.write(`sallyport: ${message}\n`);
  return EXIT.failed;
}
