/**
 * `GET /api/auth/verify` ahead of the framework. Other services ask it on every request of theirs,
 * and routing, hooks and promises would cost more than the answer. What is given here is only the
 * success that is in memory; routes.ts decides everything else, refusals and other spellings too,
 * and the tests hold both to the same bytes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sessions } from '../../core/sessions.ts';
import { readBearer } from '../bearer.ts';
import { findHostFault } from '../request-target.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import { writeVerifiedUser } from './codec.ts';

/** Whether the request has been answered. */
export type QuickAnswer = (request: IncomingMessage, response: ServerResponse) => boolean;

export function quickVerify({
  sessions,
}: {
  sessions: Pick<Sessions, 'recallVerified'>;
}): QuickAnswer {
  return (request, response) => {
    if (request.url !== '/api/auth/verify' || request.method !== 'GET') return false;
    // What a web page may read of the answer is decided by cors.ts.
    if (request.headers.origin !== undefined) return false;
    const header = readBearer(request);
    if (header.form !== 'bearer' || findHostFault(request) !== undefined) return false;
    const user = sessions.recallVerified(header.token);
    if (user === null) return false;
    const body = JSON.stringify(writeVerifiedUser(user));
    response.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
    return true;
  };
}
