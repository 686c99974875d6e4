/** `sallyport serve` */

import { isRefusal } from '../core/errors.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure, passwordRuleText, usernameRuleText } from './failures.ts';
import { EXIT_CODES, examples } from './help-texts.ts';
import { requireSoundConfig } from './opened-folder.ts';
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
    .action(async () => {
      await requireSoundConfig(context);
      try {
        await context.serve();
      } catch (error) {
        throw namingSetting(error);
      }
    });
}

/** The only names and passwords that a start can set are those of the first user's settings. */
function namingSetting(error: unknown): unknown {
  if (isRefusal(error, 'password_rejected')) {
    const line = `ADMIN_PASSWORD ${passwordRuleText(error.details.rule)}`;
    return new CommandFailure(error.code, [line]);
  }
  if (isRefusal(error, 'username_rejected')) {
    const line = `ADMIN_USERNAME ${usernameRuleText(error.details.rule)}`;
    return new CommandFailure(error.code, [line]);
  }
  return error;
}
