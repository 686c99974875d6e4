/**
 * `server_params.btr`: the secrets of this installation, beside the database and not in it
 * (contract decision 2). Written whole or not at all, readable by us alone, checked on every
 * start. A file that is damaged or not ours stops the start: a silent new secret would end every
 * session and token without anybody having decided so.
 */

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeNewFileDurably } from './durable-files.ts';

export const PARAMS_FILE_NAME = 'server_params.btr';
const FORMAT = 'sallyport-server-params-1';
const FILE_MODE = 0o600;

export interface ServerParams {
  /** Signs admin JWTs. */
  readonly adminJwtSecret: string;
  /** Signs the JWTs of users. */
  readonly userTokenSecret: string;
  /** Keys the stored hashes of access tokens; base64url. Never changes while tokens live. */
  readonly accessTokenKey: string;
  /** Keys the names in logs and counters; base64url. */
  readonly nameKey: string;
}

/** The parameters are there and cannot be used. `problem` completes "server_params.btr …". */
export class ParamsFileError extends Error {
  readonly file: string;
  readonly problem: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file} ${problem}`, { cause });
    this.name = 'ParamsFileError';
    this.file = file;
    this.problem = problem;
  }
}

/** New random parameters, 48 bytes each. */
export function generateParams(): ServerParams {
  const secret = () => randomBytes(48).toString('base64url');
  return {
    adminJwtSecret: secret(),
    userTokenSecret: secret(),
    accessTokenKey: secret(),
    nameKey: secret(),
  };
}

/**
 * What the database remembers of its parameters. It covers the key that cannot be replaced
 * without killing tokens, not the JWT secrets, which an operator may set anew at any start.
 */
export function fingerprintOf(params: ServerParams): string {
  const key = Buffer.from(params.accessTokenKey, 'base64url');
  return createHmac('sha256', key).update('sallyport parameters').digest('base64url');
}

/**
 * Reads the file; null when there is none. Corrects its mode when it is ours.
 * @throws ParamsFileError
 */
export function readParamsFile(folder: string): ServerParams | null {
  const file = join(folder, PARAMS_FILE_NAME);
  let text: string;
  try {
    if (!checkOwnership(file)) return null;
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ParamsFileError) throw error;
    throw new ParamsFileError(file, 'cannot be read', error);
  }
  return parseParams(file, text);
}

/**
 * Writes the first parameters. When another server was faster, its parameters are returned:
 * linking a name fails if the name is taken, so exactly one file wins.
 */
export function createParamsFile(folder: string, params: ServerParams): ServerParams {
  const file = join(folder, PARAMS_FILE_NAME);
  const temporary = writeTemporary(folder, params);
  try {
    claimName(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(folder);
  return readParamsFile(folder) ?? params;
}

/** Gives the file its name unless the name is taken. */
function claimName(temporary: string, file: string): void {
  try {
    linkOrCopy(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Some file systems have no hard links; a copy that is cut off there stops the next start. */
function linkOrCopy(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    writeNewFileDurably(file, readFileSync(temporary, 'utf8'), FILE_MODE);
  }
}

/** Replaces the file atomically: a reader sees the old or the new one, also after power loss. */
export function replaceParamsFile(folder: string, params: ServerParams): void {
  renameSync(writeTemporary(folder, params), join(folder, PARAMS_FILE_NAME));
  syncFolder(folder);
}

function writeTemporary(folder: string, params: ServerParams): string {
  const temporary = join(folder, `.${PARAMS_FILE_NAME}.${randomBytes(6).toString('hex')}`);
  writeNewFileDurably(temporary, formatParams(params), FILE_MODE);
  return temporary;
}

/** What the file holds. */
export function formatParams(params: ServerParams): string {
  return `${JSON.stringify({ format: FORMAT, params, checksum: checksumOf(params) }, null, 2)}\n`;
}

/** `file` is what they are called in messages. @throws ParamsFileError */
export function parseParams(file: string, text: string): ServerParams {
  let content: { format?: unknown; params?: unknown; checksum?: unknown };
  try {
    content = JSON.parse(text);
  } catch (error) {
    const isEmpty = text.trim() === '';
    throw new ParamsFileError(file, isEmpty ? 'is empty' : 'is damaged: not valid JSON', error);
  }
  if (content === null || typeof content !== 'object' || content.format !== FORMAT) {
    throw new ParamsFileError(file, 'was not written by this version of Sallyport');
  }
  const params = content.params as Partial<Record<keyof ServerParams, unknown>> | undefined;
  const { adminJwtSecret, userTokenSecret, accessTokenKey, nameKey } = params ?? {};
  const values = [adminJwtSecret, userTokenSecret, accessTokenKey, nameKey];
  if (!values.every((value) => typeof value === 'string')) {
    throw new ParamsFileError(file, 'is damaged: a parameter is missing');
  }
  const read = { adminJwtSecret, userTokenSecret, accessTokenKey, nameKey } as ServerParams;
  if (content.checksum !== checksumOf(read)) {
    throw new ParamsFileError(file, 'is damaged: its checksum does not match');
  }
  return read;
}

function checksumOf(params: ServerParams): string {
  const { adminJwtSecret, userTokenSecret, accessTokenKey, nameKey } = params;
  const text = JSON.stringify([adminJwtSecret, userTokenSecret, accessTokenKey, nameKey]);
  return createHash('sha256').update(text).digest('hex');
}

/** False when there is no file. */
function checkOwnership(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isFile()) throw new ParamsFileError(file, 'is not a regular file');
  if (process.getuid === undefined) return true;
  if (found.uid !== process.getuid()) {
    throw new ParamsFileError(file, `belongs to another user (uid ${found.uid})`);
  }
  if ((found.mode & 0o777) !== FILE_MODE) chmodSync(file, FILE_MODE);
  return true;
}
