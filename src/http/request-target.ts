/**
 * What a request asks for and whom it asks: the path that the router matches, whatever its
 * spelling, and the host, which must be named once.
 */

import type { IncomingMessage } from 'node:http';
import { HttpFault } from './faults.ts';

/** `http://host/path`, as written to a proxy (RFC 9112 §3.2.2); the router drops the origin. */
const ABSOLUTE_FORM = /^https?:\/\/.*?\//;

/** The decoded path without query and fragment, read as the router reads it. */
export function pathOf(url: string): string {
  const [path = ''] = url.replace(ABSOLUTE_FORM, '/').split(/[?#]/, 1);
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/**
 * Two hosts are two readings of one request (RFC 9112 §3.2), and HTTP/1.1 has to name one.
 * @throws HttpFault `bad_request`
 */
export function requireOneHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  const isFine = httpVersion === '1.0' ? count <= 1 : count === 1;
  if (!isFine) throw new HttpFault('bad_request');
}
