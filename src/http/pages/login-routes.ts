/** Contract 2: the login page and the calls of browsers, whose session is in cookies. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRefusal, SallyportError } from '../../core/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault, type Refusal } from '../faults.ts';
import { Type } from '../schema.ts';
import { ErrorAnswer, LoginBody, LogoutAnswer } from '../user-api/codec.ts';
import {
  clearSessionCookies,
  isSecure,
  readSessionCookies,
  type SessionCookies,
  setSessionCookies,
} from './cookies.ts';
import { sendPage } from './layout.ts';
import { type LoginView, loginPage } from './login-page.ts';
import { isPageRequest, refuseOnPage } from './page-refusals.ts';
import { safeReturnTo } from './return-to.ts';
import { requireOwnPage, siteOf } from './same-site.ts';
import { cookieScope, identifyVisitor, requireCookies } from './visitor.ts';

const tags = ['Browsers'];
const CONSUMES = ['application/json', 'application/x-www-form-urlencoded'];
const BrowserLoginBody = Type.Object({
  ...LoginBody.properties,
  returnTo: Type.Optional(Type.String({ description: 'a path of this origin' })),
});

interface Query {
  readonly returnTo?: unknown;
}

export function registerLoginRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerLoginPage(app, deps);
  registerLogin(app, deps);
  registerCookieRefresh(app, deps);
  registerCookieLogout(app, deps);
}

function registerLoginPage(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Querystring: Query }>(
    '/auth/login',
    { schema: { hide: true } },
    async (request, reply) => {
      const visitor = await identifyVisitor(request, reply, deps);
      return sendLoginPage(request, reply, deps, {
        returnTo: safeReturnTo(request.query.returnTo),
        ...(visitor && { signedInAs: visitor.username }),
      });
    },
  );
}

function registerLogin(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Querystring: Query; Body: Record<string, unknown> }>(
    '/auth/login',
    {
      config: { body: 'form_or_json' },
      attachValidation: true,
      schema: {
        tags,
        operationId: 'page_login',
        summary: 'Sign in with username and password, into cookies',
        consumes: CONSUMES,
        body: BrowserLoginBody,
        response: { 303: LogoutAnswer, 401: ErrorAnswer, 403: ErrorAnswer, 429: ErrorAnswer },
      },
      onRequest: async (request) => {
        // Not a call that relies on cookies, but nobody may be signed in by a foreign page.
        requireOwnPage(siteOf(request.raw, deps.ownOriginOf(request)), false);
      },
    },
    async (request, reply) => {
      const returnTo = safeReturnTo(request.body.returnTo ?? request.query.returnTo);
      try {
        await signInBrowser(request, reply, deps);
      } catch (error) {
        if (!isPageRequest(request)) throw error;
        return sendPageAgain(error, request, reply, { deps, returnTo });
      }
      return reply.code(303).header('location', returnTo).send({ success: true });
    },
  );
}

type LoginRequest = FastifyRequest<{ Body: Record<string, unknown> }>;

async function signInBrowser(
  request: LoginRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<void> {
  const cookies = readSessionCookies(request.raw);
  if (cookies.isRepeated) throw new HttpFault('cookie_repeated');
  // People who mistype get the page again, and no rule for names and passwords to puzzle over.
  if (request.validationError && !isPageRequest(request)) throw request.validationError;
  const { username, password } = request.body;
  if (!isFilledIn(username)) throw new HttpFault('field_missing', 'username');
  if (!isFilledIn(password)) throw new HttpFault('field_missing', 'password');
  const pair = await deps.sessions.signIn(username, password, deps.originOf(request));
  await endSessionOf(cookies, request, deps);
  setSessionCookies(reply, pair, cookieScope(request, deps));
}

/** What the person can mend on the form itself; everything else has a page of its own. */
const MENDABLE: readonly Refusal[] = [
  'credentials_invalid',
  'field_missing',
  'password_checks_busy',
  'rate_limited',
  'storage_busy',
  'storage_unavailable',
];

