/**
 * Answers ahead of the framework. Other services ask some calls on every request of theirs, and
 * routing, hooks and promises would cost more than the answer. What is given here is only the
 * success that is in memory; the route of the same path decides everything else, refusals and other
 * spellings too, and the tests hold both to the same bytes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { countHeader, findHostFault } from './request-target.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** As nearly all clients spell it; the route reads the others. */
const SCHEME = 'Bearer ';

/** Whether the request has been answered. */
export type QuickAnswer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** `GET path` for bearers that `bodyOf` has the JSON for, at once. */
export function quickAnswer(path: string, bodyOf: (bearer: string) => string | null): QuickAnswer {
  // Written to the wire before the next request is read, so one object serves all.
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': 0,
  };
  return (request, response) => {
    if (request.url !== path || request.method !== 'GET') return false;
    const { authorization, origin } = request.headers;
    // What a web page may read of the answer is decided by cors.ts.
    if (origin !== undefined || authorization?.startsWith(SCHEME) !== true) return false;
    if (countHeader(request, 'authorization') !== 1 || findHostFault(request)) return false;
    const body = bodyOf(authorization.slice(SCHEME.length));
    if (body === null) return false;
    headers['content-length'] = Buffer.byteLength(body);
    response.writeHead(200, headers);
    response.end(body);
    return true;
  };
}
