/** `sallyport users set-role` */

import type { UserRole } from '../core/repository.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { NAME_MEANING, requireUser, userLabel } from './user-names.ts';
import { parseRole, ROLES } from './user-rows.ts';

const ABOUT = `Give a user another role. It holds at once, also for the tokens that there are;
sessions go on. An ADMIN manages users, sessions and access tokens.

The last enabled user with role ADMIN keeps it.`;

export function addUsersSetRole(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('set-role')
    .summary('make a user an admin, or an admin a user')
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .argument('<role>', ROLES.join(' or '), parseRole)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport users set-role alice ADMIN',
  'npx sallyport users set-role id:7 STANDARD --json',
)}
${EXIT_CODES}`,
    )
    .action((name: string, role: UserRole, options: TargetOptions) =>
      withTarget(context, options, async (target) => {
        const user = await requireUser(target, name);
        const isUnchanged = user.role === role;
        if (!isUnchanged) await target.users.setRole(user.id, role);
        const { id, username } = user;
        await answer(context, options.json ?? false, {
          json: { id, username, role, was_role: user.role },
          text: isUnchanged
            ? `User ${userLabel(user)} had the role ${role} already; nothing was changed.`
            : `User ${userLabel(user)} has the role ${role} now.`,
        });
      }),
    );
}
