/** Entity tags of users, and If-Match (RFC 9110 §13.1.1), without which nobody is changed. */

import type { IncomingHttpHeaders } from 'node:http';
import { HttpFault } from '../faults.ts';

const ETAG_LIST = /^\s*(W\/)?"[^"]*"(\s*,\s*(W\/)?"[^"]*")*\s*$/;
const ETAG = /(W\/)?"([^"]*)"/g;

/** Which versions the client is content with. */
export type Precondition = '*' | readonly number[];

/** A version that no user has, so that nothing matches it. */
const NEVER = 0;

export function entityTag({ version }: { readonly version: number }): string {
  return `"v${version}"`;
}

/** @throws HttpFault `precondition_required`, `parameter_invalid` */
export function readIfMatch(headers: IncomingHttpHeaders): Precondition {
  const value = headers['if-match'];
  if (value === undefined || value.trim() === '') throw new HttpFault('precondition_required');
  if (value.trim() === '*') return '*';
  if (!ETAG_LIST.test(value)) {
    throw new HttpFault('parameter_invalid', 'If-Match must be an ETag such as "v1", or *.');
  }
  // Compared strongly: a weak tag never matches, nor does one of another form.
  return [...value.matchAll(ETAG)].flatMap(([, weak, tag = '']) => {
    const [, version] = /^v([1-9]\d{0,14})$/.exec(tag) ?? [];
    return weak === undefined && version !== undefined ? [Number(version)] : [];
  });
}

/**
 * The one version that a change may find, or null for whatever there is. Of several it is the
 * present one, which the change compares again; `find` gives it.
 */
export async function expectedVersion(
  precondition: Precondition,
  find: () => Promise<{ readonly version: number } | null>,
): Promise<number | null> {
  if (precondition === '*') return null;
  if (precondition.length < 2) return precondition[0] ?? NEVER;
  const present = (await find())?.version ?? NEVER;
  return precondition.includes(present) ? present : NEVER;
}
