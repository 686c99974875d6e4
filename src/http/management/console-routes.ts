/**
 * The console's own session: what it asks before anybody has signed in, signing in and out, and
 * entering the password again; and the sessions of all who are signed in to it.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requesterBehind } from '../../core/console-sessions.ts';
import type { ConsoleSession } from '../../core/console-sessions-repository.ts';
import { SallyportError } from '../../core/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { isLocalCall } from '../locality.ts';
import { requireOwnPage, siteOf } from '../pages/same-site.ts';
import type { Static } from '../schema.ts';
import { EndedSessionAnswer, IdParams } from './codec.ts';
import {
  ConsoleConfirmationBody,
  ConsoleSessionAnswer,
  ConsoleSessionListAnswer,
  ConsoleSignInBody,
  ConsoleStartAnswer,
  writeConsoleSession,
  writeConsoleSessions,
} from './console-codec.ts';
import { clearConsoleCookie, consoleSecretOf, setConsoleCookie } from './console-cookie.ts';
import { Problem } from './errors.ts';
import { BEARERS, identifyManager, requirePermission } from './managers.ts';
import { SESSION_ID } from './session-routes.ts';

const tags = ['Management'];
const REFUSALS = { 401: Problem, 403: Problem };
const CONSOLE = [{ consoleCookie: [] }];

/** What needs no credential, or the console's own and no other. */
export async function registerConsoleEntrance(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  app.decorateRequest('manager');
  registerStart(app, deps);
  registerSignIn(app, deps);
  await app.register(async (scope) => {
    guardConsole(scope, deps);
    registerPresence(scope);
    registerConfirmation(scope, deps);
    registerSignOut(scope, deps);
  });
}

/**
 * Bearers have no such session. A console that is opened asks first who is signed in: that nobody
 * is, is no incident and not recorded.
 */
function guardConsole(app: FastifyInstance, deps: HttpDeps): void {
  app.addHook('onRequest', async (request) => {
    const hasBearer = request.headers.authorization !== undefined;
    if (hasBearer || consoleSecretOf(request, deps) === null) {
      throw new SallyportError('bearer_invalid', {});
    }
    request.manager = await identifyManager(request, deps);
  });
}

/** All sessions of the console, for whoever manages; the guard has been there. */
export function registerConsoleRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerListing(app, deps);
  registerEnd(app, deps);
}

function registerStart(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/console/start',
    {
      schema: {
        tags,
        operationId: 'console_start',
        summary: 'What the console shows before anybody has signed in',
        response: { 200: ConsoleStartAnswer },
      },
    },
    async (request) => {
      const exists = await deps.admin.exists();
      return {
        app_name: deps.appName,
        admin_exists: exists,
        may_create_admin: !exists && (await isLocalCall(request.raw, deps)),
      };
    },
  );
}

function registerSignIn(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof ConsoleSignInBody> }>(
    '/management/console/session',
    {
      // Nobody is signed in by a foreign page, and programs have bearers.
      onRequest: async (request) =>
        requireOwnPage(siteOf(request.raw, deps.ownOriginOf(request)), true),
      schema: {
        tags,
        operationId: 'console_sign_in',
        summary: 'Sign in to the console, into its cookie; same origin only',
        body: ConsoleSignInBody,
        response: { 200: ConsoleSessionAnswer, ...REFUSALS, 429: Problem },
      },
    },
    async (request, reply) => {
      const { username = null, password } = request.body;
      const before = consoleSecretOf(request, deps);
      const origin = deps.originOf(request);
      const { secret, live } = await deps.consoleSessions.signIn({ username, password }, origin);
      // Whoever set it: a cookie from before a sign-in is worth nothing after it.
      const left = before === null ? null : await deps.consoleSessions.look(before);
      if (left !== null) {
        const { sessionId } = left.session;
        const by = requesterBehind(left.session, origin);
        await deps.consoleSessions.end(sessionId, 'signed_out', by);
      }
      setConsoleCookie(request, reply, deps, secret);
      return writeConsoleSession(live.session);
    },
  );
}

function registerPresence(app: FastifyInstance): void {
  app.get(
    '/management/console/session',
    {
      schema: {
        tags,
        security: CONSOLE,
        operationId: 'console_session',
        summary: 'Who is signed in to the console, and for how long',
        response: { 200: ConsoleSessionAnswer, ...REFUSALS },
      },
    },
    async (request) => writeConsoleSession(sessionOf(request)),
  );
}

function registerConfirmation(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof ConsoleConfirmationBody> }>(
    '/management/console/session/confirmation',
    {
      schema: {
        tags,
        security: CONSOLE,
        operationId: 'console_confirm',
        summary: 'Enter the password again',
        body: ConsoleConfirmationBody,
        response: { 200: ConsoleSessionAnswer, ...REFUSALS, 429: Problem },
      },
    },
    async (request) => {
      const session = sessionOf(request);
      const { password } = request.body;
      const origin = deps.originOf(request);
      const confirmed = await deps.consoleSessions.confirm(session, password, origin);
      return writeConsoleSession(confirmed.session);
    },
  );
}

function registerSignOut(app: FastifyInstance, deps: HttpDeps): void {
  app.delete(
    '/management/console/session',
    {
      config: { body: 'ignored' },
      schema: {
        tags,
        security: CONSOLE,
        operationId: 'console_sign_out',
        summary: 'Sign out of the console',
        response: { 200: EndedSessionAnswer, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { sessionId } = sessionOf(request);
      await deps.consoleSessions.end(sessionId, 'signed_out', request.manager.requester);
      clearConsoleCookie(request, reply, deps);
      return { ended: true as const };
    },
  );
}

function registerListing(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/console-sessions',
    {
      schema: {
        tags,
        security: BEARERS,
        operationId: 'management_list_console_sessions',
        summary: 'All live sessions of the console',
        response: { 200: ConsoleSessionListAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'see_sessions', role: 'ADMIN' });
      const current = request.manager.consoleSession?.sessionId;
      return writeConsoleSessions(await deps.consoleSessions.list(), current);
    },
  );
}

function registerEnd(app: FastifyInstance, deps: HttpDeps): void {
  app.delete<{ Params: Static<typeof IdParams> }>(
    '/management/console-sessions/:id',
    {
      config: { body: 'ignored' },
      schema: {
        tags,
        security: BEARERS,
        operationId: 'management_end_console_session',
        summary: 'End a session of the console',
        params: IdParams,
        response: { 200: EndedSessionAnswer, ...REFUSALS, 404: Problem },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'end_sessions', role: 'ADMIN' });
      const { id } = request.params;
      const by = request.manager.requester;
      const isKnown = SESSION_ID.test(id);
      const hasEnded = isKnown && (await deps.consoleSessions.end(id, 'ended_by_operator', by));
      if (!hasEnded) throw new HttpFault('session_not_found');
      return { ended: true as const };
    },
  );
}

/** The guard lets in nobody without one. */
function sessionOf({ manager }: FastifyRequest): ConsoleSession {
  if (manager.consoleSession === null) throw new SallyportError('bearer_invalid', {});
  return manager.consoleSession;
}
