/** `sallyport users list` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { printRows } from './tables.ts';
import { USER_LISTING } from './user-rows.ts';

const ABOUT = `List all users by id: username, role, whether enabled, when created, and the
last sign-in.

On a terminal this is a table that fits it. Elsewhere columns are separated by
tabs and nothing is cut. Times are UTC. Characters that a terminal would obey
or hide are shown as \\u{…}.`;

export function addUsersList(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('list')
    .summary('list all users')
    .description(ABOUT)
    .answersInJson()
    .addHelpText(
      'after',
      `
With --json the answer is one array with one user a line: id, username, role,
enabled, created_at, last_sign_in_at (null for never).
${SETTINGS}
${examples('npx sallyport users list', "npx sallyport users list --json | jq -r '.[].username'")}
${EXIT_CODES}`,
    )
    .action(({ json = false }: JsonOption) =>
      withOpened(context, async (opened) => {
        const count = await printRows(context, json, USER_LISTING, opened.users.list());
        if (count === 0 && !json) {
          // Says where it looked: a wrong DATA_DIR is a new and empty folder.
          const folder = context.nameDataFolder();
          remark(context, `There are no users in ${folder}; \`users add NAME\` adds one.`);
        }
      }),
    );
}
