/** Many users at once in the management API: in, up to 1 MiB of lines, and all of them out. */

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { HeaderFault, TRANSFER_FORMATS } from '../../core/import-lines.ts';
import { requireRecentPassword } from '../../core/recent-passwords.ts';
import type { LineReport } from '../../core/user-imports.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { type Static, Type } from '../schema.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { oneOf, readByHand, readParameters } from './queries.ts';

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Management'], security: BEARERS };
const MEDIA_TYPES = { jsonl: 'application/jsonl', csv: 'text/csv' } as const;
const Count = Type.Integer({ minimum: 0 });
const TextOrNull = Type.Union([Type.String(), Type.Null()]);

const Format = Type.Optional(
  Type.Union(
    TRANSFER_FORMATS.map((format) => Type.Literal(format)),
    { description: 'JSON Lines unless given' },
  ),
);
const ImportQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ description: 'only says what would become of each' })),
  format: Format,
});
const ExportQuery = Type.Object({ format: Format });
/** The same in either format. */
const LINES = {
  content: {
    [MEDIA_TYPES.jsonl]: { schema: Type.String() },
    [MEDIA_TYPES.csv]: { schema: Type.String() },
  },
};

const ImportAnswer = Type.Object({
  dry_run: Type.Boolean(),
  created: { ...Count, description: 'or, in a dry run, would be' },
  skipped: { ...Count, description: 'because the name is taken' },
  failed: Count,
  lines: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'its number in the body, from 1' }),
      outcome: Type.Union([
        Type.Literal('created'),
        Type.Literal('would_create'),
        Type.Literal('exists'),
        Type.Literal('failed'),
      ]),
      username: TextOrNull,
      reason: { ...TextOrNull, description: 'what is wrong and what to do; null when nothing is' },
    }),
  ),
});

export function registerTransferRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerImport(app, deps);
  registerExport(app, deps);
}

function registerImport(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Uint8Array | Record<string, never> }>(
    '/management/users/import',
    {
      config: { body: 'lines' },
      validatorCompiler: readByHand,
      // Before a megabyte is read.
      onRequest: (request) => requirePermission(request, deps, { action: 'import_users' }),
      schema: {
        ...common,
        operationId: 'management_import_users',
        summary: 'Add users with the password hashes they have, up to 1 MiB of lines',
        querystring: ImportQuery,
        body: LINES,
        response: { 200: ImportAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const given = readParameters(request.query, Object.keys(ImportQuery.properties));
      const isDryRun = oneOf('dry_run', given.dry_run ?? 'false', ['true', 'false']) === 'true';
      const format = oneOf('format', given.format ?? 'jsonl', TRANSFER_FORMATS);
      const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const options = { isDryRun, allowsPlainPasswords: false };
      const { requester } = request.manager;
      const lines: LineReport[] = [];
      const run = deps.userImports.run(onePiece(bytes), format, options, requester);
      try {
        for await (const batch of run) lines.push(...batch);
      } catch (error) {
        throw error instanceof HeaderFault ? headerRefusal() : error;
      }
      return writeImport(lines, isDryRun);
    },
  );
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function headerRefusal(): HttpFault {
  const sentence =
    'The first line of CSV must name the fields, each once and username among them; format=jsonl ' +
    'is for JSON Lines.';
  return new HttpFault('parameter_invalid', sentence);
}

function writeImport(lines: LineReport[], isDryRun: boolean): Static<typeof ImportAnswer> {
  const counted = (...outcomes: LineReport['outcome'][]) =>
    lines.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    dry_run: isDryRun,
    created: counted('created', 'would_create'),
    skipped: counted('exists'),
    failed: counted('failed'),
    lines,
  };
}

function registerExport(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/users/export',
    {
      validatorCompiler: readByHand,
      // It would read all that nobody gets.
      exposeHeadRoute: false,
      schema: {
        ...common,
        operationId: 'management_export_users',
        summary: 'All users with their password hashes, as a file of any length',
        querystring: ExportQuery,
        response: {
          200: {
            description: 'The users',
            headers: { 'Content-Disposition': { type: 'string' } },
            ...LINES,
          },
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      await requirePermission(request, deps, { action: 'export_users' });
      // Every hash there is: a stolen cookie or token alone must not do.
      requireRecentPassword(request.manager);
      const given = readParameters(request.query, Object.keys(ExportQuery.properties));
      const format = oneOf('format', given.format ?? 'jsonl', TRANSFER_FORMATS);
      const pieces = await begun(deps.userExports.run(format, request.manager.requester));
      reply
        .type(`${MEDIA_TYPES[format]}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="users.${format}"`);
      // The next page is read when the reader has taken those before.
      return reply.send(Readable.from(pieces, { objectMode: false }));
    },
  );
}

/** A database that cannot be read is a refusal then, and no file that breaks off. */
async function begun(pieces: AsyncGenerator<string>): Promise<AsyncGenerator<string>> {
  const first = await pieces.next();
  return (async function* () {
    try {
      if (first.done) return;
      yield first.value;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  })();
}
