/** What a password must be, as the server will check it, to be told while it is typed. */

export interface PasswordRule {
  readonly text: string;
  readonly holds: (password: string) => boolean;
}

const encoder = new TextEncoder();

const lengthOf = (password: string) => [...password].length;
const bytesOf = (password: string) => encoder.encode(password).length;

/** bcrypt reads no further; the server refuses what is longer, and says so. */
const MAX_BYTES = 72;

/** People (contract 2). */
export const USER_PASSWORD_RULES: readonly PasswordRule[] = [
  { text: 'at least 8 characters', holds: (password) => lengthOf(password) >= 8 },
];

/** The built-in admin (contract 1). */
export const ADMIN_PASSWORD_RULES: readonly PasswordRule[] = [
  { text: 'at least 12 characters', holds: (password) => lengthOf(password) >= 12 },
  { text: 'an upper-case letter', holds: (password) => /\p{Lu}/u.test(password) },
  { text: 'a lower-case letter', holds: (password) => /\p{Ll}/u.test(password) },
  { text: 'a digit', holds: (password) => /\p{Nd}/u.test(password) },
  { text: 'a special character', holds: (password) => /[^\p{L}\p{Nd}\s]/u.test(password) },
];

/** Null when it is short enough for every way of hashing. */
export function lengthHint(password: string): string | null {
  return bytesOf(password) > MAX_BYTES
    ? `That is over ${MAX_BYTES} bytes, which is too long unless the server hashes with argon2id.`
    : null;
}

export function keepsRules(password: string, rules: readonly PasswordRule[]): boolean {
  return rules.every(({ holds }) => holds(password));
}

/** 24 characters without those that look alike: about 137 bits, more than any guesser can try. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const GENERATED_LENGTH = 24;

export function generatePassword(): string {
  // Bytes beyond the last multiple of the alphabet are left out, so that all letters are as likely.
  const limit = 256 - (256 % ALPHABET.length);
  let made = '';
  while (made.length < GENERATED_LENGTH) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < limit) made += ALPHABET[byte % ALPHABET.length];
  }
  return made;
}
