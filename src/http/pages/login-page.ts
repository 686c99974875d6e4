/** The login page, empty or with what went wrong. */

import { GOOGLE } from '../../core/provider-sign-ins.ts';
import { field, notice, type Page } from './layout.ts';
import { html, type Markup } from './markup.ts';

export interface LoginView {
  readonly appName: string;
  /** Other ways to sign in, in the order in which they are offered. */
  readonly providers: readonly { readonly id: string; readonly name: string }[];
  readonly returnTo: string;
  readonly username?: string;
  readonly error?: { readonly title: string; readonly help: string };
  /** Who is signed in already. */
  readonly signedInAs?: string;
  /** Whether the browser will drop the cookies that a sign-in sets. */
  readonly losesCookies: boolean;
}

export function loginPage(view: LoginView): Page {
  const { appName, returnTo, username = '', error } = view;
  const heading = `Sign in to ${appName}`;
  const main = html`<section class="card" aria-labelledby="heading">
<h1 id="heading">${heading}</h1>
${error && notice('error', html`<strong>${error.title}.</strong> ${error.help}`)}
${view.losesCookies && LOST_COOKIES}
${view.signedInAs !== undefined && alreadySignedIn(view.signedInAs, returnTo)}
<form method="post" action="/auth/login">
<input type="hidden" name="returnTo" value="${returnTo}">
${field({
  name: 'username',
  label: 'Username',
  type: 'text',
  autocomplete: 'username',
  value: username,
  hasFocus: username === '',
})}
${field({
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
  hasFocus: username !== '',
})}
<button class="button primary" type="submit">Sign in</button>
</form>
${providers(view)}
</section>
<p class="below">Forgotten your password? Ask whoever runs ${appName} for a new one.</p>`;
  return { title: `${error ? 'Error: ' : ''}${heading}`, width: 'narrow', main };
}

/**
 * Links and not forms: browsers hold the redirect that follows a form to the policy for forms, and
 * that allows nothing but this origin.
 */
function providers({ providers, returnTo }: LoginView): Markup | null {
  if (providers.length === 0) return null;
  const query = returnTo === '/' ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
  const buttons = providers.map(
    ({ id, name }) =>
      html`<a class="button" href="${providerPath(id)}/login${query}">Sign in with ${name}</a>`,
  );
  return html`<p class="or">or</p>
<div class="provider-buttons">${buttons}</div>`;
}

/** Google's calls have the paths of contract 2; the others are beside them. */
export function providerPath(providerId: string): string {
  return providerId === GOOGLE ? '/auth/google' : `/auth/oidc/${providerId}`;
}

function alreadySignedIn(username: string, returnTo: string): Markup {
  return notice(
    'hint',
    html`You are signed in as <bdi>${username}</bdi>. <a href="${returnTo}">Continue</a>, or sign in
as somebody else.`,
  );
}

const LOST_COOKIES = notice(
  'hint',
  html`This page came over plain http, and your browser will not keep the sign-in. Open it with
https. Operators who cannot: set <code>COOKIE_SECURE=false</code>.`,
);
