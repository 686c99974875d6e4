/**
 * How a password is compared without telling who exists (contract decision 8).
 */

import { SallyportError } from './errors.ts';
import { couldHaveBeenSet, type PasswordRule } from './passwords.ts';
import type { PasswordHash, PasswordHasher } from './ports.ts';

/**
 * Compares `password` with `storedHash` after the same hasher calls for everybody.
 *
 * One call is made for each kind of hash in `kinds` (kinds that any account still uses), against
 * the stored hash where the kind is its own and a decoy elsewhere. Unknown names and accounts
 * without a password (`storedHash` null) therefore cost what a wrong password costs, and so does
 * a password that is too long to have been set (contract decision 8; CVE-2025-22234 was an exit
 * before the compare).
 *
 * One call after the other, in an order that the account has no part in: a check holds one place of
 * the queue at a time, or its kinds together could need more than one caller may have.
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
  let isMatch = false;
  for (const kind of [...kinds].sort()) {
    const isStored = storedHash !== null && kind === storedKind;
    const hash = isStored ? storedHash : hasher.decoyOf(kind);
    const matches = await hasher.verify(password, hash, caller);
    if (isStored && matches && couldHaveBeenSet(password, hasher.maxPasswordBytes(kind))) {
      isMatch = true;
    }
  }
  return isMatch;
}

/** @throws SallyportError `password_rejected` with the first broken rule */
export function requirePasswordRule(broken: PasswordRule | null): void {
  if (broken !== null) throw new SallyportError('password_rejected', { rule: broken });
}
