/** Makes the log of an SQLite database so long that it is moved into the file. */

import type { Repository } from '../../src/core/repository.ts';
import { CHECKPOINT_PAGES } from '../../src/storage/sqlite-checkpointer.ts';
import { accessTokenInput } from './samples.ts';

const PAGE_BYTES = 4096;
const PAGES_AT_ONCE = 250;

/** Creates access tokens with long descriptions, from number `first` on. @returns how many */
export async function growLog(
  repository: Pick<Repository, 'createAccessToken'>,
  first = 0,
): Promise<number> {
  const description = 'x'.repeat(PAGES_AT_ONCE * PAGE_BYTES);
  const count = Math.ceil(CHECKPOINT_PAGES / PAGES_AT_ONCE);
  for (let index = first; index < first + count; index += 1) {
    await repository.createAccessToken({ ...accessTokenInput(`token ${index}`), description });
  }
  return count;
}
