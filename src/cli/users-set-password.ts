/** `sallyport users set-password` */

import { SallyportError } from '../core/errors.ts';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, PASSWORD_SOURCES, WORKS_BESIDE_SERVER } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';
import { askForUserPassword } from './user-password.ts';

const ABOUT = `Set a new password for a user and end all of the user's sessions.

The access and refresh tokens of those sessions are refused from then on. This
works on the data folder alone, and not with --url.`;

export function addUsersSetPassword(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('set-password')
    .summary("set a user's password and end the user's sessions")
    .description(ABOUT)
    .argument('<name>', 'the username')
    .asksPassword()
    .answersInJson()
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${WORKS_BESIDE_SERVER}
${examples(
  'npx sallyport users set-password alice',
  'npx sallyport users set-password alice --json < /run/secrets/alice-password',
)}
${EXIT_CODES}`,
    )
    .action((name: string, { json = false }: JsonOption) =>
      withOpened(context, async (opened) => {
        const user = await opened.users.find(name);
        if (user === null) throw new SallyportError('user_not_found', {});
        const { username } = user;
        const password = await askForUserPassword(context, username);
        const ended = await opened.users.setPassword(username, password);
        const sessions = ended === 1 ? '1 session has' : `${ended} sessions have`;
        await answer(context, json, {
          json: { username, sessions_ended: ended },
          text: `User ${toVisible(username)} has the new password; ${sessions} ended.`,
        });
      }),
    );
}
