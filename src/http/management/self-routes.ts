/**
 * A check of an access token by itself: whoever holds one learns what it is. For services that are
 * shown a token and ask on every request of theirs, so it is answered ahead of the framework where
 * the answer is in memory (`quickSelf`), and by the route otherwise.
 */

import type { FastifyInstance } from 'fastify';
import type { AccessTokenRecord } from '../../core/access-token-repository.ts';
import type { AccessTokens } from '../../core/access-tokens.ts';
import { formatPermissions } from '../../core/permissions.ts';
import { bearerToken } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type QuickAnswer, quickAnswer } from '../quick-answers.ts';
import { type Static, Type } from '../schema.ts';
import { PROBLEM_TYPE, Problem, problem } from './errors.ts';

const PATH = '/management/access-tokens/self';

const NEEDS_ACCESS_TOKEN = problem(
  401,
  'bearer_invalid',
  'Send the header Authorization: Bearer with a live access token, whatever its permission.',
);

const SelfAnswer = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  permission: Type.String({ description: 'comma-separated, in the order read,write,admin' }),
  expires_at: Type.Union([Instant, Type.Null()], { description: 'null: it does not expire' }),
});

/** Outside of the guard of the management API: no permission is needed to ask about oneself. */
export function registerSelf(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    PATH,
    {
      schema: {
        tags: ['Management'],
        operationId: 'management_check_access_token',
        summary: 'Check an access token by itself, whatever its permission',
        security: [{ accessToken: [] }],
        response: { 200: SelfAnswer, 401: Problem },
      },
    },
    async (request, reply) => {
      const origin = deps.originOf(request);
      const token = await deps.principals.findAccessToken(bearerToken(request.raw), origin);
      if (token !== null) return writeSelf(token);
      reply.code(401).type(PROBLEM_TYPE).header('www-authenticate', 'Bearer');
      return reply.send(NEEDS_ACCESS_TOKEN.body as never);
    },
  );
}

export function quickSelf({
  accessTokens,
}: {
  accessTokens: Pick<AccessTokens, 'recall'>;
}): QuickAnswer {
  // By the record itself: another one is kept as soon as anything has changed.
  const bodies = new WeakMap<AccessTokenRecord, string>();
  return quickAnswer(PATH, (presented) => {
    const token = accessTokens.recall(presented);
    if (token === null) return null;
    let body = bodies.get(token);
    if (body === undefined) {
      body = JSON.stringify(writeSelf(token));
      bodies.set(token, body);
    }
    return body;
  });
}

function writeSelf(token: AccessTokenRecord): Static<typeof SelfAnswer> {
  const { id, name, permissions, expiresAtMs } = token;
  return {
    id,
    name,
    permission: formatPermissions(permissions),
    expires_at: expiresAtMs === null ? null : writeInstant(expiresAtMs),
  };
}
