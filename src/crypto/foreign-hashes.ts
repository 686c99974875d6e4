/**
 * Password hashes of other systems, brought into the form that is stored. What is taken over here
 * can be checked without a fault and within bounds: of memory, because as many are checked at once
 * as there are cores, and of time, because every sign-in pays for every kind there is.
 */

import type { ForeignHash, ForeignHashFault, PasswordHash } from '../core/ports.ts';
import { firebaseScrypt, pbkdf2FromFields, scryptFromFields } from './foreign-hash-fields.ts';
import { bounded, FaultyHash, pbkdf2Hash, readBase64, scryptHash } from './foreign-hash-values.ts';
import {
  formatKeyDerivedHash,
  type KeyDerivedHash,
  PBKDF2_DIGESTS,
  type Pbkdf2Digest,
} from './password-hash-forms.ts';

/** The highest cost that BCRYPT_COST can have here. */
const MAX_BCRYPT_COST = 16;
/** 64 MiB, as RFC 9106 §4 recommends where memory is scarce. */
const MAX_ARGON2_KIB = 65_536;
const MAX_ARGON2_PASSES = 16;
const MAX_ARGON2_LANES = 16;
/** Memory times passes: what the time goes by. */
const MAX_ARGON2_KIB_PASSES = 8 * MAX_ARGON2_KIB;

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2 =
  /^\$(argon2id|argon2i|argon2d)(?:\$v=(16|19))?\$((?:[mtp]=\d{1,9},?){3})\$([^$]*)\$([^$]*)$/;
const PHC_SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([^$]*)\$([^$]*)$/;
const OWN_FIREBASE = /^\$firebase-scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([^$]*)\$([^$]*)$/;
/** PHC with `i=`, passlib without; passlib's name for SHA-1 has no digest in it. */
const PHC_PBKDF2 =
  /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([^$]*)\$([^$]*)$/;
const DJANGO_PBKDF2 = /^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]*)\$([^$]*)$/;
const DJANGO_SCRYPT = /^scrypt\$(\d{1,9})\$([^$]*)\$(\d{1,4})\$(\d{1,4})\$([^$]*)$/;
/** Django names the algorithm once more ahead of what the library wrote. */
const DJANGO_PREFIX = /^(?:bcrypt\$(?=\$2)|argon2(?=\$argon2))/;

const ALGORITHMS: Record<string, (foreign: ForeignHash) => KeyDerivedHash> = {
  scrypt: scryptFromFields,
  'firebase-scrypt': firebaseScrypt,
  ...Object.fromEntries(
    PBKDF2_DIGESTS.map((digest) => [
      `pbkdf2-${digest}`,
      (foreign: ForeignHash) => pbkdf2FromFields(foreign, digest),
    ]),
  ),
};

export function adoptForeignHash(
  foreign: ForeignHash,
): { hash: PasswordHash } | { fault: ForeignHashFault } {
  try {
    return { hash: adopt(foreign) as PasswordHash };
  } catch (error) {
    if (error instanceof FaultyHash) return { fault: error.fault };
    throw error;
  }
}

function adopt(foreign: ForeignHash): string {
  const { hash_algorithm: algorithm, password_hash: text } = foreign;
  if (algorithm === undefined) return adoptText(text.replace(DJANGO_PREFIX, ''));
  const read = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (read === undefined) {
    const known = Object.keys(ALGORITHMS);
    throw new FaultyHash('hash_algorithm', { name: 'unknown_algorithm', known });
  }
  return formatKeyDerivedHash(read(foreign));
}

function adoptText(text: string): string {
  const adopted = adoptBcrypt(text) ?? adoptArgon2(text) ?? adoptScrypt(text) ?? adoptPbkdf2(text);
  if (adopted !== null) return adopted;
  throw new FaultyHash('password_hash', { name: 'unknown_form' });
}

function adoptBcrypt(text: string): string | null {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost === undefined) return null;
  bounded('password_hash', 'the cost of bcrypt', Number(cost), 4, MAX_BCRYPT_COST);
  return text;
}

/** In the order of parameters and with the version that the library writes. */
function adoptArgon2(text: string): string | null {
  const [, name, version = '16', given = '', salt = '', hash = ''] = ARGON2.exec(text) ?? [];
  if (name === undefined) return null;
  const numbers = new Map(given.split(',').map((pair) => [pair[0], Number(pair.slice(2))]));
  const m = numbers.get('m') ?? 0;
  const t = numbers.get('t') ?? 0;
  const p = numbers.get('p') ?? 0;
  if (numbers.size !== 3) throw new FaultyHash('password_hash', { name: 'malformed' });
  const field = 'password_hash';
  bounded(field, 'the parallelism of argon2 (p)', p, 1, MAX_ARGON2_LANES);
  bounded(field, 'the memory of argon2 (m, in KiB)', m, 8 * p, MAX_ARGON2_KIB);
  bounded(field, 'the passes of argon2 (t)', t, 1, MAX_ARGON2_PASSES);
  bounded(field, 'memory times passes of argon2 (m·t)', m * t, 1, MAX_ARGON2_KIB_PASSES);
  // The bounds of the library, below and above which it refuses a hash.
  const saltText = toPhc(readBase64(field, salt, 'the salt', 8, 48));
  const hashText = toPhc(readBase64(field, hash, 'the hash', 16, 64));
  return `$${name}$v=${version}$m=${m},t=${t},p=${p}$${saltText}$${hashText}`;
}

function adoptScrypt(text: string): string | null {
  const own = OWN_FIREBASE.exec(text);
  const phc = own ?? PHC_SCRYPT.exec(text);
  if (phc !== null) {
    const [, logN, r, p, salt = '', hash = ''] = phc;
    const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
    return formatKeyDerivedHash(
      scryptHash('password_hash', {
        algorithm: own === null ? 'scrypt' : 'firebase-scrypt',
        ...cost,
        salt: readBase64('password_hash', salt, 'the salt'),
        hash: readBase64('password_hash', hash, 'the hash'),
      }),
    );
  }
  const [, n, salt = '', r, p, hash = ''] = DJANGO_SCRYPT.exec(text) ?? [];
  if (n === undefined) return null;
  return formatKeyDerivedHash(
    scryptHash('password_hash', {
      algorithm: 'scrypt',
      logN: Math.log2(Number(n)),
      r: Number(r),
      p: Number(p),
      salt: Buffer.from(salt),
      hash: readBase64('password_hash', hash, 'the hash'),
    }),
  );
}

function adoptPbkdf2(text: string): string | null {
  const django = DJANGO_PBKDF2.exec(text);
  const [, digest = 'sha1', iterations, salt = '', hash = ''] =
    django ?? PHC_PBKDF2.exec(text) ?? [];
  if (iterations === undefined) return null;
  return formatKeyDerivedHash(
    pbkdf2Hash('password_hash', {
      algorithm: 'pbkdf2',
      digest: digest as Pbkdf2Digest,
      iterations: Number(iterations),
      // Django's salt is a text and not base64 of one.
      salt: django ? Buffer.from(salt) : readBase64('password_hash', salt, 'the salt'),
      hash: readBase64('password_hash', hash, 'the hash'),
    }),
  );
}

function toPhc(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
