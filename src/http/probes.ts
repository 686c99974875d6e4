/** Whether the server lives, whether it can work, and what it offers. */

import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from './deps.ts';
import { HttpFault } from './faults.ts';
import { Type } from './schema.ts';

const StatusAnswer = Type.Object({ status: Type.Literal('ok') });
const DocumentAnswer = Type.Object({ openapi: Type.String() }, { additionalProperties: true });
const tags = ['Probes'];

export function registerProbes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/health',
    {
      schema: {
        tags,
        operationId: 'health',
        summary: 'The process is alive',
        response: { 200: StatusAnswer },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/ready',
    {
      schema: {
        tags,
        operationId: 'ready',
        summary: 'The database answers and is migrated',
        response: { 200: StatusAnswer },
      },
    },
    async () => {
      await deps.repository.ping().catch((error: unknown) => {
        deps.log.warn({ event: 'server.not_ready', err: error });
        throw new HttpFault('not_ready');
      });
      return { status: 'ok' as const };
    },
  );
  app.get(
    '/openapi.json',
    {
      schema: {
        tags,
        operationId: 'openapi',
        summary: 'This document',
        response: { 200: DocumentAnswer },
      },
    },
    () => deps.describeApi(),
  );
}
