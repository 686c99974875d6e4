/** `sallyport restore` */

import type { BackupDescription, ParamsFit, RestoreReport } from './backup-commands.ts';
import { backupJson, backupText, counted, requireEmbeddedDatabase } from './backup-texts.ts';
import { requireConfirmation } from './confirmations.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { requireSoundConfig, withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer, remark } from './output.ts';

const ABOUT = `Put a backup in the place of the database, or only look at it.

Stop the server first; the command refuses while one runs. The database that is
replaced is kept under another name. Killed at any moment, the old or the
restored database is what the next start opens.

A restore must not bring back what was taken away, so:
- every session and every admin JWT ends;
- users and access tokens that were deleted since the backup stay deleted,
  disabled users disabled, lowered roles lowered; passwords and the secrets of
  access tokens are those of the database that is replaced, and so is the audit
  trail since the backup;
- if that database cannot be read or is another one, nobody knows what was taken
  away: then all access tokens are suspended. Each authenticates again when it
  is rotated, or all at once after \`sallyport restore --accept-tokens\`.

What was added since the backup is lost, except in the audit trail.`;

const PG_RESTORE =
  'restore with `pg_restore`, or `psql` for plain dumps, and end what should not live again.';

interface RestoreOptions extends JsonOption {
  readonly verify?: boolean;
  readonly acceptTokens?: boolean;
  readonly yes?: boolean;
}

export function addRestore(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('restore [file]')
    .summary('put a backup in the place of the database')
    .description(ABOUT)
    .option('--verify', 'only check the file and say what is in it; change nothing')
    .option('--accept-tokens', 'let access tokens that a restore has suspended work again')
    .option('-y, --yes', 'do it without asking')
    .answersInJson()
    .addHelpText(
      'after',
      `${SETTINGS}
${examples(
  'npx sallyport restore backup.db --verify',
  'npx sallyport restore backup.db',
  'npx sallyport restore --accept-tokens',
)}
${EXIT_CODES}`,
    )
    .action(async (file: string | undefined, options: RestoreOptions) => {
      requireEmbeddedDatabase(context, PG_RESTORE);
      if (file === undefined) await acceptTokens(context, options);
      else await readOrRestore(context, file, options);
    });
}

async function acceptTokens(context: CommandContext, options: RestoreOptions): Promise<void> {
  if (!options.acceptTokens || options.verify) {
    throw usage('Name the file to restore, or give --accept-tokens.');
  }
  const { json = false, yes = false } = options;
  if (!yes) {
    remark(
      context,
      'This lets every suspended access token authenticate again, also those that were deleted ' +
        'or\nrotated between the backup and the restore. Delete those first.',
    );
  }
  await requireConfirmation(context, yes, 'Is that wanted?');
  await withOpened(context, async ({ accessTokens }) => {
    const accepted = await accessTokens.acceptSuspended({});
    const text =
      accepted === 1
        ? '1 access token works again.'
        : `${counted(accepted, 'access token')} work again.`;
    await answer(context, json, { json: { accepted_access_tokens: accepted }, text });
  });
}

async function readOrRestore(
  context: CommandContext,
  file: string,
  { json = false, verify = false, yes = false, acceptTokens: accepts = false }: RestoreOptions,
): Promise<void> {
  if (accepts) throw usage('--accept-tokens comes after a restore: give it without a file.');
  await requireSoundConfig(context);
  const { description, paramsFit } = await context.backups.verify(file);
  if (verify) return describe(context, json, description, paramsFit);
  if (!json || context.stdin.isTTY) remark(context, backupText(description).join('\n'));
  const folder = context.nameDataFolder();
  await requireConfirmation(context, yes, `Replace the database in ${folder} by this one?`);
  const report = await context.backups.restore(file);
  await answer(context, json, {
    json: { ...backupJson(description), ...reportJson(report) },
    text: reportText(report, file).join('\n'),
  });
}

const usage = (line: string) => new CommandFailure('usage', [line], EXIT.usage);

const FIT_TEXTS = {
  beside_database: 'It is whole, and the server parameters here are those that it was made under.',
  in_backup: 'It is whole, and PARAMS_KEY opens the server parameters in it.',
  none:
    'It is whole. The server parameters that it needs are not here, so nothing says who has made ' +
    'it;\nit can be restored where they are.',
} satisfies Record<ParamsFit, string>;

function describe(
  context: CommandContext,
  isJson: boolean,
  description: BackupDescription,
  paramsFit: ParamsFit,
): Promise<void> {
  return answer(context, isJson, {
    json: { ...backupJson(description), params_fit: paramsFit },
    text: [...backupText(description), FIT_TEXTS[paramsFit]].join('\n'),
  });
}

const OLD_DATABASE_TEXTS = {
  continued: 'What was taken away since the backup stays away; the audit trail is kept.',
  renewed:
    'What was taken away since the backup stays away; the audit trail is kept. The server ' +
    'parameters\nwere others meanwhile, so all access tokens are suspended.',
  unrelated:
    'The database that it replaces has another history, so nobody knows what was taken away since ' +
    'the\nbackup: all access tokens are suspended. Look through the users, too.',
  none:
    'There was no database before, so nobody knows what was taken away since the backup: all ' +
    'access\ntokens are suspended. Look through the users, too.',
  unreadable:
    'The database that it replaces cannot be read, so nobody knows what was taken away since the ' +
    'backup:\nall access tokens are suspended. Look through the users, too.',
  newer:
    'The database that it replaces is of a newer release, so nobody knows what was taken away ' +
    'since the\nbackup: all access tokens are suspended. Look through the users, too.',
} satisfies Record<RestoreReport['oldDatabase'], string>;

function reportText(report: RestoreReport, file: string): string[] {
  const { oldDatabase, suspendedAccessTokens, keptAs, wroteParams } = report;
  return [
    `${file} has been restored; every session and every admin JWT has ended.`,
    OLD_DATABASE_TEXTS[oldDatabase],
    ...(suspendedAccessTokens === 0
      ? []
      : [
          `Suspended: ${counted(suspendedAccessTokens, 'access token')}. Rotate them one by one, ` +
            'or delete what should go and run\n`npx sallyport restore --accept-tokens`.',
        ]),
    ...(wroteParams ? ['The server parameters were written from the backup.'] : []),
    ...(keptAs === null ? [] : [`The old database is kept as ${keptAs}.`]),
  ];
}

function reportJson(report: RestoreReport): object {
  return {
    old_database: report.oldDatabase,
    ended_sessions: report.endedSessions,
    suspended_access_tokens: report.suspendedAccessTokens,
    kept_as: report.keptAs,
    server_params_written: report.wroteParams,
  };
}
