/** `sallyport users delete` */

import { requireConfirmation } from './confirmations.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { TargetUser } from './operator-target.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { endedText, NAME_MEANING, requireUser, userLabel } from './user-names.ts';

const ABOUT = `Delete a user, all sessions with it. This cannot be taken back; disabling can.

The id is never given again, the name is free again, and the audit trail keeps
what the user did. The last enabled user with role ADMIN cannot be deleted.`;

export function addUsersDelete(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('delete')
    .summary('delete a user and all sessions with it')
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .option('-y, --yes', 'do it without asking')
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples('npx sallyport users delete alice', 'npx sallyport users delete id:7 --yes --json')}
${EXIT_CODES}`,
    )
    .action((name: string, options: TargetOptions & { yes?: boolean }) =>
      withTarget(context, options, async (target) => {
        const { json = false, yes = false } = options;
        const user = await requireUser(target, name);
        await requireConfirmation(context, yes, questionAbout(user, target.place));
        const ended = await target.users.delete(user.id);
        const { id, username } = user;
        await answer(context, json, {
          json: { id, username, deleted: true, sessions_ended: ended },
          text: `User ${userLabel(user)} has been deleted; ${endedText(ended)}.`,
        });
      }),
    );
}

function questionAbout(user: TargetUser, place: string): string {
  const { role, liveSessions } = user;
  const sessions = liveSessions === 1 ? '1 live session' : `${liveSessions} live sessions`;
  return (
    `This deletes user ${userLabel(user)}, role ${role}, ${sessions}, ${place}, ` +
    'and cannot be taken back.'
  );
}
