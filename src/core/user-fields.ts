/**
 * The fields of one user in an import, read into what is stored. What an export writes is among
 * them, so that what goes out can come in.
 */

import type { ForeignHash, ForeignHashFault } from './ports.ts';
import type { UserOrigin, UserRole } from './repository.ts';
import { parseRfc3339 } from './rfc3339.ts';
import type { LinkedIdentity } from './transfer-repository.ts';
import { brokenUsernameRule, type UsernameRule } from './usernames.ts';

type FieldKind = 'text' | 'whole' | 'flag' | 'identities';

const HASH_FIELDS = {
  password_hash: 'text',
  hash_algorithm: 'text',
  hash_salt: 'text',
  hash_iterations: 'whole',
  hash_n: 'whole',
  hash_r: 'whole',
  hash_p: 'whole',
  hash_rounds: 'whole',
  hash_mem_cost: 'whole',
  hash_signer_key: 'text',
  hash_salt_separator: 'text',
} as const satisfies Record<keyof ForeignHash, FieldKind>;

const FIELDS = {
  /** Of the installation that it came from; the users get new ones. */
  id: 'whole',
  username: 'text',
  password: 'text',
  role: 'text',
  enabled: 'flag',
  origin: 'text',
  created_at: 'text',
  last_sign_in_at: 'text',
  identities: 'identities',
  ...HASH_FIELDS,
} as const satisfies Record<string, FieldKind>;

export type UserField = keyof typeof FIELDS;

export const USER_FIELDS = Object.keys(FIELDS) as readonly UserField[];

const ORIGINS = ['operator', 'environment', 'provider', 'imported'] as const;
const IDENTITY_FIELDS = ['issuer', 'subject', 'provider', 'linked_at'];
const MAX_ISSUER_LENGTH = 2_000;
/** OIDC Core §2. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_IDENTITIES = 20;
/** Clocks differ, of the other system and ours. */
const CLOCK_SLACK_MS = 24 * 60 * 60 * 1000;

export type FieldRule =
  | { readonly name: 'missing' }
  | { readonly name: 'unknown' }
  | { readonly name: 'wrong_type'; readonly wanted: FieldKind }
  | { readonly name: 'one_of'; readonly words: readonly string[] }
  | { readonly name: 'not_a_time' }
  | { readonly name: 'in_the_future' }
  | { readonly name: 'identity_malformed' }
  | { readonly name: 'issuer_twice' }
  | { readonly name: 'plain_password' }
  | { readonly name: 'password_and_hash' }
  | { readonly name: 'username'; readonly rule: UsernameRule }
  | { readonly name: 'hash'; readonly rule: ForeignHashFault['rule'] };

export interface FieldFault {
  readonly field: string;
  readonly rule: FieldRule;
}

/** A user as the line says, with a hash or a password as it was given. */
export interface UserFields {
  readonly username: string;
  readonly foreignHash: ForeignHash | null;
  readonly password: string | null;
  readonly role: UserRole;
  readonly isEnabled: boolean;
  readonly origin: UserOrigin;
  readonly createdAtMs: number | null;
  readonly lastSignInAtMs: number | null;
  readonly identities: readonly LinkedIdentity[];
}

class FaultyField extends Error {
  readonly fault: FieldFault;

  constructor(field: string, rule: FieldRule) {
    super(`${field}: ${rule.name}`);
    this.fault = { field, rule };
  }
}

type Given = Readonly<Record<string, unknown>>;

/** `nowMs` bounds what times may be. */
export function readUserFields(
  given: Given,
  nowMs: number,
): { user: UserFields } | { fault: FieldFault } {
  try {
    return { user: readUser(given, nowMs) };
  } catch (error) {
    if (error instanceof FaultyField) return { fault: error.fault };
    throw error;
  }
}

/** The name that a line is about, for reports; null when it has none. */
export function nameIn(given: Given): string | null {
  return typeof given.username === 'string' ? given.username : null;
}

