/**
 * The form of access tokens: `vdai_`, a public id of 12 characters, a secret of 32 (190 bits) and
 * a CRC-32 of 6, all base62, so that a double click selects the whole and scanners can tell a real
 * one from a random string. The checksum is no secret: it keeps mistyped and made-up tokens from
 * costing a look into the database.
 *
 * Stored is an HMAC-SHA-256 under a key that is not in the database: a copy of the database holds
 * no usable token, and who can only write to it cannot forge one. The secret is random, so a slow
 * hash would add nothing but latency.
 */

import {
  createHmac,
  createSecretKey,
  type KeyObject,
  randomInt,
  timingSafeEqual,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { AccessTokenCodec, AccessTokenHash, RawAccessToken } from '../core/ports.ts';

const PREFIX = 'vdai_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 12;
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const BODY_LENGTH = PUBLIC_ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${BODY_LENGTH}}$`);

export class HmacAccessTokenCodec implements AccessTokenCodec {
  readonly #key: KeyObject;

  /** `key` is the keyed hash's key, base64url text from the parameter file. */
  constructor(key: string) {
    this.#key = createSecretKey(Buffer.from(key, 'base64url'));
  }

  mint(publicId = randomText(PUBLIC_ID_LENGTH)) {
    const body = PREFIX + publicId + randomText(SECRET_LENGTH);
    const raw = (body + checksumOf(body)) as RawAccessToken;
    return { raw, publicId, hash: this.#hash(raw) };
  }

  parse(text: string) {
    if (!FORM.test(text)) return null;
    const body = text.slice(0, -CHECKSUM_LENGTH);
    if (checksumOf(body) !== text.slice(-CHECKSUM_LENGTH)) return null;
    const publicId = text.slice(PREFIX.length, PREFIX.length + PUBLIC_ID_LENGTH);
    return { publicId, hash: this.#hash(text) };
  }

  hashesMatch(presented: AccessTokenHash, stored: AccessTokenHash): boolean {
    const [a, b] = [Buffer.from(presented), Buffer.from(stored)];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  #hash(raw: string): AccessTokenHash {
    return createHmac('sha256', this.#key).update(raw).digest('base64url') as AccessTokenHash;
  }
}

/** Uniform over the alphabet: `randomInt` rejects what would favour some letters. */
function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let position = 0; position < CHECKSUM_LENGTH; position += 1) {
    text = `${ALPHABET[rest % ALPHABET.length]}${text}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
