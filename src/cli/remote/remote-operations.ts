/** Users, sessions and statistics of a server, over the management API. */

import type { Counts } from '../../core/operations-repository.ts';
import type { UserRole } from '../../core/repository.ts';
import { usernameKey } from '../../core/usernames.ts';
import type { CommandFailure } from '../failures.ts';
import type { ListedSession, SessionTarget, TargetUser, UserTarget } from '../operator-target.ts';
import { ROLES } from '../user-rows.ts';
import {
  type AnswerObject,
  type RemoteAnswer,
  readChild,
  readFlag,
  readObject,
  readObjects,
  readOneOf,
  readOptional,
  readText,
  readTimeMs,
  readWhole,
} from './answers.ts';
import type { Credential } from './credentials.ts';
import type { RemoteRequest } from './remote-server.ts';

/** The most that the server gives at once. */
const PAGE = 200;
/** Whatever others have changed meanwhile: an operator says what is wanted. */
export const ANY_VERSION = { 'if-match': '*' };

/** A server with a credential. */
export interface Asked {
  readonly send: (request: RemoteRequest) => Promise<RemoteAnswer>;
  /** The text of an answer of any length. */
  readonly stream: (request: RemoteRequest) => AsyncIterable<string>;
  /** What an answer that is no success says. */
  readonly refuse: (answer: RemoteAnswer) => CommandFailure;
  readonly kind: Credential['kind'];
}

export function remoteUsers(asked: Asked): UserTarget {
  const endedBy = async (request: RemoteRequest) =>
    readWhole(readObject(await settle(asked, request)), 'ended_sessions');
  return {
    list: () => eachItem(asked, '/management/users', readUser),
    findById: async (id) => {
      const answer = await asked.send({ method: 'GET', path: `/management/users/${id}` });
      if (answer.status === 404 && codeOf(answer) === 'user_not_found') return null;
      if (answer.status === 200) return readUser(readObject(answer));
      throw asked.refuse(answer);
    },
    findByName: async (username) => {
      const prefix = encodeURIComponent(username);
      const path = `/management/users?prefix=${prefix}&limit=1`;
      // Of all names that begin so, this very name is the first.
      const [found] = readPage(await settle(asked, { method: 'GET', path })).items.map(readUser);
      const isSame = found !== undefined && usernameKey(found.username) === usernameKey(username);
      return isSame ? found : null;
    },
    blindSpot: asked.kind === 'access_token' ? ' that an access token may see (role STANDARD)' : '',
    add: async (input) => {
      const answer = await asked.send({
        method: 'POST',
        path: '/management/users',
        body: input,
        secret: input.password,
      });
      if (answer.status !== 201) throw asked.refuse(answer);
      return readUser(readObject(answer));
    },
    setPassword: async (id, password) => {
      const answer = await settle(asked, {
        method: 'PUT',
        path: `/management/users/${id}/password`,
        body: password === null ? {} : { password },
        headers: ANY_VERSION,
        ...(password !== null && { secret: password }),
      });
      const object = readObject(answer);
      const generated = password === null ? readText(object, 'password') : null;
      return { endedSessions: readWhole(object, 'ended_sessions'), generated };
    },
    setEnabled: (id, enabled) =>
      endedBy({
        method: 'PATCH',
        path: `/management/users/${id}`,
        body: { enabled },
        headers: ANY_VERSION,
      }),
    setRole: async (id, role) => {
      const path = `/management/users/${id}`;
      await settle(asked, { method: 'PATCH', path, body: { role }, headers: ANY_VERSION });
    },
    delete: (id) =>
      endedBy({ method: 'DELETE', path: `/management/users/${id}`, headers: ANY_VERSION }),
    endSessions: (id) => endedBy({ method: 'DELETE', path: `/management/users/${id}/sessions` }),
  };
}

export function remoteSessions(asked: Asked): SessionTarget {
  return {
    list: async function* (userId) {
      const query = userId === null ? '' : `?user_id=${userId}`;
      yield* eachItem(asked, `/management/sessions${query}`, readSession);
      // Those are of admins, whom an access token does not see.
      if (asked.kind === 'access_token') return;
      const { call, fields } = readObject(
        await settle(asked, { method: 'GET', path: '/management/console-sessions' }),
      );
      for (const session of readObjects(call, fields.items).map(readConsoleSession)) {
        if (userId === null || session.userId === userId) yield session;
      }
    },
    end: async (sessionId) => {
      const id = encodeURIComponent(sessionId);
      if (await endAt(asked, `/management/sessions/${id}`)) return true;
      if (asked.kind === 'access_token') return false;
      return endAt(asked, `/management/console-sessions/${id}`);
    },
  };
}

