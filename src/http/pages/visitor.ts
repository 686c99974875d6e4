/** Who is looking at a page: the person whose session the cookies hold, if it lives. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { isRefusal } from '../../core/errors.ts';
import type { VerifiedUser } from '../../core/sessions.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import {
  type CookieScope,
  clearSessionCookies,
  readSessionCookies,
  type SessionCookies,
  setSessionCookies,
} from './cookies.ts';
import { loginPathFor } from './return-to.ts';
import { requireOwnPage, siteOf } from './same-site.ts';

/**
 * The cookies of a request that may rely on them: none of them twice, and, where the request
 * changes something, sent by a page of ours. Where it comes from is looked at first, so that
 * a foreign page cannot make us clear anything.
 * @throws HttpFault `foreign_site`, `cookie_repeated`
 */
export function requireCookies(request: FastifyRequest, deps: HttpDeps): SessionCookies {
  const cookies = readSessionCookies(request.raw);
  const { accessToken, refreshToken, isRepeated } = cookies;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const carriesCookies = isRepeated || accessToken !== null || refreshToken !== null;
    requireOwnPage(siteOf(request.raw, deps.ownOriginOf(request)), carriesCookies);
  }
  if (isRepeated) throw new HttpFault('cookie_repeated');
  return cookies;
}

export function cookieScope(request: FastifyRequest, deps: HttpDeps): CookieScope {
  return { settings: deps.cookies, own: deps.ownOriginOf(request) };
}

/**
 * The person, or null. When the access token is gone and the refresh token is good, the session is
 * refreshed on the way and the answer carries its new cookies; two tabs at once get the same ones.
 * Cookies of a session that is over are taken back.
 */
export async function identifyVisitor(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<VerifiedUser | null> {
  const { accessToken, refreshToken } = requireCookies(request, deps);
  const { sessions } = deps;
  const known = accessToken === null ? null : await sessions.verifyAccessToken(accessToken);
  if (known !== null) return known;
  const scope = cookieScope(request, deps);
  if (refreshToken !== null) {
    try {
      const pair = await sessions.refresh(refreshToken, deps.originOf(request));
      setSessionCookies(reply, pair, scope);
      return await sessions.verifyAccessToken(pair.accessToken);
    } catch (error) {
      if (!isRefusal(error, 'refresh_token_invalid')) throw error;
    }
  }
  if (accessToken !== null || refreshToken !== null) clearSessionCookies(reply, scope);
  return null;
}

/** The person, or null after an answer that leads to the login page and from there to `path`. */
export async function requireVisitor(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
  path: string,
): Promise<VerifiedUser | null> {
  const visitor = await identifyVisitor(request, reply, deps);
  if (visitor === null) reply.redirect(loginPathFor(path), 303);
  return visitor;
}
