/** Random identifiers and keyed names from node:crypto. */

import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock, NameHasher, Random } from '../core/ports.ts';

export const systemRandom: Random = {
  /** 144 bits, 24 characters. */
  identifier: () => randomBytes(18).toString('base64url'),
};

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Short enough for a log line, long enough that two names do not meet (96 bits). */
const NAME_HASH_BYTES = 12;

export class HmacNameHasher implements NameHasher {
  readonly #key: KeyObject;

  constructor(key: string) {
    this.#key = createSecretKey(Buffer.from(key, 'base64url'));
  }

  hashName(name: string): string {
    const digest = createHmac('sha256', this.#key).update(name, 'utf8').digest();
    return digest.subarray(0, NAME_HASH_BYTES).toString('base64url');
  }
}
