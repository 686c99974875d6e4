/**
 * The account API: what signed-in people do with their own account, by the access JWT of their
 * session or by the cookies of the login page. Nothing here is for operators.
 */

import type { FastifyInstance } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import type { VerifiedUser } from '../../core/sessions.ts';
import { bearerToken } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { EndedSessionAnswer, EndedSessionsAnswer, IdParams } from '../management/codec.ts';
import { readAuditCursor } from '../management/cursors.ts';
import { Problem } from '../management/errors.ts';
import { paging, readByHand, readLimit, readParameters } from '../management/queries.ts';
import { SESSION_ID } from '../management/session-routes.ts';
import { setSessionCookies } from '../pages/cookies.ts';
import { cookieScope, requireCookies } from '../pages/visitor.ts';
import { answerRefusal } from '../refusals.ts';
import { type Static, Type } from '../schema.ts';
import {
  NewPairAnswer,
  OwnEventsAnswer,
  OwnSessionsAnswer,
  PasswordChangeBody,
  ProfileAnswer,
  writeOwnEvents,
  writeOwnSessions,
  writeProfile,
} from './codec.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose account it is, and in which session; set by the guard of the account API. */
    person: VerifiedUser;
    /** Whether their cookies said so. */
    cameByCookies: boolean;
  }
}

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Account'], security: [{ userJwt: [] }, { tokenCookie: [] }] };
const EventQuery = Type.Object(paging);

export async function registerAccountApi(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  // Never a page: who calls these is a program, whatever it accepts.
  app.setErrorHandler((error, request, reply) => answerRefusal(error, request, reply, deps.log));
  guardAccount(app, deps);
  registerProfile(app, deps);
  registerSessions(app, deps);
  registerPassword(app, deps);
  registerEvents(app, deps);
}

/** An Authorization header, whatever is in it, is the only credential that is looked at. */
function guardAccount(app: FastifyInstance, deps: HttpDeps): void {
  app.decorateRequest('person');
  app.decorateRequest('cameByCookies', false);
  app.addHook('onRequest', async (request) => {
    const hasHeader = request.headers.authorization !== undefined;
    request.cameByCookies = !hasHeader;
    const token = hasHeader ? bearerToken(request.raw) : requireCookies(request, deps).accessToken;
    request.person = await deps.principals.requireUser(token, deps.originOf(request));
  });
}

function registerProfile(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/account/profile',
    {
      schema: {
        ...common,
        operationId: 'account_profile',
        summary: 'Who one is here',
        response: { 200: ProfileAnswer, ...REFUSALS },
      },
    },
    async ({ person }) => {
      const profile = await deps.ownAccount.readProfile(person);
      if (profile === null) throw new SallyportError('bearer_invalid', {});
      return writeProfile(profile);
    },
  );
}

function registerSessions(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/account/sessions',
    {
      schema: {
        ...common,
        operationId: 'account_list_sessions',
        summary: 'One’s own live sessions, at most 100',
        response: { 200: OwnSessionsAnswer, ...REFUSALS },
      },
    },
    async ({ person }) => writeOwnSessions(await deps.ownSessions.list(person), person.sessionId),
  );
  app.delete(
    '/account/sessions',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'account_end_other_sessions',
        summary: 'End all of one’s sessions but the one that asks',
        response: { 200: EndedSessionsAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const ended = await deps.ownSessions.endOthers(request.person, deps.originOf(request));
      if (ended === null) throw new SallyportError('bearer_invalid', {});
      return { ended_sessions: ended };
    },
  );
  app.delete<{ Params: Static<typeof IdParams> }>(
    '/account/sessions/:id',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'account_end_session',
        summary: 'End one of one’s own sessions',
        params: IdParams,
        response: { 200: EndedSessionAnswer, ...REFUSALS, 404: Problem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const origin = deps.originOf(request);
      const hasEnded =
        SESSION_ID.test(id) && (await deps.ownSessions.endOne(request.person, id, origin));
      if (!hasEnded) throw new HttpFault('session_not_found');
      return { ended: true as const };
    },
  );
}

function registerPassword(app: FastifyInstance, deps: HttpDeps): void {
  app.put<{ Body: Static<typeof PasswordChangeBody> }>(
    '/account/password',
    {
      schema: {
        ...common,
        operationId: 'account_change_password',
        summary: 'Change one’s password; ends all sessions and begins a new one',
        body: PasswordChangeBody,
        response: { 200: NewPairAnswer, ...REFUSALS, 429: Problem },
      },
    },
    async (request, reply) => {
      const { current_password: current, new_password: next } = request.body;
      const origin = deps.originOf(request);
      const pair = await deps.ownSessions.changePassword(request.person, { current, next }, origin);
      const { accessToken, refreshToken, expiresAt } = pair;
      if (!request.cameByCookies) {
        return { token: accessToken, refresh_token: refreshToken, expires_at: expiresAt };
      }
      // Out of the reach of scripts before, so after it too.
      setSessionCookies(reply, pair, cookieScope(request, deps));
      return { expires_at: expiresAt };
    },
  );
}

function registerEvents(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/account/audit-events',
    {
      validatorCompiler: readByHand,
      schema: {
        ...common,
        operationId: 'account_list_audit_events',
        summary: 'What has happened to one’s account, the newest first',
        querystring: EventQuery,
        response: { 200: OwnEventsAnswer, ...REFUSALS },
      },
    },
    async ({ query, person }) => {
      const given = readParameters(query, Object.keys(EventQuery.properties));
      const afterId = given.cursor === undefined ? null : readCursor(given.cursor);
      const limit = readLimit(given.limit);
      const page = await deps.ownAccount.listEvents(person, { afterId, limit });
      return writeOwnEvents(page, person.userId);
    },
  );
}

function readCursor(text: string): number {
  const { order, id } = readAuditCursor(text);
  if (order === 'newest') return id;
  throw new HttpFault('parameter_invalid', 'cursor is not one that this list gave.');
}
