/**
 * What must not be done with a stolen cookie or token alone: it takes a password that was entered
 * just now, in the console or for an admin JWT.
 */

import { SallyportError } from './errors.ts';
import type { ManagingPrincipal } from './principals.ts';

/** How long an entered password counts as just now. */
export const RECENT_PASSWORD_MS = 5 * 60 * 1000;
/** Clocks of servers differ: a JWT that another has just issued may seem to come from the future. */
const MAX_SKEW_MS = 60 * 1000;

/** @throws SallyportError `password_confirmation_required` */
export function requireRecentPassword({
  passwordAgeMs,
}: Pick<ManagingPrincipal, 'passwordAgeMs'>): void {
  const isRecent =
    passwordAgeMs !== null && passwordAgeMs < RECENT_PASSWORD_MS && passwordAgeMs >= -MAX_SKEW_MS;
  if (!isRecent) throw new SallyportError('password_confirmation_required', {});
}
