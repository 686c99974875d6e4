/** Every refusal as a person should read it: what happened, and what to do now. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isFormType } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import type { Refusal } from '../faults.ts';
import { prepareRefusal } from '../refusals.ts';
import { pathOf } from '../request-target.ts';
import { clearSessionCookies } from './cookies.ts';
import { notice, sendPage } from './layout.ts';
import { html } from './markup.ts';

interface Explanation {
  readonly title: string;
  readonly help: (detail: unknown) => string;
}

const explain = (title: string, help: string): Explanation => ({ title, help: () => help });

const UNREADABLE = explain(
  'The form could not be read',
  'Go back, reload the page and fill it in again.',
);
const GONE = explain('There is no such page', 'Check the address, or begin at the start page.');
const BUSY: Explanation = {
  title: 'The server is busy',
  help: (detail) => `Nothing was changed. Please try again ${whenToRetry(detail)}.`,
};
const NOT_ALLOWED = explain('That is not allowed', 'Your account may not do this.');
const SIGNED_OUT = explain('You are signed out', 'Sign in and try again.');

const PAGE_REFUSALS = {
  access_token_expired: GONE,
  access_token_not_found: GONE,
  admin_already_exists: UNREADABLE,
  admin_not_found: GONE,
  auth_disabled: NOT_ALLOWED,
  bad_request: UNREADABLE,
  bearer_invalid: SIGNED_OUT,
  body_invalid: UNREADABLE,
  body_too_large: explain('That was too much', 'A form may hold 64 KiB at most.'),
  cookie_repeated: explain(
    'Your browser sent two different sign-ins',
    'They were removed where that was possible. Sign in again; if this page comes back, delete ' +
      'the cookies of this site in your browser’s settings.',
  ),
  credentials_invalid: explain(
    'That username and password do not match',
    'Check both and try again. Passwords tell upper and lower case apart.',
  ),
  field_invalid: UNREADABLE,
  field_missing: UNREADABLE,
  foreign_site: explain(
    'This request came from another site',
    'Nothing was done. If you sent it from one of our pages, reload that page and try again. ' +
      'Operators behind a proxy: let it pass the Host header on, or name it in TRUSTED_PROXIES.',
  ),
  internal_error: explain('Something went wrong here', 'It has been noted. Please try again.'),
  json_invalid: UNREADABLE,
  last_admin: NOT_ALLOWED,
  listing_rejected: UNREADABLE,
  method_not_allowed: explain('That does not work here', 'Begin again at the start page.'),
  not_found: GONE,
  not_local: NOT_ALLOWED,
  not_ready: BUSY,
  parameter_invalid: UNREADABLE,
  password_checks_busy: BUSY,
  password_rejected: explain('That password cannot be used', 'Choose another one.'),
  permission_denied: NOT_ALLOWED,
  precondition_failed: UNREADABLE,
  precondition_required: UNREADABLE,
  rate_limited: {
    title: 'Too many attempts',
    help: (detail) =>
      `To keep guessers out, sign-in is paused. Please try again ${whenToRetry(detail)}.`,
  },
  refresh_token_invalid: SIGNED_OUT,
  session_not_found: GONE,
  storage_busy: BUSY,
  storage_unavailable: BUSY,
  unsupported_media_type: UNREADABLE,
  user_not_found: GONE,
  username_rejected: UNREADABLE,
  username_taken: UNREADABLE,
} satisfies Record<Refusal, Explanation>;

export interface PageRefusal {
  readonly refusal: Refusal;
  readonly detail: unknown;
  readonly title: string;
  readonly help: string;
}

/** Sets status and headers for the refusal and says it in words, for a page to be written. */
export function refuseOnPage(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): PageRefusal {
  const { refusal, detail } = prepareRefusal(error, request, reply, log);
  const { title, help }: Explanation = PAGE_REFUSALS[refusal];
  return { refusal, detail, title, help: help(detail) };
}

/**
 * Whether this refusal goes to a person: a page of ours was asked for, by a browser's navigation
 * or by a form. Everything else gets JSON.
 */
export function isPageRequest({ url, headers }: FastifyRequest): boolean {
  if (!/^\/($|account($|\/)|auth\/(login|logout)$)/.test(pathOf(url))) return false;
  const { accept = '' } = headers;
  return accept.toLowerCase().includes('text/html') || isFormType(headers['content-type']);
}

export function answerWithPage(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): void {
  const { refusal, title, help } = refuseOnPage(error, request, reply, deps.log);
  if (refusal === 'cookie_repeated') {
    clearSessionCookies(reply, { settings: deps.cookies, own: deps.ownOriginOf(request) });
  }
  const main = html`<section class="card">
<h1>${title}</h1>
${notice('error', help)}
<p><a class="button" href="${refusal === 'cookie_repeated' ? '/auth/login' : '/'}">${
    refusal === 'cookie_repeated' ? 'Sign in' : 'Go to the start page'
  }</a></p>
</section>`;
  sendPage(reply, { title: `${title} – ${deps.appName}`, width: 'narrow', main });
}

/** As a phrase that follows "try again". */
function whenToRetry(detail: unknown): string {
  const seconds = (detail as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds ?? 1;
  if (seconds < 5) return 'in a moment';
  if (seconds < 100) return `in ${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `in ${minutes} minutes` : `in ${Math.ceil(minutes / 60)} hours`;
}
