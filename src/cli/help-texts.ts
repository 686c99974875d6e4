/** The paragraphs below the generated part of the help; the same words for the same things. */

import { EXIT } from './context.ts';

export const EXIT_CODES = `
Exit codes:
  ${EXIT.done}    done
  ${EXIT.failed}    failed; standard error says why and what to do
  ${EXIT.usage}    called wrongly: an unknown command or option, an argument too many or too few
  ${EXIT.interrupted}  interrupted with Ctrl-C`;

export const PASSWORD_SOURCES = `
The password is never an argument, because other users of the machine can read those. On a
terminal it is asked for twice and not shown; otherwise it is all of standard input, less one
line ending at its end.`;

export const WORKS_ON = `
Settings come from the environment, as the server reads them; \`sallyport config check\` shows
them. DATA_DIR says which data folder is meant (default: ./data). It does not matter whether a
server is running on it: a running one honours the change at once.`;

/** Examples are whole command lines, to be copied. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
