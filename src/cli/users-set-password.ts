/** `sallyport users set-password` */

import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS, PASSWORD_SOURCES } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { answer, giveOut } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { endedText, NAME_MEANING, requireUser } from './user-names.ts';
import { askForUserPassword } from './user-password.ts';

const ABOUT = `Set a new password for a user and end all of the user's sessions.

The access and refresh tokens of those sessions are refused from then on, and so
are sessions of the console. With --generate the password is made for you, and
is all of standard output, this once. With --url an access token may not.`;

export function addUsersSetPassword(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('set-password')
    .summary("set a user's password and end the user's sessions")
    .description(ABOUT)
    .argument('<name>', NAME_MEANING)
    .option('--generate', 'make a password of 24 letters and digits, and print it')
    .asksPassword()
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport users set-password alice',
  'npx sallyport users set-password alice --json < /run/secrets/alice-password',
  'npx sallyport users set-password alice --generate',
)}
${EXIT_CODES}`,
    )
    .action((name: string, options: TargetOptions & { generate?: boolean }) =>
      withTarget(context, options, async (target) => {
        const { json: isJson = false, generate = false } = options;
        const { id, username } = await requireUser(target, name);
        const password = generate ? null : await askForUserPassword(context, username);
        const { endedSessions, generated } = await target.users.setPassword(id, password);
        const about = `User ${toVisible(username)} has the new password; ${endedText(endedSessions)}.`;
        const json = { username, sessions_ended: endedSessions };
        if (generated === null) {
          await answer(context, isJson, { json, text: about });
          return;
        }
        await giveOut(context, isJson, {
          json: { ...json, password: generated },
          secret: generated,
          about: `${about} It is on standard output, this once: it is not stored and cannot be shown again.`,
        });
      }),
    );
}
