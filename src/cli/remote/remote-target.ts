/**
 * Commands on a server, by HTTP: the auth switch over contract 1, the admin API; the rest over the
 * management API (remote-operations.ts, remote-tokens.ts).
 */

import { CommandFailure } from '../failures.ts';
import type { OperatorTarget } from '../operator-target.ts';
import { type RemoteAnswer, readFlag, readObject } from './answers.ts';
import type { Credential } from './credentials.ts';
import { remoteAudit } from './remote-audit.ts';
import { readStats, remoteSessions, remoteUsers } from './remote-operations.ts';
import type { RemoteRequest, RemoteServer } from './remote-server.ts';
import { readRemoteSettings, remoteProviders } from './remote-settings.ts';
import { remoteTokens } from './remote-tokens.ts';
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
    tokens: remoteTokens(asked),
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
