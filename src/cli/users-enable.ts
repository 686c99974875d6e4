/** `sallyport users enable` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { TargetOptions } from './target-options.ts';
import { NAME_MEANING } from './user-names.ts';
import { setUserEnabled } from './users-state.ts';

const ABOUT = `Enable a disabled user, who can sign in again with the same password. Sessions
that have ended stay so.`;

export function addUsersEnable(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('enable')
    .summary('let a disabled user sign in again')
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport users enable alice', 'npx sallyport users enable id:7 --json')}
${EXIT_CODES}`,
    )
    .action((name: string, options: TargetOptions) =>
      setUserEnabled(context, options, { name, isEnabled: true }),
    );
}
