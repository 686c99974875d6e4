/**
 * Which secrets this start runs with: given ones before saved ones before new ones, and never a
 * silent new one in place of one that was lost (contract decisions 1 and 2).
 */

import { SECRET_RECIPE, weaknessOf } from './crypto/secret-rules.ts';
import type { ParamsPlace } from './params-places.ts';
import { StartFault } from './start-fault.ts';
import {
  fingerprintOf,
  generateParams,
  PARAMS_FILE_NAME,
  ParamsFileError,
  type ServerParams,
} from './storage/params-file.ts';

/** Starts over with new parameters; named in every message about a bad file. */
export const RENEW_COMMAND = 'npx sallyport params renew';
const RENEW_COST =
  'that ends every session and admin JWT, and access tokens work again only after rotation';

export interface GivenSecrets {
  readonly adminJwtSecret: string | null;
  readonly userTokenSecret: string | null;
  readonly allowWeak: boolean;
}

export interface DatabaseState {
  readonly paramsFingerprint: string | null;
  /** Whether it holds an admin, a user or an access token. */
  readonly holdsPrincipals: boolean;
}

/**
 * Reads, completes and saves the parameters.
 * @throws StartFault naming the place, the way back and what starting over would end
 */
export async function settleParams(
  place: ParamsPlace,
  database: DatabaseState,
  given: GivenSecrets,
): Promise<ServerParams> {
  const saved = await readable(place, () => place.read());
  if (saved !== null) {
    if (isForeign(saved, database)) throw foreignParams(place);
    return settleSaved(place, saved, given);
  }
  if (database.holdsPrincipals) throw missing(place);
  const wanted = withGiven(generateParams(), given);
  requireStrength(place, wanted, given);
  // Another server may have been faster: then its keys hold, and what we were given is saved.
  const created = await readable(place, () => place.create(wanted));
  return settleSaved(place, created, given);
}

async function settleSaved(
  place: ParamsPlace,
  saved: ServerParams,
  given: GivenSecrets,
): Promise<ServerParams> {
  const wanted = withGiven(saved, given);
  requireStrength(place, wanted, given);
  const isChanged =
    saved.adminJwtSecret !== wanted.adminJwtSecret ||
    saved.userTokenSecret !== wanted.userTokenSecret;
  if (isChanged) await place.replace(wanted);
  return wanted;
}

function withGiven(params: ServerParams, given: GivenSecrets): ServerParams {
  return {
    ...params,
    adminJwtSecret: given.adminJwtSecret ?? params.adminJwtSecret,
    userTokenSecret: given.userTokenSecret ?? params.userTokenSecret,
  };
}

async function readable<T>(place: ParamsPlace, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof ParamsFileError)) throw error;
    throw new StartFault(
      `${error.message}. ${place.wayBack}, ` +
        `or start over with \`${RENEW_COMMAND}\`: ${RENEW_COST}.`,
    );
  }
}

function missing(place: ParamsPlace): StartFault {
  return new StartFault(
    `${place.name} is missing, but the database ${place.whereDatabaseIs} is in use. ` +
      `${place.wayBack}, or start over with \`${RENEW_COMMAND}\`: ${RENEW_COST}.`,
  );
}

/** An unused database takes over whatever parameters it is started with. */
function isForeign(saved: ServerParams, database: DatabaseState): boolean {
  return database.holdsPrincipals && database.paramsFingerprint !== fingerprintOf(saved);
}

export function foreignParams(place: ParamsPlace): StartFault {
  return new StartFault(
    `${place.name} belongs to another database than the one ${place.whereDatabaseIs}. ` +
      `${place.wayBack}, or start over with \`${RENEW_COMMAND}\`: ${RENEW_COST}.`,
  );
}

/** Faults of the given secrets by themselves, for a check before anything is opened. */
export function findSecretFaults(given: GivenSecrets): string[] {
  return strengthFaults(PARAMS_FILE_NAME, given, given);
}

function requireStrength(place: ParamsPlace, params: ServerParams, given: GivenSecrets): void {
  const faults = strengthFaults(place.name, params, given);
  if (faults.length > 0) throw new StartFault(...faults);
}

/** Faults of the secrets that would be used; those that are null are not known yet. */
function strengthFaults(
  file: string,
  used: { adminJwtSecret: string | null; userTokenSecret: string | null },
  given: GivenSecrets,
): string[] {
  const named = [
    [used.adminJwtSecret, given.adminJwtSecret, 'ACTIAN_VECTORAI_JWT_SECRET'],
    [used.userTokenSecret, given.userTokenSecret, 'TOKEN_SECRET'],
  ] as const;
  const faults = named.flatMap(([secret, fromEnvironment, name]) => {
    const weakness = secret === null ? null : weaknessOf(secret);
    if (weakness === null || given.allowWeak) return [];
    const source = fromEnvironment === null ? `${name} (saved in ${file})` : name;
    return [
      `${source} ${weakness}; make a good one with ${SECRET_RECIPE} ` +
        '(ALLOW_WEAK_SECRETS=true starts all the same)',
    ];
  });
  if (used.adminJwtSecret !== null && used.adminJwtSecret === used.userTokenSecret) {
    faults.push(
      'ACTIAN_VECTORAI_JWT_SECRET and TOKEN_SECRET are equal: a token of one kind would pass as ' +
        `the other; give two different ones, made for example with ${SECRET_RECIPE}`,
    );
  }
  return faults;
}
