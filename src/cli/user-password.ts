/** Asking for the password of a user. */

import { brokenUserPasswordRule, USER_PASSWORD_MIN_LENGTH } from '../core/passwords.ts';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { readNewPassword } from './password-input.ts';

export function askForUserPassword(context: CommandContext, username: string): Promise<string> {
  return readNewPassword(context, {
    owner: toVisible(username),
    advice: `It needs ${USER_PASSWORD_MIN_LENGTH} characters or more.`,
    // How many bytes fit depends on the hash; the domain has the last word on that.
    brokenRule: (password) => brokenUserPasswordRule(password, Number.POSITIVE_INFINITY),
  });
}
