/**
 * Comparing a password with a stored hash of any form, synchronously: for the hashing threads and
 * nowhere else. The time depends on the kind of the hash alone, and not on whether it matches.
 */

import { createCipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import {
  type KeyDerivedHash,
  type Pbkdf2Digest,
  type Pbkdf2Hash,
  paddedIterations,
  parseKeyDerivedHash,
  type ScryptHash,
} from './password-hash-forms.ts';
import { toReadableBcrypt } from './password-schemes.ts';

const AES_KEY_BYTES = 32;
const AES_BLOCK_BYTES = 16;
const DIGEST_BYTES: Record<Pbkdf2Digest, number> = { sha1: 20, sha256: 32, sha512: 64 };

/** @throws what the algorithm says about a hash that is none */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (hash.startsWith('$argon2')) {
    const { verifySync } = await import('@node-rs/argon2');
    return verifySync(hash, password);
  }
  const derived = parseKeyDerivedHash(hash);
  if (derived !== null) return verifyDerived(password, derived);
  const { default: bcrypt } = await import('bcrypt');
  return bcrypt.compareSync(password, toReadableBcrypt(hash));
}

function verifyDerived(password: string, stored: KeyDerivedHash): boolean {
  switch (stored.algorithm) {
    case 'scrypt':
      return timingSafeEqual(scryptOf(password, stored, stored.hash.length), stored.hash);
    case 'firebase-scrypt': {
      const key = scryptOf(password, stored, AES_KEY_BYTES);
      const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(AES_BLOCK_BYTES));
      return timingSafeEqual(cipher.update(Buffer.alloc(stored.hash.length)), stored.hash);
    }
    case 'pbkdf2':
      return verifyPbkdf2(password, stored);
  }
}

function scryptOf(password: string, { logN, r, p, salt }: ScryptHash, bytes: number): Buffer {
  const N = 2 ** logN;
  // What OpenSSL counts: the blocks of all lanes, and the table of one.
  const maxmem = 128 * r * (N + p + 2);
  return scryptSync(password, salt, bytes, { N, r, p, maxmem });
}

/**
 * One block of output is as good a proof as all of it, and systems that stored several made
 * guessing no dearer by it (RFC 8018 §5.2 computes each by itself). The rest of the iterations is
 * spent so that all hashes of one kind take the same time.
 */
function verifyPbkdf2(password: string, stored: Pbkdf2Hash): boolean {
  const { digest, iterations, salt, hash } = stored;
  const expected = hash.subarray(0, DIGEST_BYTES[digest]);
  const computed = pbkdf2Sync(password, salt, iterations, expected.length, digest);
  const padding = paddedIterations(iterations) - iterations;
  if (padding > 0) pbkdf2Sync(password, salt, padding, expected.length, digest);
  return timingSafeEqual(computed, expected);
}
