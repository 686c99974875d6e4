/** What is wrong with a line of an import, as a sentence that names the field and says what to do. */

import { type LineFault, MAX_LINE_BYTES } from './import-lines.ts';
import type { PasswordRule } from './passwords.ts';
import type { ForeignHashFault } from './ports.ts';
import { type FieldFault, type FieldRule, USER_FIELDS } from './user-fields.ts';
import type { UsernameRule } from './usernames.ts';

/** Longest part of a file that is repeated. */
const MAX_QUOTED_LENGTH = 50;

const LINE_FAULTS: Record<LineFault, string> = {
  too_long: `The line has more than ${MAX_LINE_BYTES / 1024} KiB; a user takes a few hundred bytes.`,
  not_utf8: 'The line is not UTF-8; convert the file.',
  not_json: 'The line is no JSON; write one object a line.',
  not_an_object: 'The line is JSON but no object; write one object a line.',
  json_array:
    'This begins a JSON array; write one object a line, as `jq -c ".[]"` makes of an array.',
  quotes: 'The quotes are not as CSV has them: quote the whole cell, and double a quote in it.',
  cell_count: 'The line has more or fewer cells than the first line has names.',
};

export function lineFaultSentence(fault: LineFault): string {
  return LINE_FAULTS[fault];
}

export function fieldFaultSentence({ field, rule }: FieldFault): string {
  const name = field.slice(0, MAX_QUOTED_LENGTH);
  return `${name} ${fieldRuleText(rule)}.`;
}

/** Completes a sentence that begins with the field. */
function fieldRuleText(rule: FieldRule): string {
  switch (rule.name) {
    case 'missing':
      return 'is missing';
    case 'unknown':
      return `is no field of a user; there are ${USER_FIELDS.join(', ')}`;
    case 'wrong_type':
      return WRONG_TYPES[rule.wanted];
    case 'one_of':
      return `must be one of ${rule.words.join(', ')}`;
    case 'not_a_time':
      return 'must be a time since 1970 in RFC 3339, such as 2026-11-22T05:14:16Z or 2026-11-22';
    case 'in_the_future':
      return 'lies in the future';
    case 'identity_malformed':
      return (
        'must be objects with issuer (the address of the provider), subject (at most 255 ' +
        'characters), provider (its id here, such as google) and, if known, linked_at'
      );
    case 'issuer_twice':
      return 'names one issuer twice; a user has one identity at each';
    case 'plain_password':
      return (
        'is in the clear, which takes tens of milliseconds to hash and belongs into no file. Give ' +
        'password_hash, or say --plain-passwords on the command line'
      );
    case 'password_and_hash':
      return 'and password_hash exclude each other';
    case 'username':
      return usernameRuleText(rule.rule);
    case 'hash':
      return hashRuleText(rule.rule);
  }
}

const WRONG_TYPES = {
  text: 'must be a text',
  whole: 'must be a whole number',
  flag: 'must be true or false',
  identities: 'must be a list of at most 20 objects; in CSV the same as JSON in one cell',
} as const;

function usernameRuleText(rule: UsernameRule): string {
  switch (rule.name) {
    case 'length':
      return `must have ${rule.minLength} to ${rule.maxLength} characters`;
    case 'character':
      return 'must not hold control characters or invisible ones';
    case 'surrounding_space':
      return 'must not begin or end with a space';
  }
}

function hashRuleText(rule: ForeignHashFault['rule']): string {
  switch (rule.name) {
    case 'missing':
      return 'is missing, and hash_algorithm needs it';
    case 'malformed':
      return 'is not of the form that it begins with, or no base64';
    case 'unknown_form':
      return (
        'is of no form that can be checked: bcrypt, argon2, scrypt and PBKDF2 can. Leave it out, ' +
        'and set a new password'
      );
    case 'unknown_algorithm':
      return `must be one of ${rule.known.join(', ')}, or absent where the hash says it itself`;
    case 'out_of_bounds':
      return `is out of bounds: ${rule.what} must be ${rule.bounds}`;
  }
}

export function passwordSentence(rule: PasswordRule): string {
  switch (rule.name) {
    case 'too_short':
      return `password must have at least ${rule.minLength} characters.`;
    case 'too_long':
      return `password must have at most ${rule.maxBytes} bytes.`;
    default:
      return 'password must not be blank and must not hold control characters.';
  }
}

export const OUTCOME_SENTENCES = {
  exists: 'The username is taken, here or by a line before; upper and lower case are the same.',
  identity_taken: 'identities has one that another user here has.',
} as const;

export function kindLimitSentence(maxKinds: number): string {
  return (
    `password_hash would bring one kind of hash more than the ${maxKinds} there may be, as every ` +
    'sign-in computes one of each. Kinds go as their users sign in; bring the others then, or ' +
    'leave the hash out and set a new password.'
  );
}
