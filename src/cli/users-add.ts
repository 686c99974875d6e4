/** `sallyport users add` */

import { InvalidArgumentError } from 'commander';
import { SallyportError } from '../core/errors.ts';
import type { UserRole } from '../core/repository.ts';
import { brokenUsernameRule } from '../core/usernames.ts';
import type { Users } from '../core/users.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, PASSWORD_SOURCES, WORKS_BESIDE_SERVER } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { askForUserPassword } from './user-password.ts';
import { userJson } from './user-rows.ts';
import { toVisible } from './visible-text.ts';

const ABOUT = `Add a user who can sign in with a password of 8 characters or more.

The name has 3 to 50 characters. It is kept as given; names that differ only in
upper and lower case are the same.`;

const ROLES = ['ADMIN', 'STANDARD'] as const satisfies readonly UserRole[];

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
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${WORKS_BESIDE_SERVER}
${examples(
  'npx sallyport users add alice',
  'npx sallyport users add bob@example.com --role ADMIN',
  'npx sallyport users add carol --json < /run/secrets/carol-password',
)}
${EXIT_CODES}`,
    )
    .action((username: string, { role, json = false }: JsonOption & { role: UserRole }) =>
      withOpened(context, async (opened) => {
        await requireFreeName(opened.users, username);
        const password = await askForUserPassword(context, username);
        const user = await opened.users.create({ username, password, role, origin: 'operator' });
        const name = toVisible(user.username);
        await answer(context, json, {
          json: userJson(user),
          text: `User ${name} has been added with id ${user.id} and role ${user.role}.`,
        });
      }),
    );
}

function parseRole(text: string): UserRole {
  const role = ROLES.find((candidate) => candidate === text.toUpperCase());
  if (role === undefined) throw new InvalidArgumentError(`Say ${ROLES.join(' or ')}.`);
  return role;
}

/** What `create` would refuse, before the password is asked for. */
async function requireFreeName(users: Users, username: string): Promise<void> {
  const rule = brokenUsernameRule(username);
  if (rule !== null) throw new SallyportError('username_rejected', { rule });
  if ((await users.find(username)) !== null) throw new SallyportError('username_taken', {});
}
