/** Starting over with new server parameters, when the old ones are lost or damaged. */

import { lstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { systemClock } from './crypto/identifiers.ts';
import {
  createParamsFile,
  fingerprintOf,
  generateParams,
  PARAMS_FILE_NAME,
} from './storage/params-file.ts';
import { createRepository } from './storage/stored-repository.ts';
import { openDatabase } from './wiring.ts';

/**
 * Ends every session and admin JWT; access tokens stay listed and work again after rotation.
 * The server must not be running: it would go on with the old parameters.
 */
export async function renewParams(
  config: Config,
): Promise<{ file: string; keptAs: string | null }> {
  const folder = config.DATA_DIR;
  const file = join(folder, PARAMS_FILE_NAME);
  const database = await openDatabase(folder, systemClock);
  try {
    // Not existsSync: a link that leads nowhere is in the way too.
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
    const keptAs = isThere ? `${file}.${systemClock.nowMs()}.old` : null;
    if (keptAs !== null) renameSync(file, keptAs);
    const params = createParamsFile(folder, generateParams());
    await createRepository(database).replaceParamsFingerprint(fingerprintOf(params));
    return { file, keptAs };
  } finally {
    await database.close();
  }
}
