/**
 * The stored forms of password hashes that Sallyport reads and never makes: scrypt, PBKDF2, and
 * scrypt as Firebase uses it. Each is a PHC string, which says everything that a check needs.
 *
 *     $scrypt$ln=16,r=8,p=1$salt$hash
 *     $pbkdf2-sha256$i=600000$salt$hash          (also -sha1 and -sha512)
 *     $firebase-scrypt$ln=14,r=8,p=1$salt$keystream
 *
 * Salt and hash are base64 without padding. The last one holds the salt together with the salt
 * separator, and the AES-CTR keystream in place of the hash: the hash is the project's signer key
 * encrypted with it, so taking the key off at import leaves what a check can compute by itself, and
 * a secret of another project is not in our database.
 */

export const PBKDF2_DIGESTS = ['sha1', 'sha256', 'sha512'] as const;

export type Pbkdf2Digest = (typeof PBKDF2_DIGESTS)[number];

export interface ScryptHash {
  readonly algorithm: 'scrypt' | 'firebase-scrypt';
  /** log2 of N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export interface Pbkdf2Hash {
  readonly algorithm: 'pbkdf2';
  readonly digest: Pbkdf2Digest;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

export type KeyDerivedHash = ScryptHash | Pbkdf2Hash;

const SCRYPT_FORM =
  /^\$(scrypt|firebase-scrypt)\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const PBKDF2_FORM =
  /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,9})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Less would be no proof of a password; and nothing at all would be equal to nothing at all. */
export const MIN_HASH_BYTES = 16;

/** Null for every other form. */
export function parseKeyDerivedHash(text: string): KeyDerivedHash | null {
  const parsed = parseScrypt(text) ?? parsePbkdf2(text);
  return parsed !== null && parsed.hash.length >= MIN_HASH_BYTES ? parsed : null;
}

function parseScrypt(text: string): ScryptHash | null {
  const scrypt = SCRYPT_FORM.exec(text);
  if (scrypt === null) return null;
  const [, algorithm, logN, r, p, salt = '', hash = ''] = scrypt;
  return {
    algorithm: algorithm as ScryptHash['algorithm'],
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

function parsePbkdf2(text: string): Pbkdf2Hash | null {
  const pbkdf2 = PBKDF2_FORM.exec(text);
  if (pbkdf2 === null) return null;
  const [, digest, iterations, salt = '', hash = ''] = pbkdf2;
  return {
    algorithm: 'pbkdf2',
    digest: digest as Pbkdf2Digest,
    iterations: Number(iterations),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

export function formatKeyDerivedHash(hash: KeyDerivedHash): string {
  const parameters =
    hash.algorithm === 'pbkdf2'
      ? `pbkdf2-${hash.digest}$i=${hash.iterations}`
      : `${hash.algorithm}$ln=${hash.logN},r=${hash.r},p=${hash.p}`;
  return `$${parameters}$${toBase64(hash.salt)}$${toBase64(hash.hash)}`;
}

/** Without padding, as in PHC strings. */
function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/**
 * Iterations of PBKDF2 are padded up to one of these, so that hashes from years of growing defaults
 * are a few kinds and not dozens, of which every sign-in would have to compute one each.
 */
export const PBKDF2_STEPS = [50_000, 250_000, 600_000, 1_200_000, 2_000_000] as const;

/** How many iterations a check with `iterations` is padded to. */
export function paddedIterations(iterations: number): number {
  return PBKDF2_STEPS.find((step) => step >= iterations) ?? iterations;
}
