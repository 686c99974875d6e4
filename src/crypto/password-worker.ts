/**
 * A thread that hashes. It runs at lower priority, so that the event loop gets a core when it
 * wants one, and it uses the synchronous calls: nothing of this is on the libuv pool, where file
 * and name look-ups would have to wait behind it.
 */

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { PasswordAlgorithm } from './password-schemes.ts';
import { verifyPassword } from './password-verification.ts';

/** Nice value of hashing threads; on Linux it applies to the calling thread alone. */
const HASHING_PRIORITY = 10;

export type PasswordJob =
  | { readonly kind: 'hash'; readonly password: string; readonly scheme: HashScheme }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string };

export interface HashScheme {
  readonly algorithm: PasswordAlgorithm;
  readonly bcryptCost: number;
  readonly argon2id: { memoryKib: number; passes: number; lanes: number };
}

export type PasswordJobResult = { readonly value: string | boolean } | { readonly fault: string };

if (process.platform === 'linux') {
  try {
    setPriority(HASHING_PRIORITY);
  } catch {
    // Sandboxes may forbid it; hashing then competes as an equal.
  }
}

parentPort?.on('message', async (job: PasswordJob) => {
  parentPort?.postMessage(await runJob(job));
});

async function runJob(job: PasswordJob): Promise<PasswordJobResult> {
  try {
    const value =
      job.kind === 'hash' ? await hash(job) : await verifyPassword(job.password, job.hash);
    return { value };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : 'password hashing failed' };
  }
}

async function hash({ password, scheme }: PasswordJob & { kind: 'hash' }): Promise<string> {
  if (scheme.algorithm === 'argon2id') {
    const { hashSync } = await import('@node-rs/argon2');
    const { memoryKib, passes, lanes } = scheme.argon2id;
    // The library's algorithm is argon2id unless told otherwise; the tests read the prefix.
    return hashSync(password, {
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: lanes,
    });
  }
  const { default: bcrypt } = await import('bcrypt');
  return bcrypt.hashSync(password, scheme.bcryptCost);
}
