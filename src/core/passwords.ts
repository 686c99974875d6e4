/**
 * What a password may be. Policies hold when a password is set; at sign-in any text is compared as
 * it came.
 */

/** Admin passwords (contract 1): at least this many code points. */
export const ADMIN_PASSWORD_MIN_LENGTH = 12;
/** User passwords (contract 2): at least this many code points. */
export const USER_PASSWORD_MIN_LENGTH = 8;

/** The rules in the order in which the first broken one is named (contract 1). */
export type PasswordRule =
  | { name: 'blank' }
  | { name: 'too_short'; minLength: number }
  | { name: 'needs_uppercase' }
  | { name: 'needs_lowercase' }
  | { name: 'needs_digit' }
  | { name: 'needs_special' }
  | { name: 'control_character' }
  | { name: 'too_long'; maxBytes: number };

const encoder = new TextEncoder();

/** Length in code points, the unit of both contracts and of SP 800-63B-4. */
export function codePointLength(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** Length in UTF-8 bytes, the unit of what a hash reads. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** First broken rule of the admin policy, or null. `maxBytes` is the hash algorithm's limit. */
export function brokenAdminPasswordRule(password: string, maxBytes: number): PasswordRule | null {
  if (password.trim() === '') return { name: 'blank' };
  if (codePointLength(password) < ADMIN_PASSWORD_MIN_LENGTH) {
    return { name: 'too_short', minLength: ADMIN_PASSWORD_MIN_LENGTH };
  }
  if (!/\p{Lu}/u.test(password)) return { name: 'needs_uppercase' };
  if (!/\p{Ll}/u.test(password)) return { name: 'needs_lowercase' };
  if (!/\p{Nd}/u.test(password)) return { name: 'needs_digit' };
  if (!/[^\p{L}\p{Nd}\s]/u.test(password)) return { name: 'needs_special' };
  if (/\p{Cc}/u.test(password)) return { name: 'control_character' };
  return brokenStorageRule(password, maxBytes);
}

/** First broken rule of the user policy, or null. */
export function brokenUserPasswordRule(password: string, maxBytes: number): PasswordRule | null {
  if (password === '') return { name: 'blank' };
  if (codePointLength(password) < USER_PASSWORD_MIN_LENGTH) {
    return { name: 'too_short', minLength: USER_PASSWORD_MIN_LENGTH };
  }
  return brokenStorageRule(password, maxBytes);
}

/**
 * NUL ends a password in other bcrypt implementations, and every lone surrogate hashes like
 * U+FFFD, so both would let a different text in; a longer text would be cut silently.
 */
function brokenStorageRule(password: string, maxBytes: number): PasswordRule | null {
  if (password.includes('\0') || !password.isWellFormed()) return { name: 'control_character' };
  if (utf8Length(password) > maxBytes) return { name: 'too_long', maxBytes };
  return null;
}

/** Whether a password of this form could have been set at all under the given hash. */
export function couldHaveBeenSet(password: string, maxBytes: number): boolean {
  return !password.includes('\0') && password.isWellFormed() && utf8Length(password) <= maxBytes;
}
