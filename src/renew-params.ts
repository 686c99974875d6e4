/** Starting over with new server parameters, when the old ones are lost or damaged. */

import { lstatSync, renameSync } from 'node:fs';
import type { Config } from './config.ts';
import type { Actor } from './core/events.ts';
import { systemClock } from './crypto/identifiers.ts';
import { openDatabase } from './database-choice.ts';
import { ParamsInEnvironment, ParamsInFolder, type ParamsPlace } from './params-places.ts';
import {
  createParamsFile,
  fingerprintOf,
  generateParams,
  type ServerParams,
} from './storage/params-file.ts';
import { createRepository } from './storage/stored-repository.ts';
import { paramsPlace, requireUnmoved } from './wiring.ts';

/**
 * Ends every session and admin JWT; access tokens stay listed and work again after rotation.
 * The server must not be running: it would go on with the old parameters.
 */
export async function renewParams(
  config: Config,
  operator: Actor,
): Promise<{ file: string; keptAs: string | null }> {
  const database = await openDatabase(config);
  try {
    const reporting = { events: { record: () => undefined }, processActor: operator };
    const repository = createRepository(database, reporting);
    await requireUnmoved(config, repository);
    const place = paramsPlace(config, repository);
    const keptAs = place instanceof ParamsInFolder ? setAside(place.name) : null;
    const params = await renewIn(place, config.DATA_DIR);
    const paramsFingerprint = fingerprintOf(params);
    await repository.replaceParamsFingerprint({ paramsFingerprint, by: {} });
    return { file: place.name, keptAs };
  } finally {
    await database.close();
  }
}

/** @returns the file's new name, if there was one */
function setAside(file: string): string | null {
  // Not existsSync: a link that leads nowhere is in the way too.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return null;
  const keptAs = `${file}.${systemClock.nowMs()}.old`;
  renameSync(file, keptAs);
  return keptAs;
}

async function renewIn(place: ParamsPlace, folder: string): Promise<ServerParams> {
  // The operator has made them anew; what is left is to take the database over to them.
  if (place instanceof ParamsInEnvironment) return place.read();
  const params = generateParams();
  if (place instanceof ParamsInFolder) return createParamsFile(folder, params);
  await place.replace(params);
  return params;
}
