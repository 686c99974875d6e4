/** The token calls of contract 1, once for each of their two spellings. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import { actorBehind } from '../../core/principals.ts';
import { bearerToken } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import { type Static, Type } from '../schema.ts';
import {
  AccessTokenAnswer,
  ErrorAnswer,
  NewAccessTokenBody,
  newAccessTokenAnswer,
  type RawField,
  readNewAccessToken,
  readTokenId,
  SuccessAnswer,
  TokenIdParams,
  writeAccessToken,
  writeNewAccessToken,
} from './codec.ts';

interface Spelling {
  readonly path: string;
  readonly rawField: RawField;
}

type IdRequest = { Params: Static<typeof TokenIdParams> };

export function registerTokenRoutes(
  app: FastifyInstance,
  deps: HttpDeps,
  { path, rawField }: Spelling,
): void {
  const onRequest = async (request: FastifyRequest) => requireTokenManager(request, deps);
  const noun = nounOf(rawField);
  const NewAnswer = newAccessTokenAnswer(rawField);
  const refusals = { 401: ErrorAnswer, 403: ErrorAnswer };
  const common = {
    tags: [rawField === 'token' ? 'Access tokens' : 'API keys'],
    security: [{ adminJwt: [] }, { accessToken: [] }],
  };

  app.post<{ Body: Static<typeof NewAccessTokenBody> }>(
    path,
    {
      onRequest,
      schema: {
        ...common,
        operationId: `${noun}_create`,
        summary: 'Create; the raw value is shown once',
        body: NewAccessTokenBody,
        response: { 200: NewAnswer, ...refusals },
      },
    },
    async (request) => {
      const wanted = readNewAccessToken(request.body);
      const created = await deps.accessTokens.create(wanted, request.requester);
      return writeNewAccessToken(created, rawField);
    },
  );

  app.get(
    `${path}s`,
    {
      onRequest,
      schema: {
        ...common,
        operationId: `${noun}_list`,
        summary: 'List all by id, expired ones included',
        response: { 200: Type.Array(AccessTokenAnswer), ...refusals },
      },
    },
    async () => (await deps.accessTokens.list()).map(writeAccessToken),
  );

  registerChanges(app, deps, { path, rawField }, { onRequest, common, refusals });
}

function registerChanges(
  app: FastifyInstance,
  deps: HttpDeps,
  { path, rawField }: Spelling,
  route: {
    onRequest: (request: FastifyRequest) => Promise<void>;
    common: object;
    refusals: object;
  },
): void {
  const { onRequest, common, refusals } = route;
  const noun = nounOf(rawField);
  app.post<IdRequest>(
    `${path}/:token_id/rotate`,
    {
      onRequest,
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: `${noun}_rotate`,
        summary: 'Replace the secret; the old value is dead at once',
        params: TokenIdParams,
        response: {
          200: newAccessTokenAnswer(rawField),
          404: ErrorAnswer,
          ...refusals,
        },
      },
    },
    async (request) => {
      const id = requireTokenId(request.params.token_id);
      const rotated = await deps.accessTokens.rotate(id, request.requester);
      return writeNewAccessToken(rotated, rawField);
    },
  );
  app.delete<IdRequest>(
    `${path}/:token_id`,
    {
      onRequest,
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: `${noun}_delete`,
        summary: 'Delete',
        params: TokenIdParams,
        response: { 200: SuccessAnswer, 404: ErrorAnswer, ...refusals },
      },
    },
    async (request) => {
      const id = requireTokenId(request.params.token_id);
      await deps.accessTokens.delete(id, request.requester);
      return { status: 'success', message: 'Access token deleted successfully' };
    },
  );
}

/** What the operations of a spelling are named after in `/openapi.json`. */
function nounOf(rawField: RawField): string {
  return rawField === 'token' ? 'access_token' : 'api_key';
}

/** With auth off these calls answer 403 before they look at credentials. */
async function requireTokenManager(request: FastifyRequest, deps: HttpDeps): Promise<void> {
  if (!(await deps.authSwitch.isEnabled())) throw new SallyportError('auth_disabled', {});
  const origin = deps.originOf(request);
  const bearer = bearerToken(request.raw);
  const principal = await deps.principals.requireTokenManager(bearer, origin);
  request.requester = { actor: actorBehind(principal), origin };
}

function requireTokenId(text: string): number {
  const id = readTokenId(text);
  if (id === null) throw new SallyportError('access_token_not_found', {});
  return id;
}
