/** Passwords that the server makes for people, to be handed over and replaced by their own. */

import type { Random } from './ports.ts';

/** Of 62 characters each: 142 bits. */
const LENGTH = 24;

/** Letters and digits alone: they are read aloud, copied by a double click and quoted by nobody. */
export function generatePassword(random: Random): string {
  let password = '';
  while (password.length < LENGTH) password += random.identifier().replace(/[^A-Za-z0-9]/g, '');
  return password.slice(0, LENGTH);
}
