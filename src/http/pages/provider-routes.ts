/**
 * Contract 2: sign-in at an OpenID Connect provider, as a browser goes through it. Google has the
 * contract's paths; the providers of OIDC_PROVIDERS have the same calls under `/auth/oidc/{id}`.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import { PENDING_SIGN_IN_SECONDS, type PendingSignIn } from '../../core/pending-sign-ins.ts';
import { GOOGLE } from '../../core/provider-sign-ins.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { serializeOrigin } from '../own-origin.ts';
import { cookieValues, readSessionCookies, setBriefCookie, setSessionCookies } from './cookies.ts';
import { providerPath } from './login-page.ts';
import { endSessionOf, sendLoginPage } from './login-routes.ts';
import { refuseOnPage } from './page-refusals.ts';
import { safeReturnTo } from './return-to.ts';
import { cookieScope } from './visitor.ts';

const STATE_COOKIE = 'oauth_state';

const hidden = { schema: { hide: true } };

interface Query {
  readonly returnTo?: unknown;
}

type Params = { readonly provider?: string };

export function registerProviderRoutes(app: FastifyInstance, deps: HttpDeps): void {
  for (const path of ['/auth/google', '/auth/oidc/:provider']) {
    app.get<{ Params: Params; Querystring: Query }>(
      `${path}/login`,
      { ...hidden, exposeHeadRoute: false },
      async (request, reply) => {
        const returnTo = safeReturnTo(request.query.returnTo);
        try {
          const url = await begin(
            request.params.provider ?? GOOGLE,
            returnTo,
            request,
            reply,
            deps,
          );
          return reply.redirect(url, 302);
        } catch (error) {
          return sendRefusal(error, request, reply, { deps, returnTo });
        }
      },
    );
    app.get<{ Params: Params }>(
      `${path}/callback`,
      // A HEAD request would redeem the code, and its answer with the cookies would be lost.
      { ...hidden, exposeHeadRoute: false },
      async (request, reply) => {
        let returnTo = '/';
        try {
          const providerId = request.params.provider ?? GOOGLE;
          const pending = await recognise(providerId, request, reply, deps);
          returnTo = pending.returnTo;
          await finish(pending, request, reply, deps);
        } catch (error) {
          return sendRefusal(error, request, reply, { deps, returnTo });
        }
        return reply.redirect(returnTo, 302);
      },
    );
  }
}

async function begin(
  providerId: string,
  returnTo: string,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<string> {
  const origin = serializeOrigin(deps.ownOriginOf(request));
  const begun = await deps.providerSignIns.begin({
    providerId,
    ownRedirectUri: `${origin}${providerPath(providerId)}/callback`,
    returnTo,
    cookie: stateCookie(request),
  });
  setStateCookie(begun.cookie, request, reply, deps);
  return begun.url;
}

/** What the browser returns from. Its cookie forgets it, whatever comes of it. */
async function recognise(
  providerId: string,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<PendingSignIn> {
  if (readSessionCookies(request.raw).isRepeated) throw new HttpFault('cookie_repeated');
  const states = answerOf(request).getAll('state');
  const state = states.length === 1 ? (states[0] ?? null) : null;
  const { pending, rest } = await deps.providerSignIns.recognise(
    { providerId, cookie: stateCookie(request), state },
    deps.originOf(request),
  );
  setStateCookie(rest, request, reply, deps);
  return pending;
}

async function finish(
  pending: PendingSignIn,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<void> {
  const origin = deps.originOf(request);
  const pair = await deps.providerSignIns.finish(pending, answerOf(request), origin);
  await endSessionOf(readSessionCookies(request.raw), request, deps);
  const stateCookies = reply.getHeader('set-cookie');
  setSessionCookies(reply, pair, cookieScope(request, deps));
  if (stateCookies !== undefined) reply.header('set-cookie', stateCookies);
}

/** As it came: parsers that make one value of two would hide that there were two. */
function answerOf({ url }: FastifyRequest): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/** Null also when there are two: one of them is a neighbouring host's. */
function stateCookie(request: FastifyRequest): string | null {
  const values = cookieValues(request.raw, STATE_COOKIE);
  return values.length === 1 ? (values[0] ?? null) : null;
}

function setStateCookie(
  value: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): void {
  const maxAgeSeconds = value === null ? 0 : PENDING_SIGN_IN_SECONDS;
  const cookie = { name: STATE_COOKIE, value: value ?? '', maxAgeSeconds };
  setBriefCookie(reply, cookie, cookieScope(request, deps));
}

/** Whatever the person can do about it begins on the login page. */
function sendRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { deps, returnTo }: { deps: HttpDeps; returnTo: string },
): FastifyReply {
  if (!(error instanceof SallyportError)) throw error;
  const refused = refuseOnPage(error, request, reply, deps.log);
  return sendLoginPage(request, reply, deps, { returnTo, error: refused });
}
