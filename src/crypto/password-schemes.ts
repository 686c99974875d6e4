/**
 * The password hashes that Sallyport reads and writes, in their portable forms: bcrypt
 * (`$2b$`, and `$2a$`, `$2y$` from elsewhere) and argon2id (RFC 9106). A kind is an algorithm with
 * its cost; hashes of one kind cost the same time to check.
 */

import type { PasswordHash } from '../core/ports.ts';

export type PasswordAlgorithm = 'bcrypt' | 'argon2id';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
export const ARGON2ID_DEFAULTS = { memoryKib: 19_456, passes: 2, lanes: 1 } as const;

/** bcrypt reads no further; a longer password would be cut without a word. */
const BCRYPT_MAX_BYTES = 72;
/** Far above any password, far below what would cost anything to hash. */
const ARGON2ID_MAX_BYTES = 1024;

const BCRYPT_FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2ID_FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[^$]+\$[^$]+$/;

/** `bcrypt:10`, `argon2id:19456:2:1`, or `unreadable` for what is neither. */
export function kindOfHash(hash: string): string {
  const bcrypt = BCRYPT_FORM.exec(hash);
  if (bcrypt !== null) return `bcrypt:${Number(bcrypt[1])}`;
  const argon2id = ARGON2ID_FORM.exec(hash);
  if (argon2id !== null) return `argon2id:${argon2id.slice(1).join(':')}`;
  return 'unreadable';
}

export function maxBytesOfKind(kind: string): number {
  return kind.startsWith('argon2id') ? ARGON2ID_MAX_BYTES : BCRYPT_MAX_BYTES;
}

/** A well-formed hash of this kind whose password nobody knows: its digest was never computed. */
export function decoyOfKind(kind: string): PasswordHash {
  const [algorithm, ...cost] = kind.split(':');
  if (algorithm === 'argon2id') {
    const [memoryKib, passes, lanes] = cost;
    const salt = 'c2FsbHlwb3J0LWRlY295';
    const digest = 'QmVoaW5kIHRoaXMgZGVjb3kgdGhlcmUgaXMgbm9ib2Q';
    const decoy = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${salt}$${digest}`;
    return decoy as PasswordHash;
  }
  const rounds = (cost[0] ?? '10').padStart(2, '0');
  return `$2b$${rounds}$SallyportDecoySalt....NobodyHasThisPasswordAtAllNobod` as PasswordHash;
}

/** Node's bcrypt refuses PHP's prefix, which names the same algorithm. */
export function toReadableBcrypt(hash: string): string {
  return hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
}
