/**
 * The form of a backup: an SQLite database, and one line behind its last page that says what it
 * is. SQLite does not look there, so any tool can open a backup. The line carries a checksum of
 * everything before it and of itself, so that damage is recognised, and a seal under a key of the
 * server parameters, so that nobody else can make or change a backup that we would restore.
 */

import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { ServerParams } from './params-file.ts';

const FORMAT = 'sallyport-backup-1';
/** Sealed parameters have less than 2 KiB, and the rest of the line less than that. */
const MAX_LINE_BYTES = 65_536;

/** What the line says about the database before it. */
export interface BackupFacts {
  readonly madeAtMs: number;
  readonly release: string;
  readonly migrations: readonly string[];
  readonly counts: BackupCounts;
  readonly paramsFingerprint: string;
  /** The server parameters under PARAMS_KEY; null when they are not in it. */
  readonly sealedParams: string | null;
}

export interface BackupCounts {
  readonly admins: number;
  readonly users: number;
  readonly sessions: number;
  readonly access_tokens: number;
  readonly audit_events: number;
}

export interface Backup {
  readonly facts: BackupFacts;
  /** The file begins with this many bytes of database. */
  readonly databaseBytes: number;
  readonly totalBytes: number;
  readonly checksum: string;
  readonly seal: string;
}

/** The file is no backup, or not the one that was made. `problem` completes "FILE …". */
export class BackupFileError extends Error {
  readonly problem: string;

  constructor(problem: string, cause?: unknown) {
    super(problem, { cause });
    this.name = 'BackupFileError';
    this.problem = problem;
  }
}

/** Turns a database file into a backup, and syncs it. */
export async function completeBackupFile(
  file: string,
  facts: BackupFacts,
  params: ServerParams,
): Promise<void> {
  const text = JSON.stringify(facts);
  const checksum = await checksumOf(file, statSync(file).size, text);
  await appendFile(file, `\n${FORMAT} ${checksum} ${sealOf(checksum, params)} ${text}\n`);
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads the whole file once. Says nothing about who made it; see {@link isSealedUnder}.
 * @throws BackupFileError, or the error of the file system
 */
export async function readBackupFile(file: string): Promise<Backup> {
  const { line, start, totalBytes } = readLastLine(file);
  const [format, checksum = '', seal = '', ...rest] = line.split(' ');
  if (format !== FORMAT) throw new BackupFileError(notABackup(file));
  const text = rest.join(' ');
  if (checksum !== (await checksumOf(file, start, text))) {
    throw new BackupFileError('is damaged: its checksum does not match; use another backup');
  }
  return { facts: parseFacts(text), databaseBytes: start, totalBytes, checksum, seal };
}

function parseFacts(text: string): BackupFacts {
  try {
    return JSON.parse(text) as BackupFacts;
  } catch (error) {
    throw new BackupFileError('is damaged: its last line is not JSON; use another backup', error);
  }
}

/** Whether the backup was made by an installation with these parameters and not changed since. */
export function isSealedUnder({ checksum, seal }: Backup, params: ServerParams): boolean {
  const expected = Buffer.from(sealOf(checksum, params));
  const given = Buffer.from(seal);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** The line begins after the last line break but the final one. */
function readLastLine(file: string): { line: string; start: number; totalBytes: number } {
  const size = statSync(file).size;
  const tail = Buffer.alloc(Math.min(size, MAX_LINE_BYTES));
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
  } finally {
    closeSync(descriptor);
  }
  const begin = tail.lastIndexOf('\n', tail.length - 2);
  if (begin < 0 || tail.at(-1) !== 0x0a) throw new BackupFileError(notABackup(file));
  const line = tail.subarray(begin + 1, -1).toString('utf8');
  return { line, start: size - tail.length + begin, totalBytes: size };
}

/** A backup that was cut off looks like any database. */
function notABackup(file: string): string {
  return isDatabaseFile(file)
    ? 'is a database but not a whole backup: it was cut off, or not made by `sallyport backup`'
    : 'is not a backup; name a file that `sallyport backup` has made';
}

/** By its first bytes; an empty file is a database without tables. */
export function isDatabaseFile(file: string): boolean {
  const head = Buffer.alloc(16);
  const descriptor = openSync(file, 'r');
  try {
    const found = readSync(descriptor, head, 0, head.length, 0);
    return found === 0 || head.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(descriptor);
  }
}

async function checksumOf(file: string, bytes: number, text: string): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) {
    for await (const chunk of createReadStream(file, { end: bytes - 1 })) hash.update(chunk);
  }
  return hash.update(`\n${text}`).digest('hex');
}

function sealOf(checksum: string, params: ServerParams): string {
  const secret = Buffer.from(params.accessTokenKey, 'base64url');
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'sallyport backups', 32));
  return createHmac('sha256', key).update(checksum).digest('base64url');
}
