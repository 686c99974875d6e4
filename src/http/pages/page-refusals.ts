/** Every refusal as a person should read it: what happened, and what to do now. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ErrorDetails } from '../../core/errors.ts';
import { USERNAME_MAX_LENGTH } from '../../core/usernames.ts';
import { isFormType } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import type { Refusal } from '../faults.ts';
import { prepareRefusal, setRefusalHeaders } from '../refusals.ts';
import { pathOf } from '../request-target.ts';
import { clearSessionCookies } from './cookies.ts';
import { notice, sendPage } from './layout.ts';
import { html } from './markup.ts';

interface Explanation {
  /** Where a page can say more than the contract's JSON. */
  readonly status?: number;
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
  access_token_suspended: GONE,
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
  identity_refused: {
    status: 403,
    title: 'You cannot sign in like this',
    help: (detail) => explainIdentityRefusal(detail as ErrorDetails['identity_refused']),
  },
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
  password_confirmation_required: NOT_ALLOWED,
  password_rejected: explain('That password cannot be used', 'Choose another one.'),
  permission_denied: NOT_ALLOWED,
  provider_busy: BUSY,
  provider_declined: {
    title: 'You are not signed in',
    help: (detail) => `Signing in with ${nameIn(detail)} was not finished. You can try again.`,
  },
  provider_not_configured: {
    status: 404,
    title: 'This way to sign in is not set up here',
    help: () => 'Sign in with your username and your password.',
  },
  provider_proof_invalid: {
    title: 'That did not work',
    help: (detail) =>
      `The answer of ${nameIn(detail)} does not prove who you are. Please try again; if this ` +
      'comes back, tell whoever runs this server.',
  },
  provider_state_invalid: {
    status: 400,
    title: 'This sign-in cannot be finished here',
    help: () =>
      'It was begun in another browser, over five minutes ago, or finished already. Begin again.',
  },
  provider_unavailable: {
    status: 503,
    title: 'The other side does not answer',
    help: (detail) =>
      `${nameIn(detail)} cannot be asked at the moment. Please try again ${whenToRetry(detail)}, ` +
      'or sign in with your password.',
  },
  precondition_failed: UNREADABLE,
  precondition_required: UNREADABLE,
  rate_limited: {
    title: 'Too many attempts',
    help: (detail) =>
      `To keep guessers out, sign-in is paused. Please try again ${whenToRetry(detail)}.`,
  },
  redirect_uri_rejected: UNREADABLE,
  refresh_token_invalid: SIGNED_OUT,
  session_not_found: GONE,
  storage_busy: BUSY,
  storage_unavailable: BUSY,
  too_many_streams: BUSY,
  unsupported_media_type: UNREADABLE,
  user_not_found: GONE,
  username_rejected: UNREADABLE,
  username_taken: UNREADABLE,
} satisfies Record<Refusal, Explanation>;

function explainIdentityRefusal(details: ErrorDetails['identity_refused']): string {
  const { refusal, providerName, email } = details;
  switch (refusal) {
    case 'email_missing':
      return `${providerName} did not tell your email address. Allow it to, and try again.`;
    case 'email_unverified':
      return `${providerName} has not verified your email address. Verify it there, and try again.`;
    case 'name_unusable':
      return (
        `Your email address ${email} cannot be a username here: one has 3 to ` +
        `${USERNAME_MAX_LENGTH} characters, none of them invisible. Use another account.`
      );
    case 'account_not_linkable':
      return (
        `There is an account named ${email} already, and it is not linked to this account of ` +
        `${providerName}. Sign in as you did before, or ask whoever runs this server.`
      );
    case 'account_disabled':
      return 'Your account is disabled. Ask whoever runs this server.';
  }
}

function nameIn(detail: unknown): string {
  return (detail as { providerName: string }).providerName;
}

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
  const { title, help, status }: Explanation = PAGE_REFUSALS[refusal];
  if (status !== undefined) {
    reply.code(status);
    setRefusalHeaders(reply, { refusal, detail }, status);
  }
  return { refusal, detail, title, help: help(detail) };
}

const PAGE_PATHS =
  /^\/($|account($|\/)|auth\/(login|logout|(google|oidc\/[^/]*)\/(login|callback))$)/;

/**
 * Whether this refusal goes to a person: a page of ours was asked for, by a browser's navigation
 * or by a form. Everything else gets JSON.
 */
export function isPageRequest({ url, headers }: FastifyRequest): boolean {
  if (!PAGE_PATHS.test(pathOf(url))) return false;
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
