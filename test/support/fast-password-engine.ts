/**
 * A hasher for tests: as fast as SHA-256 and as safe as nothing. Its hashes have the form of real
 * ones, with a salt that says what they are, so that everything behind the port is the real code.
 * Hashes that Sallyport never makes are checked as they are: a test has some that cost little.
 */

import { createHash } from 'node:crypto';
import { parseKeyDerivedHash } from '../../src/crypto/password-hash-forms.ts';
import type { PasswordEngine } from '../../src/crypto/password-threads.ts';
import { verifyPassword } from '../../src/crypto/password-verification.ts';
import type { PasswordJob } from '../../src/crypto/password-worker.ts';

const BCRYPT_SALT = 'TestOnlyFastHashSalt..';
const ARGON2ID_SALT = 'VGVzdE9ubHlGYXN0';

export class FastPasswordEngine implements PasswordEngine {
  readonly concurrency: number;
  /** Every job, in the order in which it was run. */
  readonly jobs: PasswordJob[] = [];
  #gate: Promise<void> = Promise.resolve();

  constructor(concurrency = 2) {
    this.concurrency = concurrency;
  }

  /** Jobs from now on wait until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async run(job: PasswordJob): Promise<string | boolean> {
    this.jobs.push(job);
    await this.#gate;
    const isForeign = job.kind === 'verify' && parseKeyDerivedHash(job.hash) !== null;
    if (isForeign) return verifyPassword(job.password, job.hash);
    if (job.kind === 'verify') return hashLike(job.hash, job.password) === job.hash;
    const { algorithm, bcryptCost, argon2id } = job.scheme;
    const { memoryKib, passes, lanes } = argon2id;
    return algorithm === 'bcrypt'
      ? hashLike(`$2b$${String(bcryptCost).padStart(2, '0')}$`, job.password)
      : hashLike(`$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$`, job.password);
  }

  async close(): Promise<void> {}
}

/** The test hash of `password` with the algorithm and cost of `model`. */
function hashLike(model: string, password: string): string {
  const digest = createHash('sha256').update(password).digest('hex');
  if (model.startsWith('$argon2id$')) {
    const parameters = model.split('$').slice(0, 4).join('$');
    return `${parameters}$${ARGON2ID_SALT}$${digest.slice(0, 43)}`;
  }
  return `${model.slice(0, 7)}${BCRYPT_SALT}${digest.slice(0, 31)}`;
}
