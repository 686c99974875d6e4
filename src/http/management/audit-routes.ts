/** The audit trail in the management API: pages of it, and all of it as a file. */

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import {
  type AuditExportFormat,
  auditExportHeader,
  auditExportLine,
} from '../../core/audit-fields.ts';
import type { AuditRecord } from '../../core/repository.ts';
import type { HttpDeps } from '../deps.ts';
import { Type } from '../schema.ts';
import { AuditPageAnswer, writeAuditPage } from './audit-codec.ts';
import {
  AuditExportQuery,
  AuditQuery,
  readAuditExportQuery,
  readAuditQuery,
} from './audit-queries.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { readByHand } from './queries.ts';

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Management'], security: BEARERS };

/** Characters that are made before the reader has taken those before. */
const CHUNK_LENGTH = 16_384;

const MEDIA_TYPES = { jsonl: 'application/jsonl', csv: 'text/csv' } as const;

export function registerAuditRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerListing(app, deps);
  registerExport(app, deps);
}

function registerListing(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/audit-events',
    {
      validatorCompiler: readByHand,
      schema: {
        ...common,
        operationId: 'management_list_audit_events',
        summary: 'List events of the audit trail, a page at a time',
        querystring: AuditQuery,
        response: { 200: AuditPageAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'read_audit_trail' });
      const listing = readAuditQuery(request.query);
      return writeAuditPage(await deps.auditTrail.list(listing), listing.order);
    },
  );
}

function registerExport(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/audit-events/export',
    {
      validatorCompiler: readByHand,
      // It would read all that nobody gets.
      exposeHeadRoute: false,
      schema: {
        ...common,
        operationId: 'management_export_audit_events',
        summary: 'All events that match, by time, as a file of any length',
        querystring: AuditExportQuery,
        response: {
          200: {
            description: 'The events',
            headers: { 'Content-Disposition': { type: 'string' } },
            content: {
              [MEDIA_TYPES.jsonl]: { schema: Type.String() },
              [MEDIA_TYPES.csv]: { schema: Type.String() },
            },
          },
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      await requirePermission(request, deps, { action: 'export_audit_trail' });
      const { filter, format } = readAuditExportQuery(request.query);
      // A database that cannot be read is a refusal and not a file that breaks off.
      await deps.auditTrail.list({ filter: {}, order: 'newest', afterId: null, limit: 1 });
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      // Ahead of the first event, which may be far in a long trail.
      reply.raw.once('pipe', () => reply.raw.flushHeaders());
      const chunks = exportChunks(format, deps.auditTrail.between(filter, gone.signal));
      return reply
        .type(`${MEDIA_TYPES[format]}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="audit-events.${format}"`)
        .send(Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_LENGTH }));
    },
  );
}

/** Text of a sensible size; nothing is read before it is asked for. */
async function* exportChunks(
  format: AuditExportFormat,
  records: AsyncIterable<AuditRecord>,
): AsyncGenerator<string> {
  let chunk = auditExportHeader(format);
  for await (const record of records) {
    chunk += auditExportLine(format, record);
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
