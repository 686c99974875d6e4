/** Text that others carry for us: AES-256-GCM under a key that is derived for this use alone. */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { TextSealer } from '../core/ports.ts';

const ALGORITHM = 'aes-256-gcm';
/** Of 96 bits (NIST SP 800-38D §8.2.2); random ones are good for 2^32 texts under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class AesGcmSealer implements TextSealer {
  readonly #key: Buffer;

  /** `secret` is base64url text from the parameters; `use` keeps keys of different uses apart. */
  constructor(secret: string, use: string) {
    const input = Buffer.from(secret, 'base64url');
    this.#key = Buffer.from(hkdfSync('sha256', input, '', `sallyport ${use}`, 32));
  }

  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    const hidden = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url');
  }

  open(sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce);
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
