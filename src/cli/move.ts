/** `sallyport move` */

import { counted } from './backup-texts.ts';
import { requireConfirmation } from './confirmations.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import type { MoveReport } from './move-commands.ts';
import { requireSoundConfig } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { answer, remark } from './output.ts';
import { startProgressBar } from './progress-bar.ts';

const ABOUT = `Move everything from the embedded database to PostgreSQL: users, sessions,
access tokens, the audit trail, limits, settings, and the server parameters,
encrypted under PARAMS_KEY. What people and machines hold goes on being good.

Stop the server first; the command refuses while one runs. The PostgreSQL
database must be empty, or be what an earlier move has left: interrupted at any
moment, run it again and it goes on. At the end it compares counts and checksums
of every table on both sides. Then start the servers with DATABASE_URL and the
same PARAMS_KEY; on the embedded database, which stays, none starts any more.

Other users of the machine can read arguments. Leave the password out of --to
and give it in PGPASSWORD, or leave --to out: then DATABASE_URL, or the file
that DATABASE_URL_FILE names, says where to.`;

interface MoveOptions extends JsonOption {
  readonly to?: string;
  readonly undo?: boolean;
  readonly yes?: boolean;
}

export function addMove(program: OperatorCommand, context: CommandContext): void {
  program
    .addNew('move')
    .summary('move everything from the embedded database to PostgreSQL')
    .description(ABOUT)
    .option('--to <url>', 'the PostgreSQL database, as in DATABASE_URL')
    .option('--undo', 'let servers start on the embedded database again')
    .option('-y, --yes', 'with --undo: do it without asking')
    .answersInJson()
    .addHelpText(
      'after',
      `${SETTINGS}
${examples(
  'npx sallyport move --to postgres://sallyport@db.example.com/sallyport',
  'DATABASE_URL_FILE=url.txt PARAMS_KEY_FILE=key.txt npx sallyport move',
  'npx sallyport move --undo',
)}
${EXIT_CODES}`,
    )
    .action(async (options: MoveOptions) => {
      if (options.undo) await undo(context, options);
      else await move(context, options);
    });
}

async function move(context: CommandContext, { to, json = false }: MoveOptions): Promise<void> {
  if (to !== undefined && !isDatabaseUrl(to)) {
    throw usage('--to must be of the form postgres://user@host:5432/database.');
  }
  await requireSoundConfig(context);
  const bar = startProgressBar(context, 'Moving', !json);
  const end = context.listenForEnd();
  try {
    const report = await context.moves.run(to ?? null, { end, report: bar.show });
    bar.end();
    if (report === 'cancelled') throw interrupted();
    await answer(context, json, { json: reportJson(report), text: reportText(report).join('\n') });
  } catch (error) {
    bar.end();
    throw error;
  }
}

/** It may hold a password, so nothing of it is repeated. */
function isDatabaseUrl(text: string): boolean {
  const isPostgres = /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
  return isPostgres && new URL(text).pathname.length > 1;
}

async function undo(context: CommandContext, options: MoveOptions): Promise<void> {
  const { to, json = false, yes = false } = options;
  if (to !== undefined) throw usage('--undo is about the embedded database; leave --to out.');
  await requireSoundConfig(context);
  if (!yes) {
    remark(
      context,
      'This lets servers start on the embedded database again, as it was when it was moved:\n' +
        'who was deleted, disabled or signed out on PostgreSQL since is not so here.\n' +
        'Stop the servers there first.',
    );
  }
  await requireConfirmation(context, yes, 'Is that wanted?');
  const { source, wasMoved } = await context.moves.undo();
  const text = wasMoved
    ? `Servers start on ${source} again. Unset DATABASE_URL.`
    : `${source} has not been moved; nothing was changed.`;
  await answer(context, json, { json: { source, was_moved: wasMoved }, text });
}

const usage = (line: string) => new CommandFailure('usage', [line], EXIT.usage);

function interrupted(): CommandFailure {
  const line = 'interrupted; the embedded database is as it was. Run it again to go on.';
  return new CommandFailure('interrupted', [line], EXIT.interrupted);
}

function reportText({ target, source, tables, wasComplete }: MoveReport): string[] {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const what = `${counted(rows, 'row')} of ${counted(tables.length, 'table')}`;
  return [
    wasComplete
      ? `Everything was in ${target} already: ${what}, compared by counts and checksums.`
      : `Everything is in ${target}: ${what}, compared by counts and checksums.`,
    'Start the servers with DATABASE_URL set to it and the same PARAMS_KEY as here.',
    `On ${source} no server starts any more. Keep it until you have a backup of PostgreSQL.`,
  ];
}

function reportJson({ target, source, tables, wasComplete }: MoveReport): object {
  return {
    target,
    source,
    was_complete: wasComplete,
    tables: tables.map(({ table, rows, checksum }) => ({ table, rows, sha256: checksum })),
  };
}
