/** The parts of foreign password hashes: what they may be, and how a fault of them is reported. */

import type { ForeignHash, ForeignHashFault } from '../core/ports.ts';
import {
  MIN_HASH_BYTES,
  PBKDF2_STEPS,
  type Pbkdf2Hash,
  type ScryptHash,
} from './password-hash-forms.ts';

/** Of scrypt's table, 128·N·r. Each hashing thread can have one at a time. */
const MAX_SCRYPT_BYTES = 64 * 1024 * 1024;
const MAX_SCRYPT_R = 32;
const MAX_SCRYPT_P = 16;
/** N·r·p: what the time goes by. About one and a half seconds of a core of 2026. */
const MAX_SCRYPT_WORK = 2 ** 22;
const MAX_PBKDF2_ITERATIONS = PBKDF2_STEPS[PBKDF2_STEPS.length - 1] ?? 0;
const MAX_SALT_BYTES = 256;
const MAX_HASH_BYTES = 128;

type Field = keyof ForeignHash;

export class FaultyHash extends Error {
  readonly fault: ForeignHashFault;

  constructor(field: Field, rule: ForeignHashFault['rule']) {
    super(`${field}: ${rule.name}`);
    this.fault = { field, rule };
  }
}

/** @throws FaultyHash */
export function bounded(field: Field, what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const bounds = `from ${min} to ${max}`;
  throw new FaultyHash(field, { name: 'out_of_bounds', what, bounds });
}

/**
 * Base64 in any of its alphabets, passlib's with a dot too, with padding or without.
 * @throws FaultyHash
 */
export function readBase64(
  field: Field,
  text: string,
  what: string,
  minBytes = 0,
  maxBytes = MAX_SALT_BYTES,
): Buffer {
  const isBase64 = /^[A-Za-z0-9+/._-]*={0,2}$/.test(text);
  const digits = text.replace(/=+$/, '').replaceAll('.', '+');
  if (!isBase64 || digits.length % 4 === 1) throw new FaultyHash(field, { name: 'malformed' });
  const bytes = Buffer.from(digits, 'base64');
  bounded(field, `the length of ${what} in bytes`, bytes.length, minBytes, maxBytes);
  return bytes;
}

/** @throws FaultyHash when a check of it would be too dear, or prove nothing */
export function scryptHash(field: Field, hash: ScryptHash): ScryptHash {
  const { logN, r, p } = hash;
  if (!Number.isInteger(logN)) {
    const rule = { name: 'out_of_bounds', what: 'N of scrypt', bounds: 'a power of two' } as const;
    throw new FaultyHash(field, rule);
  }
  bounded(field, 'log2 N of scrypt', logN, 1, 24);
  bounded(field, 'r of scrypt', r, 1, MAX_SCRYPT_R);
  bounded(field, 'p of scrypt', p, 1, MAX_SCRYPT_P);
  const N = 2 ** logN;
  bounded(field, 'the memory of scrypt (128·N·r bytes)', 128 * N * r, 1, MAX_SCRYPT_BYTES);
  bounded(field, 'the work of scrypt (N·r·p)', N * r * p, 1, MAX_SCRYPT_WORK);
  requireLengths(field, hash);
  return hash;
}

/** @throws FaultyHash */
export function pbkdf2Hash(field: Field, hash: Pbkdf2Hash): Pbkdf2Hash {
  bounded(field, 'the iterations of PBKDF2', hash.iterations, 1, MAX_PBKDF2_ITERATIONS);
  requireLengths(field, hash);
  return hash;
}

function requireLengths(field: Field, { salt, hash }: ScryptHash | Pbkdf2Hash): void {
  bounded(field, 'the length of the salt in bytes', salt.length, 1, MAX_SALT_BYTES);
  bounded(field, 'the length of the hash in bytes', hash.length, MIN_HASH_BYTES, MAX_HASH_BYTES);
}
