/** `sallyport auth on` */

import { changeAuth } from './auth-change.ts';
import type { CommandContext } from './context.ts';
import { ADMIN_CREDENTIALS, EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Turn auth enforcement on. A running server honours it at once.

With --url only the built-in admin may; an access token may not.`;

export function addAuthOn(auth: OperatorCommand, context: CommandContext): void {
  auth
    .addNew('on')
    .summary('turn auth enforcement on')
    .description(ABOUT)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `${ADMIN_CREDENTIALS}
${examples('npx sallyport auth on', 'npx sallyport auth on --url https://auth.example.com')}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, (target) =>
        changeAuth(context, target, { isEnabled: true, isJson: options.json ?? false }),
      ),
    );
}
