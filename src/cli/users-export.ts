/** `sallyport users export` */

import { TRANSFER_FORMATS, type TransferFormat } from '../core/import-lines.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { createNewFile } from './new-file.ts';
import type { OperatorCommand } from './operator-command.ts';
import { PacedOutput, remark } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { parseFormat } from './transfer-formats.ts';

const ABOUT = `Write all users with their password hashes, as users import reads them: id,
username, role, enabled, origin, created_at, last_sign_in_at, password_hash and
identities. Whoever has the file can guess passwords at leisure: keep it like a
backup, and delete it when it has done its work.

With --output the file is new and has mode 0600. On a terminal nothing is
written, for hashes do not belong on screens. Any number of users takes the
same small memory, and each is in it once, whatever changes meanwhile.`;

interface ExportCommandOptions extends TargetOptions {
  readonly format: TransferFormat;
  readonly output?: string;
}

export function addUsersExport(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('export')
    .summary('write all users with their password hashes')
    .description(ABOUT)
    .option('--format <format>', 'how to write: jsonl or csv', parseFormat, 'jsonl')
    .suggests('--format', TRANSFER_FORMATS)
    .option('-o, --output <file>', 'write to this new file (default: standard output)')
    .worksOnServers({ canSignInAsUser: false })
    .addHelpText(
      'after',
      `
In CSV a text that a spreadsheet would take for a formula begins with an
apostrophe more, which users import takes away again.
With --url it needs the password of the built-in admin, entered within five
minutes: it is asked for on a terminal, or SALLYPORT_TOKEN or the file that
SALLYPORT_TOKEN_FILE names holds an admin JWT that is as young. Users with role
ADMIN export in the console.
${SETTINGS}
${examples(
  'npx sallyport users export --output users.jsonl',
  'npx sallyport users export --format csv | gpg --encrypt -r ops > users.csv.gpg',
  'npx sallyport users export -o users.jsonl --url https://id.example.com',
)}
${EXIT_CODES}`,
    )
    .action((options: ExportCommandOptions) => exportUsers(context, options));
}

async function exportUsers(context: CommandContext, options: ExportCommandOptions): Promise<void> {
  const { format, output: file } = options;
  if (file === undefined && context.stdout.isTTY) {
    const line =
      'Hashes do not belong on a terminal; name a file with --output, or send them to a program.';
    throw new CommandFailure('output_is_terminal', [line], EXIT.usage);
  }
  const users = await withTarget(context, options, async ({ transfers }) => {
    const pieces = transfers.exportUsers(format);
    return file === undefined ? toOutput(context, pieces) : toFile(file, pieces);
  });
  // The header of CSV names nobody.
  const count = format === 'csv' ? users - 1 : users;
  remark(context, `${count} ${count === 1 ? 'user has' : 'users have'} been exported.`);
}

/** Gives how many lines there were. */
async function toOutput(context: CommandContext, pieces: AsyncIterable<string>): Promise<number> {
  const output = new PacedOutput(context);
  let lines = 0;
  for await (const piece of pieces) {
    lines += linesIn(piece);
    await output.add(piece);
  }
  await output.flush();
  return lines;
}

async function toFile(file: string, pieces: AsyncIterable<string>): Promise<number> {
  let lines = 0;
  const opened = await createNewFile(file);
  try {
    for await (const piece of pieces) {
      lines += linesIn(piece);
      await opened.write(piece);
    }
    await opened.finish();
  } catch (error) {
    await opened.abandon();
    throw error;
  }
  return lines;
}

/** No name and no hash holds a line feed. */
function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
