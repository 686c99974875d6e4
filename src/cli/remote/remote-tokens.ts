/** Access tokens of a server, over the management API. */

import { type ErrorCode, SallyportError } from '../../core/errors.ts';
import type { CreatedToken, ListedToken, TokenTarget } from '../operator-target.ts';
import {
  type AnswerObject,
  type RemoteAnswer,
  readChild,
  readFlag,
  readObject,
  readOneOf,
  readOptional,
  readText,
  readTimeMs,
  readWhole,
} from './answers.ts';
import { ANY_VERSION, type Asked, codeOf, eachItem } from './remote-operations.ts';
import type { RemoteRequest } from './remote-server.ts';

const PATH = '/management/access-tokens';

/** What is said in the same words here and in a data folder. */
const SAID_ALIKE = ['access_token_expired', 'access_token_not_found', 'access_token_suspended'];

export function remoteTokens(asked: Asked): TokenTarget {
  const settle = async (request: RemoteRequest): Promise<AnswerObject> => {
    const answer = await asked.send(request);
    if (answer.status === 200 || answer.status === 201) return readObject(answer);
    throw refusalOf(asked, answer);
  };
  const at = (id: number, more = '') => ({ path: `${PATH}/${id}${more}`, headers: ANY_VERSION });
  return {
    create: async ({ name, description, permissions, expiresInSeconds }) => {
      const body = {
        name,
        description,
        permission: permissions.join(','),
        expires_in_seconds: expiresInSeconds,
      };
      return readCreated(await settle({ method: 'POST', path: PATH, body }));
    },
    list: ({ state, sort }) => {
      const query = new URLSearchParams({ ...(state && { state }), ...(sort && { sort }) });
      return eachItem(asked, query.size === 0 ? PATH : `${PATH}?${query}`, readListed);
    },
    find: async (id) => {
      const answer = await asked.send({ method: 'GET', path: `${PATH}/${id}` });
      if (answer.status === 200) return readListed(readObject(answer));
      if (answer.status === 404 && codeOf(answer) === 'access_token_not_found') return null;
      throw asked.refuse(answer);
    },
    rotate: async (id, overlapSeconds) => {
      const body = { overlap_seconds: overlapSeconds };
      return readCreated(await settle({ method: 'POST', ...at(id, '/rotation'), body }));
    },
    endOverlap: async (id) =>
      readListed(await settle({ method: 'DELETE', ...at(id, '/previous') })),
    edit: async (id, texts) =>
      readListed(await settle({ method: 'PATCH', ...at(id), body: texts })),
    delete: async (id) => {
      readFlag(await settle({ method: 'DELETE', ...at(id) }), 'deleted');
    },
  };
}

function refusalOf(asked: Asked, answer: RemoteAnswer): Error {
  const code = String(codeOf(answer));
  if (SAID_ALIKE.includes(code)) return new SallyportError(code as ErrorCode, {} as never);
  return asked.refuse(answer);
}

function readListed(object: AnswerObject): ListedToken {
  return {
    id: readWhole(object, 'id'),
    name: readText(object, 'name'),
    description: readText(object, 'description'),
    permission: readText(object, 'permission'),
    createdAtMs: readTimeMs(object, 'created_at'),
    expiresAtMs: readOptional(object, 'expires_at', readTimeMs),
    lastUsedAtMs: readOptional(object, 'last_used_at', readTimeMs),
    rotatedAtMs: readOptional(object, 'rotated_at', readTimeMs),
    state: readOneOf(object, 'state', ['live', 'expired', 'suspended']),
    isSuspended: readFlag(object, 'suspended'),
    previous: readOptional(object, 'previous', (token, name) => {
      const previous = readChild(token, name);
      return {
        expiresAtMs: readTimeMs(previous, 'expires_at'),
        lastUsedAtMs: readOptional(previous, 'last_used_at', readTimeMs),
      };
    }),
    version: readWhole(object, 'version'),
  };
}

function readCreated(object: AnswerObject): CreatedToken {
  return { ...readListed(object), raw: readText(object, 'token') };
}
