/** `sallyport users disable` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { TargetOptions } from './target-options.ts';
import { NAME_MEANING } from './user-names.ts';
import { setUserEnabled } from './users-state.ts';

const ABOUT = `Disable a user: all sessions end at once, and signing in is refused until the
user is enabled again. Nothing is lost.

The last enabled user with role ADMIN cannot be disabled.`;

export function addUsersDisable(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('disable')
    .summary("end a user's sessions and refuse new ones")
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport users disable alice', 'npx sallyport users disable id:7 --json')}
${EXIT_CODES}`,
    )
    .action((name: string, options: TargetOptions) =>
      setUserEnabled(context, options, { name, isEnabled: false }),
    );
}
