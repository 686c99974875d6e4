/**
 * The kinds of password hashes that Sallyport reads. It makes bcrypt (`$2b$`) and argon2id
 * (RFC 9106); what other systems made is in password-hash-forms.ts. A kind is an algorithm with its
 * cost; hashes of one kind cost the same time to check.
 */

import type { PasswordHash } from '../core/ports.ts';
import {
  formatKeyDerivedHash,
  type KeyDerivedHash,
  PBKDF2_DIGESTS,
  paddedIterations,
  parseKeyDerivedHash,
} from './password-hash-forms.ts';

export type PasswordAlgorithm = 'bcrypt' | 'argon2id';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
export const ARGON2ID_DEFAULTS = { memoryKib: 19_456, passes: 2, lanes: 1 } as const;

/** bcrypt reads no further; a longer password would be cut without a word. */
const BCRYPT_MAX_BYTES = 72;
/** Far above any password, far below what would cost anything to hash. */
const OTHERS_MAX_BYTES = 1024;

const BCRYPT_FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2_FORM =
  /^\$(argon2id|argon2i|argon2d)\$v=(16|19)\$m=(\d+),t=(\d+),p=(\d+)\$[^$]+\$[^$]+$/;

/**
 * `bcrypt:10`, `argon2id:19456:2:1`, `scrypt:ln=16,r=8,p=1` and so on, or `unreadable`. No
 * kind of a newer form looks to a server of the release before as if it were bcrypt of some cost.
 */
export function kindOfHash(hash: string): string {
  const bcrypt = BCRYPT_FORM.exec(hash);
  if (bcrypt !== null) return `bcrypt:${Number(bcrypt[1])}`;
  const argon2 = ARGON2_FORM.exec(hash);
  if (argon2 !== null) {
    const [, name, version, memoryKib, passes, lanes] = argon2;
    const isOurs = name === 'argon2id' && version === '19';
    if (isOurs) return `argon2id:${memoryKib}:${passes}:${lanes}`;
    return `${name}:v=${version},m=${memoryKib},t=${passes},p=${lanes}`;
  }
  const derived = parseKeyDerivedHash(hash);
  return derived === null ? 'unreadable' : kindOfDerived(derived);
}

function kindOfDerived(hash: KeyDerivedHash): string {
  if (hash.algorithm === 'pbkdf2') {
    return `pbkdf2-${hash.digest}:i=${paddedIterations(hash.iterations)}`;
  }
  return `${hash.algorithm}:ln=${hash.logN},r=${hash.r},p=${hash.p}`;
}

export function maxBytesOfKind(kind: string): number {
  return kind.startsWith('bcrypt') ? BCRYPT_MAX_BYTES : OTHERS_MAX_BYTES;
}

/** A well-formed hash of this kind whose password nobody knows: its digest was never computed. */
export function decoyOfKind(kind: string): PasswordHash {
  const [algorithm = '', ...cost] = kind.split(':');
  const decoy = algorithm.startsWith('argon2')
    ? argon2Decoy(algorithm, cost)
    : (derivedDecoy(algorithm, cost[0] ?? '') ?? bcryptDecoy(cost[0] ?? '10'));
  return decoy as PasswordHash;
}

function argon2Decoy(algorithm: string, cost: readonly string[]): string {
  const salt = 'c2FsbHlwb3J0LWRlY295';
  const digest = 'QmVoaW5kIHRoaXMgZGVjb3kgdGhlcmUgaXMgbm9ib2Q';
  const [memoryKib, passes, lanes] = cost;
  const [version, ...parameters] = (cost[0] ?? '').split(',');
  return cost.length === 1
    ? `$${algorithm}$${version}$${parameters.join(',')}$${salt}$${digest}`
    : `$${algorithm}$v=19$m=${memoryKib},t=${passes},p=${lanes}$${salt}$${digest}`;
}

/** Null when the kind is of another algorithm. */
function derivedDecoy(algorithm: string, cost: string): string | null {
  const salt = Buffer.from('sallyport-decoy');
  const numbers = Object.fromEntries(
    cost.split(',').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, Number(value)];
    }),
  );
  if (algorithm === 'scrypt' || algorithm === 'firebase-scrypt') {
    const { ln: logN = 14, r = 8, p = 1 } = numbers;
    const hash = Buffer.alloc(algorithm === 'scrypt' ? 32 : 64, 'nobody');
    return formatKeyDerivedHash({ algorithm, logN, r, p, salt, hash });
  }
  const digest = PBKDF2_DIGESTS.find((name) => algorithm === `pbkdf2-${name}`);
  if (digest === undefined) return null;
  const { i: iterations = 1 } = numbers;
  const hash = Buffer.alloc(64, 'nobody');
  return formatKeyDerivedHash({ algorithm: 'pbkdf2', digest, iterations, salt, hash });
}

function bcryptDecoy(cost: string): string {
  return `$2b$${cost.padStart(2, '0')}$SallyportDecoySalt....NobodyHasThisPasswordAtAllNobod`;
}

/** Node's bcrypt refuses PHP's prefix, which names the same algorithm. */
export function toReadableBcrypt(hash: string): string {
  return hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
}
