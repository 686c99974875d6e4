/** `sallyport users list` */

import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { printRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
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
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json the answer is one array with one user a line: id, username, role,
enabled, created_at, last_sign_in_at (null for never).
An access token sees users with role STANDARD only.
${MANAGER_CREDENTIALS}
${examples('npx sallyport users list', "npx sallyport users list --json | jq -r '.[].username'")}
${EXIT_CODES}`,
    )
    .action((options: TargetOptions) =>
      withTarget(context, options, async ({ users, place }) => {
        const { json = false } = options;
        const count = await printRows(context, json, USER_LISTING, users.list());
        if (count === 0 && !json) {
          // Says where it looked: a wrong DATA_DIR is a new and empty folder.
          const none = `There are no users${users.blindSpot} ${place}`;
          remark(context, `${none}; \`users add NAME\` adds one.`);
        }
      }),
    );
}
