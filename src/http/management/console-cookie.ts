/**
 * The cookie of a console session. On https its name begins with `__Host-`, which browsers keep
 * only from this very host and only over https: no neighbouring host can plant one (RFC 6265bis
 * §4.1.3.2). It counts under `/management/` and nowhere else.
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_MAX_AGE_MS } from '../../core/console-liveness.ts';
import type { RawConsoleSecret } from '../../core/ports.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { cookieValues, isSecure } from '../pages/cookies.ts';
import { requireOwnPage, siteOf } from '../pages/same-site.ts';

const MAX_AGE_SECONDS = CONSOLE_MAX_AGE_MS / 1000;

/**
 * Its value, or null when there is none. What a page of another origin made the browser send is
 * refused, whether it changes something or reads.
 * @throws HttpFault `foreign_site`, `cookie_repeated`
 */
export function consoleSecretOf(request: FastifyRequest, deps: HttpDeps): string | null {
  const [value, ...more] = cookieValues(request.raw, cookieName(request, deps));
  if (value === undefined) return null;
  requireOwnPage(siteOf(request.raw, deps.ownOriginOf(request)), isUnsafe(request.raw));
  if (more.length > 0) throw new HttpFault('cookie_repeated');
  return value === '' ? null : value;
}

export function setConsoleCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
  secret: RawConsoleSecret,
): void {
  writeCookie(request, reply, deps, `${secret}; Max-Age=${MAX_AGE_SECONDS}`);
}

export function clearConsoleCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): void {
  writeCookie(request, reply, deps, '; Max-Age=0');
}

/** COOKIE_DOMAIN has no say: the cookie is of this host alone. */
function writeCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
  valueAndAge: string,
): void {
  const secure = isSecureHere(request, deps) ? '; Secure' : '';
  const attributes = `; Path=/; HttpOnly; SameSite=Strict${secure}`;
  reply.header('set-cookie', `${cookieName(request, deps)}=${valueAndAge}${attributes}`);
}

function cookieName(request: FastifyRequest, deps: HttpDeps): string {
  return isSecureHere(request, deps) ? '__Host-console' : 'console';
}

function isSecureHere(request: FastifyRequest, deps: HttpDeps): boolean {
  return isSecure({ settings: deps.cookies, own: deps.ownOriginOf(request) });
}

function isUnsafe({ method }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