function sendPageAgain(
  error: unknown,
  request: LoginRequest,
  reply: FastifyReply,
  { deps, returnTo }: { deps: HttpDeps; returnTo: string },
): FastifyReply {
  const code = error instanceof SallyportError ? error.code : (error as HttpFault).kind;
  if (!MENDABLE.includes(code)) throw error;
  const refused = refuseOnPage(error, request, reply, deps.log);
  const isBlank = refused.refusal === 'field_missing';
  const { username } = request.body;
  return sendLoginPage(request, reply, deps, {
    returnTo,
    username: typeof username === 'string' ? username : '',
    error: isBlank ? { title: 'Something is missing', help: MISSING_HELP } : refused,
  });
}

/** The page with what only this request knows. */
export function sendLoginPage(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
  view: Omit<LoginView, 'appName' | 'losesCookies' | 'providers'>,
): FastifyReply {
  const { appName, providerSignIns } = deps;
  const { providers } = providerSignIns;
  const page = loginPage({
    ...view,
    appName,
    providers,
    losesCookies: losesCookies(request, deps),
  });
  return sendPage(reply, page);
}

const MISSING_HELP = 'Enter your username and your password.';

function registerCookieRefresh(app: FastifyInstance, deps: HttpDeps): void {
  app.post(
    '/auth/refresh',
    {
      config: { body: 'ignored' },
      schema: {
        tags,
        operationId: 'page_refresh',
        summary: 'Renew the session that the cookies hold',
        response: { 200: LogoutAnswer, 401: ErrorAnswer, 403: ErrorAnswer },
      },
    },
    async (request, reply) => {
      const scope = cookieScope(request, deps);
      const refuse = (error: string) => {
        clearSessionCookies(reply, scope);
        return reply.code(401).send({ error } as never);
      };
      try {
        const { refreshToken } = requireCookies(request, deps);
        if (refreshToken === null) return refuse('Missing refresh token');
        const pair = await deps.sessions.refresh(refreshToken, deps.originOf(request));
        setSessionCookies(reply, pair, scope);
      } catch (error) {
        const isRepeated = error instanceof HttpFault && error.kind === 'cookie_repeated';
        if (!isRepeated && !isRefusal(error, 'refresh_token_invalid')) throw error;
        return refuse('Invalid refresh token');
      }
      return reply.send({ success: true });
    },
  );
}

function registerCookieLogout(app: FastifyInstance, deps: HttpDeps): void {
  app.post(
    '/auth/logout',
    {
      config: { body: 'ignored' },
      schema: {
        tags,
        operationId: 'page_logout',
        summary: 'End the session that the cookies hold',
        response: { 303: LogoutAnswer, 401: ErrorAnswer, 403: ErrorAnswer },
      },
    },
    async (request, reply) => {
      await endSessionOf(requireCookies(request, deps), request, deps);
      clearSessionCookies(reply, cookieScope(request, deps));
      return reply.code(303).header('location', '/').send({ success: true });
    },
  );
}

/** A cookie that was there before a sign-in, whoever set it, is worth nothing after it. */
export async function endSessionOf(
  { accessToken, refreshToken }: SessionCookies,
  request: FastifyRequest,
  deps: HttpDeps,
): Promise<void> {
  const presented = { ...(accessToken && { accessToken }), ...(refreshToken && { refreshToken }) };
  try {
    await deps.sessions.signOut(presented, deps.originOf(request));
  } catch (error) {
    if (!isRefusal(error, 'bearer_invalid')) throw error;
  }
}

function isFilledIn(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Browsers that send Sec-Fetch-Site take the connection for safe, as they do on localhost. */
function losesCookies(request: FastifyRequest, deps: HttpDeps): boolean {
  const scope = cookieScope(request, deps);
  const isPlain = scope.own.scheme === 'http' && request.headers['sec-fetch-site'] === undefined;
  return isPlain && isSecure(scope);
}
