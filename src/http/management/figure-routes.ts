/** Figures over time in the management API: sign-ins of all servers, latency of this one. */

import type { FastifyInstance } from 'fastify';
import { SERIES_PERIODS, type SignInSeries } from '../../core/sign-in-series.ts';
import type { HttpDeps } from '../deps.ts';
import { Instant, writeInstant } from '../instants.ts';
import type { RequestLatency } from '../request-latency.ts';
import { type Static, Type } from '../schema.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { oneOf, readByHand, readParameters } from './queries.ts';

const Count = Type.Integer({ minimum: 0 });

export const FigureQuery = Type.Object({
  period: Type.Optional(
    Type.Union(
      SERIES_PERIODS.map((period) => Type.Literal(period)),
      {
        description: 'an hour by minutes, a day by quarters, a week by hours; an hour unless given',
      },
    ),
  ),
});

export const FiguresAnswer = Type.Object({
  from: Instant,
  until: Instant,
  bucket_seconds: Type.Integer(),
  buckets: Type.Array(
    Type.Object({
      at: Instant,
      signed_in: Count,
      sign_in_failed: Count,
      refreshed: Count,
      limited: Count,
    }),
  ),
  latency: Type.Object({
    server_id: Type.String({ description: 'of this process, until it ends' }),
    since: Instant,
    buckets: Type.Array(
      Type.Object({
        at: Instant,
        requests: Count,
        p50_ms: Type.Number({ minimum: 0 }),
        p99_ms: Type.Number({ minimum: 0 }),
      }),
      { description: 'the minutes of the last hour that had requests' },
    ),
  }),
});

export function registerFigures(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/figures',
    {
      validatorCompiler: readByHand,
      schema: {
        tags: ['Management'],
        security: BEARERS,
        operationId: 'management_figures',
        summary: 'Sign-ins and refreshes over time, and how long requests take',
        querystring: FigureQuery,
        response: { 200: FiguresAnswer, 401: Problem, 403: Problem },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'read_audit_trail' });
      const given = readParameters(request.query, Object.keys(FigureQuery.properties));
      const period = oneOf('period', given.period ?? 'hour', SERIES_PERIODS);
      return writeFigures(await deps.signInCounter.count(period), deps.latency);
    },
  );
}

function writeFigures(series: SignInSeries, latency: RequestLatency): Static<typeof FiguresAnswer> {
  return {
    from: writeInstant(series.fromMs),
    until: writeInstant(series.untilMs),
    bucket_seconds: series.bucketSeconds,
    buckets: series.buckets.map((bucket) => ({
      at: writeInstant(bucket.atMs),
      signed_in: bucket.signedIn,
      sign_in_failed: bucket.signInFailed,
      refreshed: bucket.refreshed,
      limited: bucket.limited,
    })),
    latency: {
      server_id: latency.serverId,
      since: writeInstant(latency.sinceMs),
      buckets: latency.lastHour().map(({ atMs, requests, p50Ms, p99Ms }) => ({
        at: writeInstant(atMs),
        requests,
        p50_ms: p50Ms,
        p99_ms: p99Ms,
      })),
    },
  };
}
