/** `sallyport users end-sessions` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { endedText, NAME_MEANING, requireUser, userLabel } from './user-names.ts';

const ABOUT = `End all sessions of a user. Their access and refresh tokens are refused from
then on; signing in again is possible, unless the user is disabled too.`;

export function addUsersEndSessions(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('end-sessions')
    .summary('end all sessions of a user')
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport users end-sessions alice', 'npx sallyport users end-sessions id:7')}
${EXIT_CODES}`,
    )
    .action((name: string, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const user = await requireUser(target, name);
        const ended = await target.users.endSessions(user.id);
        const { id, username } = user;
        await answer(context, options.json ?? false, {
          json: { id, username, sessions_ended: ended },
          text: `User ${userLabel(user)} is signed out; ${endedText(ended)}.`,
        });
      }),
    );
}
