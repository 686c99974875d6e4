/**
 * The paragraphs below the generated part of the help; the same words for the same things.
 * They are printed as they are, so they are broken for terminals of 80 columns.
 */

import { EXIT } from './context.ts';

export const EXIT_CODES = `
Exit codes:
  ${EXIT.done}    done
  ${EXIT.failed}    failed; standard error says why and what to do
  ${EXIT.usage}    called wrongly: unknown command or option, wrong number of arguments
  ${EXIT.interrupted}  interrupted with Ctrl-C`;

export const PASSWORD_SOURCES = `
A password is never an argument, because other users of the machine can read
those. On a terminal it is asked for twice and not shown; otherwise it is all
of standard input, less one line ending at its end.`;

export const SETTINGS = `
Settings come from the environment, the same for every command as for the
server; \`sallyport config check\` shows them. DATA_DIR is the data folder
(default: ./data).`;

export const WORKS_BESIDE_SERVER = `${SETTINGS} A running server honours the change at once.`;

const SERVER_CREDENTIALS = `
Without --url the command works on the data folder: DATA_DIR, ./data unless
set. With it, it asks the server there, and shows it a credential: what is in
SALLYPORT_TOKEN, or in the file that SALLYPORT_TOKEN_FILE names`;

/** For commands over contract 1, which knows no users. */
export const ADMIN_CREDENTIALS = `${SERVER_CREDENTIALS} (an access token
with the admin permission, or an admin JWT). Without one it asks on a terminal
for the password of the built-in admin. A credential is never an argument.`;

/** For commands over the management calls. */
export const MANAGER_CREDENTIALS = `${SERVER_CREDENTIALS} (an access token
with the admin permission, an admin JWT, or the token of a user with role
ADMIN). Without one it asks on a terminal for the password of the built-in
admin, or of the user that --as names. A credential is never an argument.`;

/** Examples are whole command lines, to be copied. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
