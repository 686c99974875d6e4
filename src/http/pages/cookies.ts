/**
 * The cookies of a browser's session (contract 2): `token` and `refresh_token`, out of reach of
 * scripts and of requests that other sites make.
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { TokenPair } from '../../core/session-tokens.ts';
import type { CookieSettings } from '../deps.ts';
import type { OwnOrigin } from '../own-origin.ts';

export interface SessionCookies {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  /**
   * One of them came twice: a neighbouring host can add cookies to ours, and which one the browser
   * puts first is the neighbour's choice too.
   */
  readonly isRepeated: boolean;
}

export const ACCESS_COOKIE = 'token';
export const REFRESH_COOKIE = 'refresh_token';

/** Where the attributes of our cookies come from. */
export interface CookieScope {
  readonly settings: CookieSettings;
  readonly own: OwnOrigin;
}

export function readSessionCookies(request: IncomingMessage): SessionCookies {
  const accessTokens = cookieValues(request, ACCESS_COOKIE);
  const refreshTokens = cookieValues(request, REFRESH_COOKIE);
  return {
    accessToken: accessTokens[0] || null,
    refreshToken: refreshTokens[0] || null,
    isRepeated: accessTokens.length > 1 || refreshTokens.length > 1,
  };
}

/** Every value under this name, in the order of the header. */
export function cookieValues({ headers }: IncomingMessage, name: string): string[] {
  return (headers.cookie ?? '').split(';').flatMap((pair) => {
    const [given = '', ...value] = pair.split('=');
    return given.trim() === name ? [value.join('=').trim()] : [];
  });
}

/** In place of all cookies that the answer has set before. */
export function setSessionCookies(reply: FastifyReply, pair: TokenPair, scope: CookieScope): void {
  const attributes = attributesOf(scope);
  const { issuedAt, expiresAt, refreshExpiresAt } = pair;
  replaceCookies(reply, [
    `${ACCESS_COOKIE}=${pair.accessToken}; Max-Age=${expiresAt - issuedAt}${attributes}`,
    `${REFRESH_COOKIE}=${pair.refreshToken}; Max-Age=${refreshExpiresAt - issuedAt}${attributes}`,
  ]);
}

/** Also those of this host alone, from before COOKIE_DOMAIN was set. */
export function clearSessionCookies(reply: FastifyReply, scope: CookieScope): void {
  const hostOnly = { ...scope, settings: { ...scope.settings, domain: null } };
  const scopes = scope.settings.domain === null ? [scope] : [scope, hostOnly];
  replaceCookies(
    reply,
    scopes.flatMap((one) =>
      [ACCESS_COOKIE, REFRESH_COOKIE].map((name) => `${name}=; Max-Age=0${attributesOf(one)}`),
    ),
  );
}

/** A cookie of this host that lasts for one more page. */
export function setBriefCookie(
  reply: FastifyReply,
  cookie: { name: string; value: string; maxAgeSeconds: number },
  { settings, own }: CookieScope,
): void {
  const attributes = attributesOf({ settings: { ...settings, domain: null }, own });
  const { name, value, maxAgeSeconds } = cookie;
  reply.header('set-cookie', `${name}=${value}; Max-Age=${maxAgeSeconds}${attributes}`);
}

/** Whether the cookies of this answer are `Secure`. */
export function isSecure({ settings, own }: CookieScope): boolean {
  if (settings.secure !== 'unless_plain_http') return settings.secure === 'always';
  return own.scheme === 'https';
}

function attributesOf(scope: CookieScope): string {
  const { domain } = scope.settings;
  return [
    '; Path=/; HttpOnly; SameSite=Lax',
    isSecure(scope) ? '; Secure' : '',
    domain === null ? '' : `; Domain=${domain}`,
  ].join('');
}

/** Two cookies of one name in one answer would leave it to the browser which one counts. */
function replaceCookies(reply: FastifyReply, cookies: string[]): void {
  reply.removeHeader('set-cookie');
  reply.header('set-cookie', cookies);
}
