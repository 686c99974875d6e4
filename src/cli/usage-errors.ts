/**
 * What is said when a command was called wrongly. Commander quotes what it did not understand;
 * here that could be a password, so values are left out and only names are repeated.
 */

import type { CommanderError } from 'commander';
import { EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import type { OperatorCommand } from './operator-command.ts';

const PASSWORD_HINT =
  'A password is never an argument, because other users of this machine could read it there. ' +
  'Run the command without it to be asked, or pipe the password in: ' +
  'sallyport … < password-file';

const CREDENTIAL_HINT =
  'A credential is never an argument, because other users of this machine could read it there. ' +
  'Set SALLYPORT_TOKEN, or SALLYPORT_TOKEN_FILE to the file that holds it.';

const LOCAL_HINT =
  'This command works on the data folder alone; run it on the machine that has it.';

const ADMIN_HINT = 'On a server this command signs in as the built-in admin alone; leave --as out.';

/** Null for what is no error: help or the version was asked for and has been printed. */
export function explainUsage(
  error: CommanderError,
  program: OperatorCommand,
  args: readonly string[],
): CommandFailure | null {
  if (error.exitCode === 0) return null;
  const command = calledCommand(program, args);
  // A noun without a verb: its help has been printed, which says more than a sentence could.
  if (error.code === 'commander.help') return new CommandFailure('usage', [], EXIT.usage);
  const option = /^error: unknown option '(.*?)'/s.exec(error.message)?.[1];
  const isPasswordLike = option !== undefined && /^(-p|--?.*pass|--?pwd?)/i.test(option);
  const isStrayWord = error.code === 'commander.excessArguments' && command.isPasswordAsked;
  const lines = [withoutValues(error)];
  if (/^--(url|as|insecure-http)$/.test(option ?? '')) {
    lines.push(command.options.some(({ long }) => long === '--url') ? ADMIN_HINT : LOCAL_HINT);
  }
  if (/^--?(token|bearer|credential|api-?key)/i.test(option ?? '')) lines.push(CREDENTIAL_HINT);
  if (isPasswordLike || isStrayWord) lines.push(PASSWORD_HINT);
  lines.push(`See \`npx ${fullName(command)} --help\`.`);
  return new CommandFailure('usage', lines, EXIT.usage);
}

function withoutValues({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/ but got (\d+): .*$/s, ' but got $1.')
    .replace(/^unknown option '(-[^-])[^']+'/, "unknown option '$1'")
    .replace(/^unknown option '(--[^'=]*)=.*?'(?=\n|$)/s, "unknown option '$1'")
    .replace(/^command-argument value '.*' is invalid for argument/s, 'invalid argument')
    .replace(/\b(vdai_|eyJ)[\w.-]+/g, '$1…')
    .replaceAll('\n', ' ');
}

/** The command that the words name, as far as they do. */
function calledCommand(program: OperatorCommand, args: readonly string[]): OperatorCommand {
  let command = program;
  for (const word of args) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next !== undefined) command = next as OperatorCommand;
  }
  return command;
}

function fullName(command: OperatorCommand): string {
  const parent = command.parent as OperatorCommand | null;
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}
