/** Who is signed in, and where. */

import type { OwnSession } from '../../core/repository.ts';
import type { VerifiedUser } from '../../core/sessions.ts';
import { nameClient } from './client-names.ts';
import { notice, type Page, time } from './layout.ts';
import { type Content, html, type Markup } from './markup.ts';

/** What a form has just done, as it is told on the next page. */
export const NOTICES = {
  session_ended: 'The session was ended. It is signed out there.',
  session_gone: 'That session had already ended.',
  others_ended: 'All other sessions were ended.',
  password_changed: 'Your password was changed. Everything else was signed out.',
} as const;

export type NoticeName = keyof typeof NOTICES;

export interface AccountView {
  readonly appName: string;
  readonly visitor: VerifiedUser;
  readonly sessions: readonly OwnSession[];
  readonly hasPassword: boolean;
  readonly notice: NoticeName | null;
}

export function accountPage(view: AccountView): Page {
  const { appName, visitor, sessions } = view;
  const own = sessions.filter(({ sessionId }) => sessionId === visitor.sessionId);
  const others = sessions.filter(({ sessionId }) => sessionId !== visitor.sessionId);
  const main = html`${view.notice !== null && notice('done', NOTICES[view.notice])}
<h1>Your account</h1>
<section class="card person" aria-labelledby="person">
<div>
<h2 id="person" class="name"><bdi>${visitor.username}</bdi></h2>
<p class="quiet">Signed in to ${appName}${visitor.role === 'ADMIN' && ' as an administrator'}</p>
</div>
${view.hasPassword && html`<a class="button" href="/account/password">Change password</a>`}
</section>
<section aria-labelledby="sessions">
<div class="heading-row">
<h2 id="sessions">Where you are signed in</h2>
${others.length > 0 && endOthers()}
</div>
<ul class="sessions">
${own.map((session) => sessionItem(session, html`<span class="badge">This browser</span>`))}
${others.map((session) => sessionItem(session, endOne(session)))}
</ul>
<p class="quiet">Is there one that you do not know? End it and
${
  view.hasPassword
    ? html`<a href="/account/password">change your password</a>`
    : 'look after the account that you sign in with'
}.</p>
</section>`;
  return { title: `Your account – ${appName}`, width: 'wide', header: signOut(), main };
}

export function signOut(): Markup {
  return html`<form method="post" action="/auth/logout">
<button class="button" type="submit">Sign out</button>
</form>`;
}

function sessionItem(session: OwnSession, action: Content): Markup {
  const { userAgent, createdAddress, lastAddress, createdAtMs, refreshedAtMs } = session;
  return html`<li class="session">
<div class="session-facts">
<h3 title="${userAgent}">${nameClient(userAgent)}</h3>
<dl>
<div><dt>Signed in</dt> <dd>${time(createdAtMs)} from ${createdAddress}</dd></div>
${
  refreshedAtMs !== createdAtMs &&
  html`<div><dt>Last renewed</dt> <dd>${time(refreshedAtMs)} from ${lastAddress}</dd></div>`
}
</dl>
</div>
${action}
</li>`;
}

function endOne({ sessionId, userAgent, createdAtMs }: OwnSession): Markup {
  return html`<form method="post" action="/account/sessions/end">
<input type="hidden" name="session" value="${sessionId}">
<button class="button danger" type="submit">End<span class="spoken"> the session
of ${nameClient(userAgent)}, signed in ${time(createdAtMs)}</span></button>
</form>`;
}

function endOthers(): Markup {
  return html`<form method="post" action="/account/sessions/end-others">
<button class="button danger" type="submit">End all others</button>
</form>`;
}
