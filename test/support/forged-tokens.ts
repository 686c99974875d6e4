/** Makes and reads JWTs by hand, with the server's own secrets where a test says so. */

import { createHmac } from 'node:crypto';
import { readParamsFile } from '../../src/storage/params-file.ts';

export const PLAIN_HEADER = '{"alg":"HS256","typ":"JWT"}';

export function secretsOf(folder: string): { admin: string; user: string } {
  const params = readParamsFile(folder);
  if (params === null) throw new Error('the server has no parameters');
  return { admin: params.adminJwtSecret, user: params.userTokenSecret };
}

type Part = string | Buffer | object;

function bytesOf(part: Part): Buffer {
  if (Buffer.isBuffer(part)) return part;
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part));
}

/** `header.payload.` with a right MAC; strings go in as they are. */
export function forge(
  secret: string | Buffer,
  payload: Part,
  options: { header?: Part; hash?: string } = {},
): string {
  const { header = PLAIN_HEADER, hash = 'sha256' } = options;
  const signed = [header, payload].map((part) => bytesOf(part).toString('base64url')).join('.');
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** The JSON of the payload; order and spelling are the token's own. */
export function payloadText(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
}

export function headerText(token: string): string {
  return Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8');
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(payloadText(token));
}
