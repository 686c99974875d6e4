/** Starting over with new server parameters, when the old ones are lost or damaged. */

import { lstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Actor } from './core/events.ts';
import { systemClock } from './crypto/identifiers.ts';
import { openDatabase } from './database-choice.ts';
import {
  createParamsFile,
  fingerprintOf,
  generateParams,
  PARAMS_FILE_NAME,
} from './storage/params-file.ts';
import { createRepository } from './storage/stored-repository.ts';

/**
 * Ends every session and admin JWT; access tokens stay listed and work again after rotation.
 * The server must not be running: it would go on with the old parameters.
 */
export async function renewParams(
  config: Config,
  operator: Actor,
): Promise<{ file: string; keptAs: string | null }> {
  const folder = config.DATA_DIR;
  const file = join(folder, PARAMS_FILE_NAME);
  const database = await openDatabase(config);
  try {
    // Not existsSync: a link that leads nowhere is in the way too.
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
    const keptAs = isThere ? `${file}.${systemClock.nowMs()}.old` : null;
    if (keptAs !== null) renameSync(file, keptAs);
    const params = createParamsFile(folder, generateParams());
    const reporting = { events: { record: () => undefined }, processActor: operator };
    const paramsFingerprint = fingerprintOf(params);
    const repository = createRepository(database, reporting);
    await repository.replaceParamsFingerprint({ paramsFingerprint, by: {} });
    return { file, keptAs };
  } finally {
    await database.close();
  }
}