async function endAt(asked: Asked, path: string): Promise<boolean> {
  const answer = await asked.send({ method: 'DELETE', path });
  if (answer.status === 404 && codeOf(answer) === 'session_not_found') return false;
  if (answer.status !== 200) throw asked.refuse(answer);
  return readFlag(readObject(answer), 'ended');
}

export async function readStats(asked: Asked): Promise<Counts> {
  const stats = readObject(await settle(asked, { method: 'GET', path: '/management/stats' }));
  const users = readChild(stats, 'users');
  const tokens = readChild(stats, 'access_tokens');
  const signIns = readChild(stats, 'sign_ins');
  return {
    users: {
      total: readWhole(users, 'total'),
      enabled: readWhole(users, 'enabled'),
      enabledAdmins: readWhole(users, 'enabled_admins'),
    },
    liveSessions: readWhole(stats, 'live_sessions'),
    accessTokens: {
      total: readWhole(tokens, 'total'),
      expired: readWhole(tokens, 'expired'),
      expiringWithinWeek: readWhole(tokens, 'expiring_within_week'),
    },
    hasBuiltInAdmin: readFlag(stats, 'admin_exists'),
    isAuthEnabled: readFlag(stats, 'auth_enabled'),
    signIns: {
      succeededLastDay: readWhole(signIns, 'succeeded_last_day'),
      failedLastDay: readWhole(signIns, 'failed_last_day'),
      failedLastHour: readWhole(signIns, 'failed_last_hour'),
      limitedLastDay: readWhole(signIns, 'limited_last_day'),
    },
  };
}

/** All items of a listing, a page at a time. */
export async function* eachItem<T>(
  asked: Asked,
  path: string,
  read: (object: AnswerObject) => T,
): AsyncGenerator<T> {
  const paged = `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}`;
  let cursor: string | null = null;
  do {
    const suffix: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = readPage(await settle(asked, { method: 'GET', path: `${paged}${suffix}` }));
    yield* page.items.map(read);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export function readPage(answer: RemoteAnswer): {
  items: AnswerObject[];
  nextCursor: string | null;
} {
  const page = readObject(answer);
  const items = readObjects(answer.call, page.fields.items);
  return { items, nextCursor: readOptional(page, 'next_cursor', readText) };
}

function readUser(object: AnswerObject): TargetUser {
  return {
    id: readWhole(object, 'id'),
    username: readText(object, 'username'),
    role: readOneOf<UserRole>(object, 'role', ROLES),
    isEnabled: readFlag(object, 'enabled'),
    createdAtMs: readTimeMs(object, 'created_at'),
    lastSignInAtMs: readOptional(object, 'last_sign_in_at', readTimeMs),
    liveSessions: readWhole(object, 'live_sessions'),
  };
}

function readSession(object: AnswerObject): ListedSession {
  return {
    kind: 'application',
    sessionId: readText(object, 'id'),
    userId: readWhole(object, 'user_id'),
    username: readText(object, 'username'),
    createdAtMs: readTimeMs(object, 'created_at'),
    refreshedAtMs: readTimeMs(object, 'refreshed_at'),
    createdAddress: readText(object, 'created_address'),
    lastAddress: readText(object, 'last_address'),
    userAgent: readText(object, 'user_agent'),
  };
}

function readConsoleSession(object: AnswerObject): ListedSession {
  const address = readText(object, 'address');
  return {
    kind: 'console',
    sessionId: readText(object, 'id'),
    userId: readOptional(object, 'user_id', readWhole),
    username: readText(object, 'username'),
    createdAtMs: readTimeMs(object, 'created_at'),
    refreshedAtMs: readTimeMs(object, 'last_seen_at'),
    createdAddress: address,
    lastAddress: address,
    userAgent: readText(object, 'user_agent'),
  };
}

export async function settle(
  { send, refuse }: Asked,
  request: RemoteRequest,
): Promise<RemoteAnswer> {
  const answer = await send(request);
  if (answer.status !== 200) throw refuse(answer);
  return answer;
}

/** The stable word in problem details (RFC 9457). */
export function codeOf({ json }: RemoteAnswer): unknown {
  return (json as { code?: unknown } | null | undefined)?.code;
}
