/** `sallyport users add` */

import { SallyportError } from '../core/errors.ts';
import type { UserRole } from '../core/repository.ts';
import { brokenUsernameRule } from '../core/usernames.ts';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS, PASSWORD_SOURCES } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { OperatorTarget } from './operator-target.ts';
import { answer } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { askForUserPassword } from './user-password.ts';
import { parseRole, ROLES, userJson } from './user-rows.ts';

const ABOUT = `Add a user who can sign in with a password of 8 characters or more.

The name has 3 to 50 characters. It is kept as given; names that differ only in
upper and lower case are the same.`;

export function addUsersAdd(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('add')
    .summary('add a user')
    .description(ABOUT)
    .argument('<name>', 'the username')
    .option('--role <role>', `what the user may do: ${ROLES.join(' or ')}`, parseRole, 'STANDARD')
    .suggests('--role', ROLES)
    .asksPassword()
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport users add alice',
  'npx sallyport users add bob@example.com --role ADMIN',
  'npx sallyport users add carol --json < /run/secrets/carol-password',
  'npx sallyport users add dave --url https://id.example.com --as bob@example.com',
)}
${EXIT_CODES}`,
    )
    .action((username: string, options: TargetOptions & { role: UserRole }) =>
      withTarget(context, options, async (target) => {
        const { role, json = false } = options;
        await requireFreeName(target, username);
        const password = await askForUserPassword(context, username);
        const user = await target.users.add({ username, password, role });
        const name = toVisible(user.username);
        await answer(context, json, {
          json: userJson(user),
          text: `User ${name} has been added with id ${user.id} and role ${user.role}.`,
        });
      }),
    );
}

/** What `create` would refuse, before the password is asked for. */
async function requireFreeName({ users, place }: OperatorTarget, username: string) {
  const rule = brokenUsernameRule(username);
  if (rule !== null) throw new SallyportError('username_rejected', { rule });
  if ((await users.findByName(username)) === null) return;
  throw new CommandFailure('username_taken', [
    `This username is taken ${place} (upper and lower case are the same); choose ` +
      'another, or set a new password there with `npx sallyport users set-password`.',
  ]);
}
