/** Asking for the password of the built-in admin. */

import { ADMIN_PASSWORD_MIN_LENGTH, brokenAdminPasswordRule } from '../core/passwords.ts';
import type { CommandContext } from './context.ts';
import { readNewPassword } from './password-input.ts';

export function askForAdminPassword(context: CommandContext): Promise<string> {
  return readNewPassword(context, {
    owner: 'the admin',
    advice:
      `It needs ${ADMIN_PASSWORD_MIN_LENGTH} characters or more, among them an uppercase letter, ` +
      'a lowercase letter, a digit and a special character.',
    // How many bytes fit depends on the hash; the domain has the last word on that.
    brokenRule: (password) => brokenAdminPasswordRule(password, Number.POSITIVE_INFINITY),
  });
}
