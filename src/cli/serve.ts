/** `sallyport serve` */

import type { CommandContext } from './context.ts';
import { runServe } from './entry.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';

const ABOUT = `Run the server until it is told to stop (SIGTERM, SIGINT or SIGHUP).

It listens on HOST and PORT, keeps its data in DATA_DIR, and logs to standard
output: readable on a terminal, one JSON object a line otherwise. Requests in
flight are finished before it ends.`;

export function addServe(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('serve')
    .summary('run the server (what `npm start` does)')
    .description(ABOUT)
    .addHelpText(
      'after',
      `${examples(
        'npx sallyport serve',
        'PORT=8080 DATA_DIR=/var/lib/sallyport npx sallyport serve',
      )}
${EXIT_CODES}`,
    )
    .action(() => runServe(context));
}
