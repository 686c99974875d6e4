/** `sallyport admin reset-password` */

import { SallyportError } from '../core/errors.ts';
import { askForAdminPassword } from './admin-password.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, PASSWORD_SOURCES, WORKS_BESIDE_SERVER } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer } from './output.ts';

const ABOUT = `Set a new password for the built-in admin, the old one being lost or known.

Every admin JWT ends at once, whoever holds it. Access tokens and users are not
touched. The rules for the password are those of \`sallyport admin create\`.`;

export function addAdminResetPassword(admin: OperatorCommand, context: CommandContext): void {
  admin
    .addNew('reset-password')
    .summary("set the admin's password and end every admin JWT")
    .description(ABOUT)
    .asksPassword()
    .answersInJson()
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${WORKS_BESIDE_SERVER}
${examples(
  'npx sallyport admin reset-password',
  'npx sallyport admin reset-password --json < /run/secrets/admin-password',
)}
${EXIT_CODES}`,
    )
    .action(({ json = false }: JsonOption) =>
      withOpened(context, async (opened) => {
        if (!(await opened.admin.exists())) throw new SallyportError('admin_not_found', {});
        await opened.admin.resetPassword(await askForAdminPassword(context));
        await answer(context, json, {
          json: { result: 'password_reset' },
          text: 'The admin has the new password; every admin JWT has ended.',
        });
      }),
    );
}
