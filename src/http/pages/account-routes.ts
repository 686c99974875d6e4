/** The pages of a signed-in person, and the forms on them. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRefusal } from '../../core/errors.ts';
import type { VerifiedUser } from '../../core/sessions.ts';
import type { HttpDeps } from '../deps.ts';
import { accountPage, NOTICES, type NoticeName } from './account-page.ts';
import { cookieValues, setBriefCookie, setSessionCookies } from './cookies.ts';
import { sendPage } from './layout.ts';
import { refuseOnPage } from './page-refusals.ts';
import {
  explainPasswordRule,
  noPasswordPage,
  type PasswordFormErrors,
  passwordPage,
} from './password-page.ts';
import { cookieScope, requireVisitor } from './visitor.ts';

const ACCOUNT_PATH = '/';
const PASSWORD_PATH = '/account/password';
/** In a cookie and not in the address: a link must not be able to claim that something happened. */
const NOTICE_COOKIE = 'notice';
const NOTICE_SECONDS = 30;

const hidden = { schema: { hide: true } };
const form = { ...hidden, config: { body: 'form_or_json' as const } };

type FormRequest = FastifyRequest<{ Body: Record<string, unknown> }>;

export function registerAccountRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(ACCOUNT_PATH, hidden, async (request, reply) => {
    const visitor = await requireVisitor(request, reply, deps, ACCOUNT_PATH);
    if (visitor === null) return reply;
    const [sessions, hasPassword] = await Promise.all([
      deps.ownSessions.list(visitor),
      deps.ownSessions.hasPassword(visitor),
    ]);
    const notice = takeNotice(request, reply, deps);
    const { appName } = deps;
    return sendPage(reply, accountPage({ appName, visitor, sessions, hasPassword, notice }));
  });
  registerSessionForms(app, deps);
  registerPasswordForm(app, deps);
}

function registerSessionForms(app: FastifyInstance, deps: HttpDeps): void {
  app.post('/account/sessions/end', form, async (request: FormRequest, reply) => {
    const visitor = await requireVisitor(request, reply, deps, ACCOUNT_PATH);
    if (visitor === null) return reply;
    const sessionId = textIn(request, 'session');
    const hasEnded = await deps.ownSessions.endOne(visitor, sessionId, deps.originOf(request));
    return leadToAccount(request, reply, deps, hasEnded ? 'session_ended' : 'session_gone');
  });

  app.post('/account/sessions/end-others', form, async (request: FormRequest, reply) => {
    const visitor = await requireVisitor(request, reply, deps, ACCOUNT_PATH);
    if (visitor === null) return reply;
    const ended = await deps.ownSessions.endOthers(visitor, deps.originOf(request));
    return leadToAccount(request, reply, deps, ended === null ? null : 'others_ended');
  });
}

function registerPasswordForm(app: FastifyInstance, deps: HttpDeps): void {
  app.get(PASSWORD_PATH, hidden, async (request, reply) => {
    const visitor = await requireVisitor(request, reply, deps, PASSWORD_PATH);
    if (visitor === null) return reply;
    return (await deps.ownSessions.hasPassword(visitor))
      ? sendPasswordPage(reply, deps, visitor, {})
      : sendPage(reply, noPasswordPage(deps.appName));
  });

  app.post(PASSWORD_PATH, form, async (request: FormRequest, reply) => {
    const visitor = await requireVisitor(request, reply, deps, PASSWORD_PATH);
    if (visitor === null) return reply;
    const current = textIn(request, 'current_password');
    const next = textIn(request, 'new_password');
    const mistakes = mistakesIn(current, next, textIn(request, 'new_password_again'));
    if (mistakes !== null) return sendPasswordPage(reply.code(400), deps, visitor, mistakes);
    try {
      const passwords = { current, next };
      const origin = deps.originOf(request);
      const pair = await deps.ownSessions.changePassword(visitor, passwords, origin);
      setSessionCookies(reply, pair, cookieScope(request, deps));
    } catch (error) {
      const errors = errorsFor(error, request, reply, deps);
      return sendPasswordPage(reply, deps, visitor, errors);
    }
    return leadToAccount(request, reply, deps, 'password_changed');
  });
}

function sendPasswordPage(
  reply: FastifyReply,
  { appName }: HttpDeps,
  { username }: VerifiedUser,
  errors: PasswordFormErrors,
): FastifyReply {
  return sendPage(reply, passwordPage({ appName, username, errors }));
}

/** What can be seen without asking the hasher. */
function mistakesIn(current: string, next: string, again: string): PasswordFormErrors | null {
  if (current === '') return { current: 'Enter your current password.' };
  if (next === '') return { next: explainPasswordRule({ name: 'blank' }) };
  if (next !== again) return { repeated: 'The two new passwords are not the same.' };
  if (next === current) return { next: 'This is your current password. Choose another one.' };
  return null;
}

/** @throws what cannot be mended on the form */
function errorsFor(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): PasswordFormErrors {
  const isMendable =
    isRefusal(error, 'password_rejected') ||
    isRefusal(error, 'credentials_invalid') ||
    isRefusal(error, 'rate_limited') ||
    isRefusal(error, 'password_checks_busy') ||
    isRefusal(error, 'storage_busy');
  if (!isMendable) throw error;
  const { help } = refuseOnPage(error, request, reply, deps.log);
  if (isRefusal(error, 'password_rejected')) {
    return { next: explainPasswordRule(error.details.rule) };
  }
  if (isRefusal(error, 'credentials_invalid')) {
    return { current: 'This is not your current password.' };
  }
  return { form: help };
}

function leadToAccount(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
  notice: NoticeName | null,
): FastifyReply {
  if (notice !== null) {
    const cookie = { name: NOTICE_COOKIE, value: notice, maxAgeSeconds: NOTICE_SECONDS };
    setBriefCookie(reply, cookie, cookieScope(request, deps));
  }
  return reply.redirect(ACCOUNT_PATH, 303);
}

function takeNotice(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): NoticeName | null {
  const [name] = cookieValues(request.raw, NOTICE_COOKIE);
  if (name === undefined) return null;
  const cookie = { name: NOTICE_COOKIE, value: '', maxAgeSeconds: 0 };
  setBriefCookie(reply, cookie, cookieScope(request, deps));
  return Object.hasOwn(NOTICES, name) ? (name as NoticeName) : null;
}

function textIn({ body }: FormRequest, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}
