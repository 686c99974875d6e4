/**
 * What a password may be, and how one is checked without telling who exists.
 * Policies hold when a password is set; at sign-in any text is compared as it came.
 */

import { SallyportError } from './errors.ts';
import type { PasswordHash, PasswordHasher } from './ports.ts';

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

/** @throws SallyportError `password_rejected` with the first broken rule */
export function requirePasswordRule(broken: PasswordRule | null): void {
  if (broken !== null) throw new SallyportError('password_rejected', { rule: broken });
}

/** Whether a password of this form could have been set at all under the given hash. */
function couldHaveBeenSet(password: string, maxBytes: number): boolean {
  return !password.includes('\0') && password.isWellFormed() && utf8Length(password) <= maxBytes;
}

/**
 * Compares `password` with `storedHash` after the same hasher calls for everybody.
 *
 * One call is made for each kind of hash in `kinds` (kinds that any account still uses), against
 * the stored hash where the kind is its own and a decoy elsewhere. Unknown names and accounts
 * without a password (`storedHash` null) therefore cost what a wrong password costs, and so does
 * a password that is too long to have been set (contract decision 8; CVE-2025-22234 was an exit
 * before the compare).
 */
export async function passwordMatches(
  hasher: PasswordHasher,
  input: {
    password: string;
    storedHash: PasswordHash | null;
    kinds: readonly string[];
    caller: string;
  },
): Promise<boolean> {
  const { password, storedHash, caller } = input;
  const storedKind = storedHash === null ? null : hasher.kindOf(storedHash);
  const kinds = new Set([hasher.currentKind, ...input.kinds]);
  if (storedKind !== null) kinds.add(storedKind);
  const comparisons = [...kinds].map(async (kind) => {
    const isStored = storedHash !== null && kind === storedKind;
    const matches = await hasher.verify(
      password,
      isStored ? storedHash : hasher.decoyOf(kind),
      caller,
    );
    return isStored && matches && couldHaveBeenSet(password, hasher.maxPasswordBytes(kind));
  });
  return (await Promise.all(comparisons)).includes(true);
}