function readUser(given: Given, nowMs: number): UserFields {
  for (const field of Object.keys(given)) {
    if (!Object.hasOwn(FIELDS, field)) throw new FaultyField(field, { name: 'unknown' });
  }
  const username = readText(given, 'username');
  if (username === null) throw new FaultyField('username', { name: 'missing' });
  const rule = brokenUsernameRule(username);
  if (rule !== null) throw new FaultyField('username', { name: 'username', rule });
  const createdAtMs = readTime(given, 'created_at', nowMs);
  readWhole(given, 'id');
  return {
    username,
    ...readSecret(given),
    role: readWord(given, 'role', ['ADMIN', 'STANDARD']) ?? 'STANDARD',
    isEnabled: readFlag(given, 'enabled') ?? true,
    origin: readWord(given, 'origin', ORIGINS) ?? 'imported',
    createdAtMs,
    lastSignInAtMs: readTime(given, 'last_sign_in_at', nowMs),
    identities: readIdentities(given, createdAtMs ?? nowMs, nowMs),
  };
}

function readSecret(given: Given): Pick<UserFields, 'foreignHash' | 'password'> {
  const password = readText(given, 'password');
  const hash: Record<string, string | number> = {};
  for (const [field, kind] of Object.entries(HASH_FIELDS)) {
    const value = kind === 'whole' ? readWhole(given, field) : readText(given, field);
    if (value !== null) hash[field] = value;
  }
  if (password !== null && hash.password_hash !== undefined) {
    throw new FaultyField('password', { name: 'password_and_hash' });
  }
  const isHashed = hash.password_hash !== undefined;
  return { password, foreignHash: isHashed ? (hash as unknown as ForeignHash) : null };
}

/** A null of JSON is a field that is not given. */
function givenIn(given: Given, field: string): unknown {
  return Object.hasOwn(given, field) ? (given[field] ?? null) : null;
}

function readText(given: Given, field: string): string | null {
  const value = givenIn(given, field);
  if (value === null || typeof value === 'string') return value;
  throw new FaultyField(field, { name: 'wrong_type', wanted: 'text' });
}

/** CSV has texts only. */
function readWhole(given: Given, field: string): number | null {
  const value = givenIn(given, field);
  if (value === null) return null;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  throw new FaultyField(field, { name: 'wrong_type', wanted: 'whole' });
}

function readFlag(given: Given, field: string): boolean | null {
  const value = givenIn(given, field);
  if (value === null || typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'true' || word === 'false') return word === 'true';
  throw new FaultyField(field, { name: 'wrong_type', wanted: 'flag' });
}

function readWord<T extends string>(given: Given, field: string, words: readonly T[]): T | null {
  const text = readText(given, field);
  if (text === null) return null;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new FaultyField(field, { name: 'one_of', words });
}

function readTime(given: Given, field: string, nowMs: number): number | null {
  const text = readText(given, field);
  if (text === null) return null;
  const ms = parseRfc3339(text);
  if (ms === null || ms < 0) throw new FaultyField(field, { name: 'not_a_time' });
  if (ms > nowMs + CLOCK_SLACK_MS) throw new FaultyField(field, { name: 'in_the_future' });
  return ms;
}

/** In CSV a cell with the same JSON. */
function readIdentities(given: Given, linkedAtMs: number, nowMs: number): LinkedIdentity[] {
  const value = givenIn(given, 'identities');
  if (value === null) return [];
  const list = typeof value === 'string' ? parseJson(value) : value;
  if (!Array.isArray(list) || list.length > MAX_IDENTITIES) {
    throw new FaultyField('identities', { name: 'wrong_type', wanted: 'identities' });
  }
  const identities = list.map((item) => readIdentity(item, linkedAtMs, nowMs));
  if (new Set(identities.map(({ issuer }) => issuer)).size < identities.length) {
    throw new FaultyField('identities', { name: 'issuer_twice' });
  }
  return identities;
}

function readIdentity(item: unknown, linkedAtMs: number, nowMs: number): LinkedIdentity {
  const malformed = () => new FaultyField('identities', { name: 'identity_malformed' });
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw malformed();
  const fields = item as Given;
  if (Object.keys(fields).some((name) => !IDENTITY_FIELDS.includes(name))) throw malformed();
  const { issuer, subject, provider } = fields;
  if (!isBounded(issuer, MAX_ISSUER_LENGTH) || !isBounded(subject, MAX_SUBJECT_LENGTH)) {
    throw malformed();
  }
  if (typeof provider !== 'string' || !/^[a-z0-9][a-z0-9_-]{0,49}$/.test(provider)) {
    throw malformed();
  }
  const givenMs = readTime(fields, 'linked_at', nowMs);
  return { issuer, subject, providerId: provider, linkedAtMs: givenMs ?? linkedAtMs };
}

function isBounded(value: unknown, maxLength: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxLength &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
