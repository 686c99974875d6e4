/**
 * What a username may be, and when two are the same one (contract decision 9).
 * The name is stored as given; its key is what must be unique and what sign-in looks up.
 */

import { codePointLength } from './passwords.ts';

export const USERNAME_MIN_LENGTH = 3;
export const USERNAME_MAX_LENGTH = 50;

export type UsernameRule =
  | { name: 'length'; minLength: number; maxLength: number }
  | { name: 'character' }
  | { name: 'surrounding_space' };

export type UsernameKey = string & { readonly brand: 'UsernameKey' };

/** Control, private-use, unassigned; bidirectional, zero-width and whatever else is invisible. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A noncharacter: valid in every encoding, forbidden in every name. */
const NOBODYS_CHARACTER = '\uffff';

/** First broken rule for a name to be stored, or null. Lengths are code points. */
export function brokenUsernameRule(username: string): UsernameRule | null {
  const length = codePointLength(username);
  if (length < USERNAME_MIN_LENGTH || length > USERNAME_MAX_LENGTH) {
    return { name: 'length', minLength: USERNAME_MIN_LENGTH, maxLength: USERNAME_MAX_LENGTH };
  }
  if (FORBIDDEN.test(username)) return { name: 'character' };
  if (username.trim() !== username) return { name: 'surrounding_space' };
  return null;
}

/**
 * The key under which names are equal: NFKC and case folding (UAX #15, Unicode 5.18).
 * JavaScript has no fold, so upper then lower case stands in for it ("ß" and "SS" meet, "ς" and
 * "σ" too), repeated until nothing changes because NFKC can expose new letters.
 */
export function usernameKey(username: string): UsernameKey {
  // No database stores these alike, and no stored name holds what stands in for them.
  let key = username.replace(/[\0\p{Cs}]/gu, NOBODYS_CHARACTER);
  for (let round = 0; round < 4; round += 1) {
    const next = key.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
    const folded = next.replaceAll('ς', 'σ');
    if (folded === key) break;
    key = folded;
  }
  return key as UsernameKey;
}
