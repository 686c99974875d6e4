/** The login page, empty or with what went wrong. */

import { field, notice, type Page } from './layout.ts';
import { type Content, html, type Markup } from './markup.ts';

export interface LoginView {
  readonly appName: string;
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
${providers([])}
</section>
<p class="below">Forgotten your password? Ask whoever runs ${appName} for a new one.</p>`;
  return { title: `${error ? 'Error: ' : ''}${heading}`, width: 'narrow', main };
}

/** Where other ways to sign in have their place: each a form with one button. */
function providers(buttons: readonly Content[]): Markup | null {
  if (buttons.length === 0) return null;
  return html`<div class="providers"><p class="or">or</p>${buttons}</div>`;
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
