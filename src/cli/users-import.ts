/** `sallyport users import` */

import { type FileHandle, open } from 'node:fs/promises';
import { HeaderFault, TRANSFER_FORMATS, type TransferFormat } from '../core/import-lines.ts';
import type { ImportOptions, LineOutcome, LineReport } from '../core/user-imports.ts';
import { toVisibleJson } from '../core/visible-text.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { readFirebaseHashConfig } from './firebase-hash-config.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import { createNewFile, type NewFile } from './new-file.ts';
import type { OperatorCommand } from './operator-command.ts';
import { PacedOutput, remark } from './output.ts';
import { startProgressBar } from './progress-bar.ts';
import { type TargetOptions, withTarget } from './target-options.ts';
import { formatOf, parseFormat } from './transfer-formats.ts';

const ABOUT = `Add the users of a file: JSON Lines, or CSV whose first line names the fields.
With - for the file they come from standard input.

Each line is a user wholly or is reported. A name that is taken stays whose it
is, so the same file can be imported again, after an interruption too. Any
number of lines takes the same small memory.

The fields are username, password_hash, role, enabled, origin, created_at,
last_sign_in_at and identities, as users export writes them. Hashes may be
bcrypt, argon2, scrypt, PBKDF2 and Firebase's; their users sign in with the
passwords they have. docs/guides/moving-users.md has lines from elsewhere.

The report is a line of JSON for each line that was not taken, and in a dry
run for every line: line, outcome, username, reason.`;

interface ImportCommandOptions extends TargetOptions {
  readonly format?: TransferFormat;
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly plainPasswords?: boolean;
  readonly firebaseHashConfig?: string;
}

type Counts = Record<LineOutcome, number>;

export function addUsersImport(users: OperatorCommand, context: CommandContext): void {
  users
    .addNew('import <file>')
    .summary('add the users of a file, with the passwords they have')
    .description(ABOUT)
    .option('--format <format>', 'jsonl or csv (default: by the name of the file)', parseFormat)
    .suggests('--format', TRANSFER_FORMATS)
    .option('--dry-run', 'say what would become of each line, and change nothing')
    .option('--report <file>', 'write the report to this new file (default: standard output)')
    .option('--plain-passwords', 'hash passwords in the clear, some ten in a second')
    .option('--firebase-hash-config <file>', 'the parameters that the Firebase console shows')
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --url an access token is not enough: it needs an admin.
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport users import users.csv --dry-run',
  'npx sallyport users import users.jsonl --report not-taken.jsonl',
  'npx sallyport users import firebase.jsonl --firebase-hash-config config.txt',
  'npx sallyport users import users.csv --url https://id.example.com --as bob',
)}
${EXIT_CODES}`,
    )
    .action((file: string, options: ImportCommandOptions) => importFile(context, file, options));
}

async function importFile(
  context: CommandContext,
  file: string,
  options: ImportCommandOptions,
): Promise<void> {
  const format = options.format ?? formatOf(file);
  const hashConfig = options.firebaseHashConfig;
  const defaults = hashConfig === undefined ? null : readFirebaseHashConfig(hashConfig);
  const source = await openSource(context, file);
  try {
    await importSource(context, source, { ...options, file, format, defaults });
  } finally {
    await source.close();
  }
}

interface SourceOptions extends ImportCommandOptions {
  readonly file: string;
  readonly format: TransferFormat;
  readonly defaults: ImportOptions['defaults'] | null;
}

async function importSource(
  context: CommandContext,
  source: Source,
  options: SourceOptions,
): Promise<void> {
  const { dryRun: isDryRun = false, plainPasswords: allowsPlainPasswords = false } = options;
  const { defaults } = options;
  const report = await openReport(context, options.report);
  const counts: Counts = { created: 0, would_create: 0, exists: 0, failed: 0 };
  const end = context.listenForEnd();
  const bar = startProgressBar(context, isDryRun ? 'Checking' : 'Importing', source.bytes > 0);
  const settings = { isDryRun, allowsPlainPasswords, ...(defaults && { defaults }) };
  try {
    await withTarget(context, options, async ({ transfers }) => {
      const pieces = counted(source.pieces, (read) => bar.show(read / source.bytes));
      for await (const batch of transfers.importUsers(pieces, options.format, settings)) {
        for (const line of batch) {
          counts[line.outcome] += 1;
          if (isDryRun || line.outcome !== 'created') await report.add(line);
        }
        if (end.aborted) break;
      }
    });
  } catch (error) {
    throw error instanceof HeaderFault ? headerFailure(options.file) : error;
  } finally {
    bar.end();
    await report.finish();
  }
  summarize(context, counts, { isDryRun, isInterrupted: end.aborted });
}

interface Source {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** 0 when nobody knows. */
  readonly bytes: number;
  close(): Promise<void>;
}

/**
 * Opened before anything else is asked or made: what cannot be read is known at once, and what
 * was looked at is what is read.
 * @throws CommandFailure `file_missing`, `file_failed`
 */
async function openSource({ stdin }: CommandContext, file: string): Promise<Source> {
  if (file === '-') return { pieces: stdin, bytes: 0, close: async () => undefined };
  const handle = await open(file).catch((error) => {
    throw unreadable(file, error);
  });
  const about = await handle.stat();
  if (!about.isDirectory()) {
    return { pieces: readPieces(handle, file), bytes: about.size, close: () => handle.close() };
  }
  await handle.close();
  throw fileFailed(file, 'it is a folder');
}

/** The stream begins with the first piece, so none is left unheard by a call that is refused. */
async function* readPieces(handle: FileHandle, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* handle.createReadStream({ autoClose: false });
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array | string>,
  show: (read: number) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    read += bytes.length;
    yield bytes;
    show(read);
  }
}

interface Report {
  add(line: LineReport): Promise<void>;
  finish(): Promise<void>;
}

async function openReport(context: CommandContext, file: string | undefined): Promise<Report> {
  const output = new PacedOutput(context);
  if (file === undefined) {
    return {
      add: (line) => output.add(`${toVisibleJson(line)}\n`),
      finish: () => output.flush(),
    };
  }
  const opened: NewFile = await createNewFile(file);
  return {
    add: (line) => opened.write(`${toVisibleJson(line)}\n`),
    finish: () => opened.finish(),
  };
}

/** @throws CommandFailure when there is something to be done about it */
function summarize(
  context: CommandContext,
  { created, would_create, exists, failed }: Counts,
  { isDryRun, isInterrupted }: { isDryRun: boolean; isInterrupted: boolean },
): void {
  const added = isDryRun ? `${would_create} would be created` : `${created} created`;
  const words = `${added}, ${exists} skipped because the name is taken, ${failed} failed.`;
  if (isInterrupted) {
    const line = `interrupted; ${words} Run it again to go on.`;
    throw new CommandFailure('interrupted', [line], EXIT.interrupted);
  }
  if (failed === 0) {
    remark(context, words);
    return;
  }
  const advice = 'The report says for each line what to do; the others need not be given again.';
  throw new CommandFailure('lines_failed', [`${words} ${advice}`]);
}

function headerFailure(file: string): CommandFailure {
  return new CommandFailure('header_invalid', [
    `The first line of ${file} must name the fields of CSV, each once and username among them.`,
  ]);
}

function unreadable(file: string, error: unknown): CommandFailure {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return fileFailed(file, code);
  return new CommandFailure('file_missing', [`There is no file ${file}.`]);
}

function fileFailed(file: string, reason: string): CommandFailure {
  return new CommandFailure('file_failed', [`${file} cannot be read (${reason}).`]);
}
