/** `sallyport auth off` */

import { changeAuth } from './auth-change.ts';
import { requireConfirmation } from './confirmations.ts';
import type { CommandContext } from './context.ts';
import { ADMIN_CREDENTIALS, EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const MEANING = `While auth enforcement is off, what Sallyport guards for others is open to
everybody, and the calls of the admin API for access tokens answer 403; commands
still manage them. People sign in as before, every token that is shown is still
checked, and the server keeps warning in its log.`;

const ABOUT = `Turn auth enforcement off. A running server honours it at once.

${MEANING}

With --url only the built-in admin may; an access token may not.`;

export function addAuthOff(auth: OperatorCommand, context: CommandContext): void {
  auth
    .addNew('off')
    .summary('turn auth enforcement off')
    .description(ABOUT)
    .option('-y, --yes', 'do it without asking')
    .answersInJson()
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `${ADMIN_CREDENTIALS}
${examples('npx sallyport auth off', 'npx sallyport auth off --yes --json')}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions & { yes?: boolean }) =>
      withTarget(context, options, (target) => {
        const { json = false, yes = false } = options;
        const wanted = { isEnabled: false, isJson: json };
        return changeAuth(context, target, wanted, () => {
          if (!yes) remark(context, MEANING);
          const question = `This turns auth enforcement off ${target.place}.`;
          return requireConfirmation(context, yes, question);
        });
      }),
    );
}
