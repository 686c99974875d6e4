/** Which web pages of other origins may call the JSON calls under `/api/` from a browser. */

import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pathOf } from './request-target.ts';

const OFF: FastifyCorsOptions = { origin: false };

/**
 * Only when the operator names origins; with `*` browsers get no credentials. Registered on the
 * root, so that refusals of `/api/` can be read as well; an OPTIONS request that is no preflight
 * of a listed origin stays what it is without CORS, a method that is not allowed.
 */
export async function registerCors(
  app: FastifyInstance,
  origins: readonly string[],
): Promise<void> {
  if (origins.length === 0) return;
  const isAny = origins.includes('*');
  const allowed: FastifyCorsOptions = {
    origin: isAny ? '*' : [...origins],
    credentials: !isAny,
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['retry-after', 'www-authenticate'],
    maxAge: 600,
  };
  const isListed = (origin: string | undefined) =>
    origin !== undefined && (isAny || origins.includes(origin));
  await app.register(cors, {
    delegator: (request: FastifyRequest, done) => {
      const isMeant = pathOf(request.url).startsWith('/api/') && isListed(request.headers.origin);
      done(null, isMeant && !isStrayOptions(request) ? allowed : OFF);
    },
  });
}

function isStrayOptions({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] === undefined;
}
