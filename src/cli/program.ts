/** Puts the commands together and runs one. Each command is in a file of its own. */

import { CommanderError } from 'commander';
import { addAdminCreate } from './admin-create.ts';
import { addAdminResetPassword } from './admin-reset-password.ts';
import { addAuditExport } from './audit-export.ts';
import { addAuditTail } from './audit-tail.ts';
import { addAuthOff } from './auth-off.ts';
import { addAuthOn } from './auth-on.ts';
import { addAuthStatus } from './auth-status.ts';
import { addBackup } from './backup.ts';
import { addCompletion } from './completion.ts';
import { addConfigCheck } from './config-check.ts';
import { type CommandContext, EXIT, type ExitCode } from './context.ts';
import { ignoreReadersThatLeave } from './entry.ts';
import { explainFailure, reportFailure } from './failures.ts';
import { addFigures } from './figures.ts';
import { EXIT_CODES, examples, PASSWORD_SOURCES, SETTINGS } from './help-texts.ts';
import { addMigrateStatus } from './migrate-status.ts';
import { addMigrateUp } from './migrate-up.ts';
import { addMove } from './move.ts';
import { OperatorCommand } from './operator-command.ts';
import { addParamsGenerate } from './params-generate.ts';
import { addParamsRenew } from './params-renew.ts';
import { addProvidersTest } from './providers-test.ts';
import { addRestore } from './restore.ts';
import { addServe } from './serve.ts';
import { protectSessionId } from './session-rows.ts';
import { addSessionsEnd } from './sessions-end.ts';
import { addSessionsList } from './sessions-list.ts';
import { addSettings } from './settings.ts';
import { addStats } from './stats.ts';
import { terminalWidth } from './table-layout.ts';
import { addTokensCreate } from './tokens-create.ts';
import { addTokensDelete } from './tokens-delete.ts';
import { addTokensEdit } from './tokens-edit.ts';
import { addTokensEndOverlap } from './tokens-end-overlap.ts';
import { addTokensList } from './tokens-list.ts';
import { addTokensRotate } from './tokens-rotate.ts';
import { addTokensShow } from './tokens-show.ts';
import { explainUsage } from './usage-errors.ts';
import { addUsersAdd } from './users-add.ts';
import { addUsersDelete } from './users-delete.ts';
import { addUsersDisable } from './users-disable.ts';
import { addUsersEnable } from './users-enable.ts';
import { addUsersEndSessions } from './users-end-sessions.ts';
import { addUsersExport } from './users-export.ts';
import { addUsersImport } from './users-import.ts';
import { addUsersList } from './users-list.ts';
import { addUsersSetPassword } from './users-set-password.ts';
import { addUsersSetRole } from './users-set-role.ts';

/** Runs one command and gives the exit code of the process. */
export async function runCli(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  ignoreReadersThatLeave(context);
  const program = createProgram(context);
  try {
    await program.parseAsync(protectSessionId(args), { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const failure =
      error instanceof CommanderError
        ? explainUsage(error, program, args)
        : explainFailure(error, context);
    if (failure === null) return EXIT.done;
    reportFailure(context, isJsonWanted(args), failure);
    return failure.exitCode;
  }
}

/** Also when the arguments could not be understood. What follows `--` is no option. */
function isJsonWanted(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** Every command that there is; also what the documentation is held against. */
export function createProgram(context: CommandContext): OperatorCommand {
  const program = new OperatorCommand('sallyport');
  program
    .description('An authentication server: admin login, user sessions, access tokens.')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; every command has its own')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Said by `explainUsage`, without the values.
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(context.stdout),
      getErrHelpWidth: () => helpWidth(context.stderr),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `${PASSWORD_SOURCES}
${SETTINGS}
${examples(
  'npx sallyport serve',
  'npx sallyport admin create',
  'npx sallyport users add alice --role ADMIN',
  'npx sallyport users --help',
)}
${EXIT_CODES}`,
    );
  addServe(program, context);
  addNouns(program, context);
  addBackup(program, context);
  addRestore(program, context);
  addMove(program, context);
  addStats(program, context);
  addFigures(program, context);
  addSettings(program, context);
  addCompletion(program, context);
  return program;
}

function addNouns(program: OperatorCommand, context: CommandContext): void {
  const admin = addNoun(program, 'admin', 'the built-in admin: create it, reset its password');
  addAdminCreate(admin, context);
  addAdminResetPassword(admin, context);
  const users = addNoun(
    program,
    'users',
    'accounts of people: add, list, disable, delete, set passwords, import, export',
  );
  addUsersAdd(users, context);
  addUsersSetPassword(users, context);
  addUsersList(users, context);
  addUsersSetRole(users, context);
  addUsersDisable(users, context);
  addUsersEnable(users, context);
  addUsersDelete(users, context);
  addUsersEndSessions(users, context);
  addUsersImport(users, context);
  addUsersExport(users, context);
  const sessions = addNoun(program, 'sessions', 'who is signed in, and ending that');
  addSessionsList(sessions, context);
  addSessionsEnd(sessions, context);
  const tokens = addNoun(
    program,
    'tokens',
    'access tokens of machines: create, list, edit, rotate, delete',
  );
  addTokensCreate(tokens, context);
  addTokensList(tokens, context);
  addTokensShow(tokens, context);
  addTokensEdit(tokens, context);
  addTokensRotate(tokens, context);
  addTokensEndOverlap(tokens, context);
  addTokensDelete(tokens, context);
  const auth = addNoun(program, 'auth', 'auth enforcement: turn it on or off, say which it is');
  addAuthOn(auth, context);
  addAuthOff(auth, context);
  addAuthStatus(auth, context);
  const audit = addNoun(program, 'audit', 'the audit trail: show what happened, export it');
  addAuditTail(audit, context);
  addAuditExport(audit, context);
  const config = addNoun(program, 'config', 'the settings: check and show them');
  addConfigCheck(config, context);
  const providers = addNoun(program, 'providers', 'sign-in providers: whether they can be reached');
  addProvidersTest(providers, context);
  const params = addNoun(
    program,
    'params',
    'the server parameters: start over with new ones, generate some',
  );
  addParamsRenew(params, context);
  addParamsGenerate(params, context);
  const migrate = addNoun(program, 'migrate', 'the database schema: what has run, run the rest');
  addMigrateStatus(migrate, context);
  addMigrateUp(migrate, context);
}

/** A group of commands; called without one it prints its help and fails. */
function addNoun(program: OperatorCommand, name: string, meaning: string): OperatorCommand {
  const noun = program.addNew(name);
  const capital = meaning.charAt(0).toUpperCase() + meaning.slice(1);
  return noun
    .summary(meaning)
    .description(`${capital}.`)
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES);
}

/** Long lines are hard to read, however wide the terminal is. */
function helpWidth(stream: NodeJS.WriteStream): number {
  return Math.min(terminalWidth(stream), 80);
}
