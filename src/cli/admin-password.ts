/** Asking for the password of the built-in admin. */

import { brokenAdminPasswordRule } from '../core/passwords.ts';
import type { CommandContext } from './context.ts';
import { readNewPassword } from './password-input.ts';

export function askForAdminPassword(context: CommandContext): Promise<string> {
  return readNewPassword(context, {
    owner: 'the admin (12 or more: upper, lower, digit, special)',
    // How many bytes fit depends on the hash; the domain has the last word on that.
    brokenRule: (password) => brokenAdminPasswordRule(password, Number.POSITIVE_INFINITY),
  });
}
