/**
 * `GET /api/auth/verify` ahead of the framework. Other services ask it on every request of theirs,
 * and routing, hooks and promises would cost more than the answer. What is given here is only the
 * success that is in memory; routes.ts decides everything else, refusals and other spellings too,
 * and the tests hold both to the same bytes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sessions } from '../../core/sessions.ts';
import { countHeader, findHostFault } from '../request-target.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import { writeVerifiedUser } from './codec.ts';

/** As nearly all clients spell it; the route reads the others. */
const SCHEME = 'Bearer ';

/** Written to the wire before the next request is read, so one object serves all. */
const headers = {
  ...SECURITY_HEADERS,
  'content-type': 'application/json; charset=utf-8',
  'content-length': 0,
};

/** Whether the request has been answered. */
export type QuickAnswer = (request: IncomingMessage, response: ServerResponse) => boolean;

export function quickVerify({
  sessions,
}: {
  sessions: Pick<Sessions, 'recallVerified'>;
}): QuickAnswer {
  return (request, response) => {
    if (request.url !== '/api/auth/verify' || request.method !== 'GET') return false;
    const { authorization, origin } = request.headers;
    // What a web page may read of the answer is decided by cors.ts.
    if (origin !== undefined || authorization?.startsWith(SCHEME) !== true) return false;
    if (countHeader(request, 'authorization') !== 1 || findHostFault(request)) return false;
    const user = sessions.recallVerified(authorization.slice(SCHEME.length));
    if (user === null) return false;
    const body = JSON.stringify(writeVerifiedUser(user));
    headers['content-length'] = Buffer.byteLength(body);
    response.writeHead(200, headers);
    response.end(body);
    return true;
  };
}
