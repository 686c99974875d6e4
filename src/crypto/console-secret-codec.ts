/**
 * The secrets of console sessions: 256 random bits in base64url. Stored is an HMAC-SHA-256 under a
 * key that is not in the database: who reads a copy of it can open no session, and who can only
 * write to it can forge none.
 */

import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import type { ConsoleSecretCodec, ConsoleSecretHash, RawConsoleSecret } from '../core/ports.ts';

const SECRET_BYTES = 32;
const FORM = /^[\w-]{43}$/;

export class HmacConsoleSecretCodec implements ConsoleSecretCodec {
  readonly #key: KeyObject;

  /** `secret` is base64url text from the parameters; the key is derived from it for this alone. */
  constructor(secret: string) {
    const input = Buffer.from(secret, 'base64url');
    const key = hkdfSync('sha256', input, '', 'sallyport console sessions', 32);
    this.#key = createSecretKey(Buffer.from(key));
  }

  mint() {
    const raw = randomBytes(SECRET_BYTES).toString('base64url') as RawConsoleSecret;
    return { raw, hash: this.#hash(raw) };
  }

  parse(text: string) {
    return FORM.test(text) ? this.#hash(text) : null;
  }

  #hash(raw: string): ConsoleSecretHash {
    return createHmac('sha256', this.#key).update(raw).digest('base64url') as ConsoleSecretHash;
  }
}
