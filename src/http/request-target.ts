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

/** Two hosts are two readings of one request (RFC 9112 §3.2), and HTTP/1.1 has to name one. */
export function findHostFault(request: IncomingMessage): HttpFault | undefined {
  const count = countHeader(request, 'host');
  const isFine = request.httpVersion === '1.0' ? count <= 1 : count === 1;
  return isFine ? undefined : new HttpFault('bad_request');
}

/** How often a header came; `name` in lower case. Node's own view of headers hides repeats. */
export function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index];
    if (given?.length === name.length && given.toLowerCase() === name) count += 1;
  }
  return count;
}
