/** Access tokens in the management API: list, look at, make, change, rotate, end, delete. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {
  AccessTokenChangeOutcome,
  AccessTokenRecord,
  AccessTokenRefusal,
} from '../../core/access-token-repository.ts';
import { SallyportError } from '../../core/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import type { Static } from '../schema.ts';
import { IdParams, IfMatchHeader } from './codec.ts';
import { writeTokenCursor } from './cursors.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { entityTag, expectedVersion, readIfMatch } from './preconditions.ts';
import { readByHand, readTokenId, readTokenQuery, TokenQuery } from './queries.ts';
import {
  DeletedTokenAnswer,
  NewTokenAnswer,
  NewTokenBody,
  RotationBody,
  readNewToken,
  readTokenChange,
  TokenAnswer,
  TokenChangeBody,
  TokenPageAnswer,
  writeToken,
} from './token-codec.ts';

type IdRequest = { Params: Static<typeof IdParams> };

const PATH = '/management/access-tokens';
const REFUSALS = { 401: Problem, 403: Problem };
const CHANGE_REFUSALS = { ...REFUSALS, 404: Problem, 412: Problem, 428: Problem };
const common = { tags: ['Management'], security: BEARERS };
const ETag = { type: 'string', description: 'what If-Match must say to change this token' };

export function registerTokenRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerListing(app, deps);
  registerCreation(app, deps);
  registerOneToken(app, deps);
  registerChange(app, deps);
  registerRotation(app, deps);
  registerEnds(app, deps);
}

function registerListing(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    PATH,
    {
      validatorCompiler: readByHand,
      schema: {
        ...common,
        operationId: 'management_list_access_tokens',
        summary: 'List access tokens, a page at a time',
        querystring: TokenQuery,
        response: { 200: TokenPageAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const listing = readTokenQuery(request.query);
      await requireTokenManager(request, deps);
      const { tokens, nextCursor } = await deps.accessTokens.listPage(listing);
      return {
        items: tokens.map((token) => answerOf(token, deps)),
        next_cursor: nextCursor === null ? null : writeTokenCursor(nextCursor),
      };
    },
  );
}

function registerCreation(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof NewTokenBody> }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: 'management_create_access_token',
        summary: 'Make an access token; its value is in the answer, this once',
        body: NewTokenBody,
        response: {
          201: {
            ...NewTokenAnswer,
            headers: { ETag, Location: { type: 'string', description: 'the path of the token' } },
          },
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      const wanted = readNewToken(request.body);
      await requireTokenManager(request, deps);
      const created = await deps.accessTokens.create(wanted, request.manager.requester);
      reply.code(201).header('location', `${PATH}/${created.id}`);
      return { ...answerToken(reply, created, deps), token: created.raw };
    },
  );
}

function registerOneToken(app: FastifyInstance, deps: HttpDeps): void {
  app.get<IdRequest>(
    `${PATH}/:id`,
    {
      schema: {
        ...common,
        operationId: 'management_get_access_token',
        summary: 'One access token, with the ETag that changes need',
        params: IdParams,
        response: { 200: { ...TokenAnswer, headers: { ETag } }, ...REFUSALS, 404: Problem },
      },
    },
    async (request, reply) => {
      const id = readTokenId(request.params.id);
      await requireTokenManager(request, deps);
      const token = await deps.accessTokens.find(id);
      if (token === null) throw new SallyportError('access_token_not_found', {});
      return answerToken(reply, token, deps);
    },
  );
}

function registerChange(app: FastifyInstance, deps: HttpDeps): void {
  app.patch<IdRequest & { Body: Static<typeof TokenChangeBody> }>(
    `${PATH}/:id`,
    {
      schema: {
        ...common,
        operationId: 'management_change_access_token',
        summary: 'Change name and description',
        params: IdParams,
        headers: IfMatchHeader,
        body: TokenChangeBody,
        response: { 200: { ...TokenAnswer, headers: { ETag } }, ...CHANGE_REFUSALS },
      },
    },
    async (request, reply) => {
      const about = await readChange(request, deps);
      const wanted = readTokenChange(request.body);
      const outcome = await deps.accessTokens.change({ ...about, ...wanted });
      return answerToken(reply, recordOf(outcome), deps);
    },
  );
}

function registerRotation(app: FastifyInstance, deps: HttpDeps): void {
  app.post<IdRequest & { Body: Static<typeof RotationBody> }>(
    `${PATH}/:id/rotation`,
    {
      schema: {
        ...common,
        operationId: 'management_rotate_access_token',
        summary: 'Give it a new value; the old one is dead at once, or after an overlap',
        params: IdParams,
        headers: IfMatchHeader,
        body: RotationBody,
        response: {
          200: { ...NewTokenAnswer, headers: { ETag } },
          ...CHANGE_REFUSALS,
          409: Problem,
        },
      },
    },
    async (request, reply) => {
      const about = await readChange(request, deps);
      const overlapSeconds = request.body.overlap_seconds ?? 0;
      const rotated = await deps.accessTokens.rotateWithOverlap({ ...about, overlapSeconds });
      if (rotated.outcome !== 'rotated') return refuse(rotated.outcome);
      return { ...answerToken(reply, rotated.token, deps), token: rotated.token.raw };
    },
  );
}

function registerEnds(app: FastifyInstance, deps: HttpDeps): void {
  app.delete<IdRequest>(
    `${PATH}/:id/previous`,
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_end_access_token_overlap',
        summary: 'End the overlap: the value before the last rotation is dead at once',
        params: IdParams,
        headers: IfMatchHeader,
        response: { 200: { ...TokenAnswer, headers: { ETag } }, ...CHANGE_REFUSALS },
      },
    },
    async (request, reply) => {
      const outcome = await deps.accessTokens.endOverlap(await readChange(request, deps));
      return answerToken(reply, recordOf(outcome), deps);
    },
  );
  app.delete<IdRequest>(
    `${PATH}/:id`,
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_delete_access_token',
        summary: 'Delete an access token; it is dead at once, and the id is never given again',
        params: IdParams,
        headers: IfMatchHeader,
        response: { 200: DeletedTokenAnswer, ...CHANGE_REFUSALS },
      },
    },
    async (request) => {
      const outcome = await deps.accessTokens.deleteVersion(await readChange(request, deps));
      if (outcome !== 'deleted') return refuse(outcome);
      return { deleted: true as const };
    },
  );
}

/** Which token is to be changed, at which version, and by whom. */
async function readChange(request: FastifyRequest<IdRequest>, deps: HttpDeps) {
  const id = readTokenId(request.params.id);
  const precondition = readIfMatch(request.headers);
  await requireTokenManager(request, deps);
  return {
    id,
    expectedVersion: await expectedVersion(precondition, () => deps.accessTokens.find(id)),
    by: request.manager.requester,
  };
}

function requireTokenManager(request: FastifyRequest, deps: HttpDeps): Promise<void> {
  return requirePermission(request, deps, { action: 'manage_access_tokens' });
}

function answerToken(reply: FastifyReply, token: AccessTokenRecord, deps: HttpDeps) {
  reply.header('etag', entityTag(token));
  return answerOf(token, deps);
}

function answerOf(token: AccessTokenRecord, { accessTokens }: HttpDeps) {
  return writeToken(token, accessTokens.stateOf(token));
}

function recordOf(outcome: AccessTokenChangeOutcome): AccessTokenRecord {
  return 'record' in outcome ? outcome.record : refuse(outcome.outcome);
}

function refuse(outcome: AccessTokenRefusal['outcome']): never {
  if (outcome === 'stale') throw new HttpFault('precondition_failed');
  throw new SallyportError('access_token_not_found', {});
}
