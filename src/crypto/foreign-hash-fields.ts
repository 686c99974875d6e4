/** Foreign password hashes whose parameters stand in fields of their own beside the hash. */

import type { ForeignHash } from '../core/ports.ts';
import { FaultyHash, pbkdf2Hash, readBase64, scryptHash } from './foreign-hash-values.ts';
import type { Pbkdf2Digest, Pbkdf2Hash, ScryptHash } from './password-hash-forms.ts';

/** @throws FaultyHash */
export function scryptFromFields(foreign: ForeignHash): ScryptHash {
  return scryptHash('hash_n', {
    algorithm: 'scrypt',
    logN: Math.log2(required(foreign, 'hash_n')),
    r: required(foreign, 'hash_r'),
    p: required(foreign, 'hash_p'),
    salt: readBase64('hash_salt', required(foreign, 'hash_salt'), 'the salt'),
    hash: readBase64('password_hash', foreign.password_hash, 'the hash'),
  });
}

/** @throws FaultyHash */
export function pbkdf2FromFields(foreign: ForeignHash, digest: Pbkdf2Digest): Pbkdf2Hash {
  return pbkdf2Hash('hash_iterations', {
    algorithm: 'pbkdf2',
    digest,
    iterations: required(foreign, 'hash_iterations'),
    salt: readBase64('hash_salt', required(foreign, 'hash_salt'), 'the salt'),
    hash: readBase64('password_hash', foreign.password_hash, 'the hash'),
  });
}

/**
 * Firebase encrypts its project's signer key by AES-256-CTR under what scrypt makes of the password
 * (github.com/firebase/scrypt), so hash and key together give the keystream, which is kept.
 * @throws FaultyHash
 */
export function firebaseScrypt(foreign: ForeignHash): ScryptHash {
  const salt = readBase64('hash_salt', required(foreign, 'hash_salt'), 'the salt');
  const separator = foreign.hash_salt_separator ?? '';
  const key = readBase64('hash_signer_key', required(foreign, 'hash_signer_key'), 'the signer key');
  const hash = readBase64('password_hash', foreign.password_hash, 'the hash');
  if (hash.length !== key.length) {
    const what = 'the length of the hash in bytes';
    const bounds = `that of hash_signer_key, ${key.length}`;
    throw new FaultyHash('password_hash', { name: 'out_of_bounds', what, bounds });
  }
  return scryptHash('hash_mem_cost', {
    algorithm: 'firebase-scrypt',
    logN: required(foreign, 'hash_mem_cost'),
    r: required(foreign, 'hash_rounds'),
    p: 1,
    salt: Buffer.concat([salt, readBase64('hash_salt_separator', separator, 'the separator')]),
    hash: Buffer.from(hash.map((byte, index) => byte ^ (key[index] ?? 0))),
  });
}

function required<F extends keyof ForeignHash>(
  foreign: ForeignHash,
  field: F,
): NonNullable<ForeignHash[F]> {
  const value = foreign[field];
  if (value === undefined) throw new FaultyHash(field, { name: 'missing' });
  return value as NonNullable<ForeignHash[F]>;
}
