/** `sallyport auth status` */

import type { CommandContext } from './context.ts';
import { ADMIN_CREDENTIALS, EXIT_CODES, examples } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

export function addAuthStatus(auth: OperatorCommand, context: CommandContext): void {
  auth
    .addNew('status')
    .summary('say whether auth enforcement is on')
    .description('Say whether auth enforcement is on.')
    .answersInJson()
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `${ADMIN_CREDENTIALS}
${examples('npx sallyport auth status', 'npx sallyport auth status --json | jq .enabled')}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const isEnabled = await target.auth.isEnabled();
        await answer(context, options.json ?? false, {
          json: { enabled: isEnabled },
          text: `Auth enforcement is ${isEnabled ? 'on' : 'off'} ${target.place}.`,
        });
      }),
    );
}
