/** The form to change one's password, and how its mistakes are explained. */

import { type PasswordRule, USER_PASSWORD_MIN_LENGTH } from '../../core/passwords.ts';
import { signOut } from './account-page.ts';
import { field, notice, type Page } from './layout.ts';
import { html } from './markup.ts';

export interface PasswordFormErrors {
  /** Above the form, when no field is at fault. */
  readonly form?: string;
  readonly current?: string;
  readonly next?: string;
  readonly repeated?: string;
}

const HINT =
  `At least ${USER_PASSWORD_MIN_LENGTH} characters; longer is better. ` +
  'A few words that do not belong together are easy to keep in mind.';

export function passwordPage(view: {
  appName: string;
  username: string;
  errors: PasswordFormErrors;
}): Page {
  const { appName, username, errors } = view;
  const found = Object.values(errors);
  const main = html`<section class="card" aria-labelledby="heading">
<h1 id="heading">Change your password</h1>
${found.length > 0 && notice('error', html`<strong>Nothing was changed.</strong> ${found[0]}`)}
<p class="quiet">You stay signed in here and are signed out everywhere else.</p>
<form method="post" action="/account/password">
<input class="spoken" type="text" name="username" value="${username}" autocomplete="username"
 tabindex="-1" aria-hidden="true" readonly>
${field({
  name: 'current_password',
  label: 'Current password',
  type: 'password',
  autocomplete: 'current-password',
  error: errors.current,
  hasFocus: errors.next === undefined && errors.repeated === undefined,
})}
${field({
  name: 'new_password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  hint: HINT,
  error: errors.next,
  hasFocus: errors.next !== undefined,
})}
${field({
  name: 'new_password_again',
  label: 'New password, again',
  type: 'password',
  autocomplete: 'new-password',
  error: errors.repeated,
  hasFocus: errors.repeated !== undefined,
})}
<button class="button primary" type="submit">Change password</button>
<a class="button" href="/">Cancel</a>
</form>
</section>`;
  const title = `${found.length > 0 ? 'Error: ' : ''}Change your password – ${appName}`;
  return { title, width: 'narrow', header: signOut(), main };
}

/** For who came by a provider: there is nothing to change. */
export function noPasswordPage(appName: string): Page {
  const main = html`<section class="card" aria-labelledby="heading">
<h1 id="heading">You have no password here</h1>
<p>You sign in to ${appName} with an account elsewhere, and its password is looked after there.</p>
<p><a class="button" href="/">Back to your account</a></p>
</section>`;
  return { title: `No password – ${appName}`, width: 'narrow', header: signOut(), main };
}

/** Rules of the admin's policy never come up here; they have a text so that none can be missing. */
export function explainPasswordRule(rule: PasswordRule): string {
  switch (rule.name) {
    case 'blank':
      return 'Enter a new password.';
    case 'too_short':
      return `Use at least ${rule.minLength} characters.`;
    case 'too_long':
      return (
        `This is too long: at most ${rule.maxBytes} bytes can be kept. Letters with accents count ` +
        'twice, emoji four times.'
      );
    case 'control_character':
      return 'It holds a character that cannot be used, such as NUL. Type it instead of pasting it.';
    case 'needs_uppercase':
      return 'Use at least one upper-case letter.';
    case 'needs_lowercase':
      return 'Use at least one lower-case letter.';
    case 'needs_digit':
      return 'Use at least one digit.';
    case 'needs_special':
      return 'Use at least one special character.';
  }
}
