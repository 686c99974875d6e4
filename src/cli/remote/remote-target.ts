/**
 * Commands on a server, by HTTP: tokens and the auth switch over contract 1, the admin API; the
 * rest over the management API (remote-operations.ts).
 */

import { SallyportError } from '../../core/errors.ts';
import { CommandFailure } from '../failures.ts';
import type { CreatedToken, ListedToken, OperatorTarget, TokenTarget } from '../operator-target.ts';
import {
  type AnswerObject,
  type RemoteAnswer,
  readFlag,
  readObject,
  readObjects,
  readOptional,
  readText,
  readTimeMs,
  readWhole,
} from './answers.ts';
import type { Credential } from './credentials.ts';
import { remoteAudit } from './remote-audit.ts';
import { readStats, remoteSessions, remoteUsers } from './remote-operations.ts';
import type { RemoteRequest, RemoteServer } from './remote-server.ts';
import { readRemoteSettings, remoteProviders } from './remote-settings.ts';
import { remoteTransfers } from './remote-transfers.ts';

/** Of contract 1, whatever the credential: how it says that auth enforcement is off. */
const AUTH_OFF = /requires auth_enabled=true$/;

export function remoteTarget(server: RemoteServer, credential: Credential): OperatorTarget {
  const send = (request: RemoteRequest) => server.send({ ...request, bearer: credential.bearer });
  const refuse = (answer: RemoteAnswer): CommandFailure =>
    answer.status === 401 ? notAccepted(server, credential) : server.refusal(answer);
  const stream = (request: RemoteRequest) =>
    server.stream({ ...request, bearer: credential.bearer }, refuse);
  const asked = { send, stream, refuse, kind: credential.kind };
  return {
    place: `at ${server.address}`,
    tokens: remoteTokens(send, refuse),
    auth: {
      isEnabled: async () => {
        const answer = await send({ method: 'GET', path: '/auth/access_tokens' });
        if (answer.status === 200) return true;
        if (isAuthOff(answer)) return false;
        throw refuse(answer);
      },
      set: async (enabled) => {
        if (credential.kind === 'access_token') throw needsAdmin(credential);
        const answer = await send({ method: 'PATCH', path: '/auth/enabled', body: { enabled } });
        if (answer.status !== 200) throw refuse(answer);
        return readFlag(readObject(answer), 'result');
      },
    },
    users: remoteUsers(asked),
    sessions: remoteSessions(asked),
    transfers: remoteTransfers(asked),
    audit: remoteAudit(asked),
    providers: remoteProviders(asked),
    countEverything: () => readStats(asked),
    readSettings: () => readRemoteSettings(asked),
  };
}

type Send = (request: RemoteRequest) => Promise<RemoteAnswer>;
type Refuse = (answer: RemoteAnswer) => CommandFailure;

function remoteTokens(send: Send, refuse: Refuse): TokenTarget {
  const settle = async (request: RemoteRequest): Promise<RemoteAnswer> => {
    const answer = await send(request);
    if (answer.status === 200) return answer;
    if (isAuthOff(answer)) throw new SallyportError('auth_disabled', {});
    throw refuse(answer);
  };
  const settleOne = async (request: RemoteRequest): Promise<RemoteAnswer> => {
    const answer = await send(request);
    // A path that the server does not have says it in other words.
    const isMissing = answer.status === 404 && isSaid(answer, /^Access token not found$/);
    if (isMissing) throw new SallyportError('access_token_not_found', {});
    if (answer.status === 400) throw new SallyportError('access_token_expired', {});
    if (answer.status === 200) return answer;
    if (isAuthOff(answer)) throw new SallyportError('auth_disabled', {});
    throw refuse(answer);
  };
  return {
    create: async ({ name, description, permissions, expiresInSeconds }) => {
      const lifetime =
        expiresInSeconds === null
          ? {}
          : { will_expire: true, expires_in_seconds: expiresInSeconds };
      const body = { name, description, permission: permissions.join(','), ...lifetime };
      const answer = await settle({ method: 'POST', path: '/auth/access_token', body });
      return readCreated(readObject(answer));
    },
    list: async () => {
      const { call, json } = await settle({ method: 'GET', path: '/auth/access_tokens' });
      return readObjects(call, json).map(readListed);
    },
    rotate: async (id) => {
      const path = `/auth/access_token/${id}/rotate`;
      return readCreated(readObject(await settleOne({ method: 'POST', path })));
    },
    delete: async (id) => {
      await settleOne({ method: 'DELETE', path: `/auth/access_token/${id}` });
    },
  };
}

function readListed(object: AnswerObject): ListedToken {
  return {
    id: readWhole(object, 'id'),
    name: readText(object, 'name'),
    description: readText(object, 'description'),
    permission: readText(object, 'permission'),
    createdAtMs: readTimeMs(object, 'created_at'),
    expiresAtMs: readOptional(object, 'expired_at', readTimeMs),
  };
}

function readCreated(object: AnswerObject): CreatedToken {
  return { ...readListed(object), raw: readText(object, 'token') };
}

function isAuthOff(answer: RemoteAnswer): boolean {
  return answer.status === 403 && isSaid(answer, AUTH_OFF);
}

function isSaid({ json }: RemoteAnswer, words: RegExp): boolean {
  const message = (json as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' && words.test(message);
}

function notAccepted(server: RemoteServer, { origin, kind }: Credential): CommandFailure {
  const advice =
    kind === 'access_token'
      ? 'it may have expired, been rotated or deleted, or be of another server'
      : 'it may have expired, be of another server, or be that of a user where only the ' +
        "built-in admin's counts";
  const line = `${server.address} did not accept ${origin}; ${advice}.`;
  return new CommandFailure('bearer_invalid', [line]);
}

function needsAdmin({ origin }: Credential): CommandFailure {
  const line =
    'Only the built-in admin can turn auth enforcement on or off, and there is an access token ' +
    `in ${origin}. Unset the variable to be asked for the password, or give it an admin JWT.`;
  return new CommandFailure('permission_denied', [line]);
}
