/** `sallyport admin create` */

import { SallyportError } from '../core/errors.ts';
import { askForAdminPassword } from './admin-password.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, PASSWORD_SOURCES, WORKS_BESIDE_SERVER } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';

const ABOUT = `Create the built-in admin, of which there is exactly one.

Its password needs 12 characters or more, among them an uppercase letter, a
lowercase letter, a digit and a special character.`;

export function addAdminCreate(admin: OperatorCommand, context: CommandContext): void {
  admin
    .addNew('create')
    .summary('create the built-in admin')
    .description(ABOUT)
    .asksPassword()
    .answersInJson()
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${WORKS_BESIDE_SERVER}
${examples(
  'npx sallyport admin create',
  'npx sallyport admin create < /run/secrets/admin-password',
)}
${EXIT_CODES}`,
    )
    .action(({ json = false }: JsonOption) =>
      withOpened(context, async (opened) => {
        // Before the password is asked for, so that nobody types one in vain.
        if (await opened.admin.exists()) throw new SallyportError('admin_already_exists', {});
        await opened.admin.create(await askForAdminPassword(context));
        await answer(context, json, {
          json: { result: 'created' },
          text: 'The admin has been created and can sign in.',
        });
      }),
    );
}
