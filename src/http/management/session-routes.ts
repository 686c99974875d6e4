/** Sessions and statistics in the management API. */

import type { FastifyInstance } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import type { Static } from '../schema.ts';
import {
  EndedSessionAnswer,
  IdParams,
  SessionPageAnswer,
  StatsAnswer,
  writeSessionPage,
  writeStats,
} from './codec.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission, visibleRole } from './managers.ts';
import { readByHand, readSessionQuery, SessionQuery } from './queries.ts';

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Management'], security: BEARERS };

/** The alphabet of our session ids: nothing else is looked for. */
export const SESSION_ID = /^[\w-]{1,100}$/;

export function registerSessionRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/sessions',
    {
      validatorCompiler: readByHand,
      schema: {
        ...common,
        operationId: 'management_list_sessions',
        summary: 'List live sessions, the newest first',
        querystring: SessionQuery,
        response: { 200: SessionPageAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const listing = readSessionQuery(request.query);
      const ownerRole = visibleRole(request, 'see_sessions');
      const filter = { ...listing, ...(ownerRole && { ownerRole }) };
      return writeSessionPage(await deps.operations.listSessions(filter));
    },
  );
  app.delete<{ Params: Static<typeof IdParams> }>(
    '/management/sessions/:id',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_end_session',
        summary: 'End a session; its tokens are dead at once',
        params: IdParams,
        response: { 200: EndedSessionAnswer, ...REFUSALS, 404: Problem },
      },
    },
    async (request) => {
      const { id: sessionId } = request.params;
      if (!SESSION_ID.test(sessionId)) throw new HttpFault('session_not_found');
      const by = request.manager.requester;
      const { outcome } = await deps.operations.endSession({ sessionId, by });
      if (outcome === 'not_live') throw new HttpFault('session_not_found');
      if (outcome === 'permission_denied') throw new SallyportError('permission_denied', {});
      return { ended: true as const };
    },
  );
}

export function registerStats(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/stats',
    {
      schema: {
        ...common,
        operationId: 'management_stats',
        summary: 'How many there are of everything',
        response: { 200: StatsAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'read_stats' });
      return writeStats(await deps.operations.countEverything());
    },
  );
}
