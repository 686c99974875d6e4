/**
 * Making, verifying and restoring backups of the embedded database. Which parameters belong to a
 * backup is settled here; how the file is made and put in place is storage's.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupFault, explained } from './backup-faults.ts';
import type {
  BackupCommands,
  BackupDescription,
  ParamsFit,
  RestoreReport,
} from './cli/backup-commands.ts';
import type { Config } from './config.ts';
import type { Actor } from './core/events.ts';
import type { TextSealer } from './core/ports.ts';
import { systemClock } from './crypto/identifiers.ts';
import { DATABASE_FILE_NAME } from './database-choice.ts';
import {
  ParamsInEnvironment,
  ParamsInFolder,
  type ParamsPlace,
  paramsSealer,
} from './params-places.ts';
import {
  type Backup,
  type BackupFacts,
  completeBackupFile,
  isSealedUnder,
  readBackupFile,
} from './storage/backup-file.ts';
import { claimDatabase } from './storage/database-lock.ts';
import {
  finishReplacement,
  removePrepared,
  replaceDatabase,
} from './storage/database-replacement.ts';
import { syncFolder } from './storage/durable-files.ts';
import { MIGRATION_NAMES } from './storage/migrations/catalogue.ts';
import {
  createParamsFile,
  fingerprintOf,
  formatParams,
  PARAMS_FILE_NAME,
  parseParams,
  type ServerParams,
} from './storage/params-file.ts';
import { prepareRestore, syncPrepared } from './storage/restored-database.ts';
import { checkDatabaseOf, copySnapshot, SnapshotCancelled } from './storage/sqlite-snapshot.ts';

/** Who restores, and with what. */
export interface BackupSite {
  readonly config: Config;
  readonly release: string;
  readonly operator: Actor;
}

type MakeOptions = Parameters<BackupCommands['make']>[1];

/** One file, complete under its name or not there. @throws BackupFault */
export async function makeBackup(
  site: BackupSite,
  file: string,
  options: MakeOptions,
): Promise<BackupDescription | 'cancelled'> {
  const { config } = site;
  refuseName(config, file, options.overwrites);
  const params = await requireParams(config);
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const facts = await copyInto(temporary, site, params, options);
    await completeBackupFile(temporary, facts, params);
    const backup = await readBackupFile(temporary);
    putInPlace(temporary, file, options.overwrites);
    return describe(config, file, backup);
  } catch (error) {
    if (error instanceof SnapshotCancelled) return 'cancelled';
    throw explained(error, file);
  } finally {
    for (const part of ['', '-journal', '-wal', '-shm']) {
      rmSync(`${temporary}${part}`, { force: true });
    }
  }
}

async function copyInto(
  temporary: string,
  { config, release }: BackupSite,
  params: ServerParams,
  { end, report }: MakeOptions,
): Promise<BackupFacts> {
  const database = join(config.DATA_DIR, DATABASE_FILE_NAME);
  const progress = { isCancelled: () => end.aborted, report };
  const madeAtMs = systemClock.nowMs();
  const content = await copySnapshot(database, temporary, progress);
  if (content === null) {
    throw new BackupFault('database_missing', `There is no ${database}; name the right DATA_DIR`);
  }
  const paramsFingerprint = fingerprintOf(params);
  if (content.paramsFingerprint !== paramsFingerprint) {
    throw new BackupFault(
      'params_foreign',
      `${placeOf(config).name} belongs to another database than ${database}, so a backup of it ` +
        'could not be used; put the right server_params.btr in its place first',
    );
  }
  const sealedParams = sealerOf(config)?.seal(formatParams(params)) ?? null;
  const { migrations, counts } = content;
  return { madeAtMs, release, migrations, counts, paramsFingerprint, sealedParams };
}

/** Of our own files none may be overwritten, not even when asked to. */
function refuseName(config: Config, file: string, overwrites: boolean): void {
  const isOurs = [DATABASE_FILE_NAME, PARAMS_FILE_NAME].some((name) =>
    basename(file).startsWith(name),
  );
  if (isOurs && resolve(dirname(file)) === resolve(config.DATA_DIR)) {
    throw new BackupFault('file_exists', `${file} is the server's own; choose another name`);
  }
  if (!overwrites && existsSync(file)) throw alreadyThere(file);
}

function alreadyThere(file: string): BackupFault {
  return new BackupFault(
    'file_exists',
    `${file} is there already; choose another name, or overwrite it with --force`,
  );
}

function putInPlace(temporary: string, file: string, overwrites: boolean): void {
  if (overwrites) renameSync(temporary, file);
  else claimName(temporary, file);
  syncFolder(dirname(file));
}

/** Fails if the name has been taken meanwhile; some file systems can only look. */
function claimName(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || existsSync(file)) throw alreadyThere(file);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    renameSync(temporary, file);
  }
}

/** Reads all of the file; what it gives could be restored here. @throws BackupFault */
export async function verifyBackup(
  { config }: BackupSite,
  file: string,
): Promise<{ description: BackupDescription; paramsFit: ParamsFit }> {
  const backup = await readWhole(file);
  const { fit } = await matchParams(config, file, backup);
  return { description: describe(config, file, backup), paramsFit: fit };
}

/** Puts the backup in the place of the database, which nobody may be using. @throws BackupFault */
export async function restoreBackup(site: BackupSite, file: string): Promise<RestoreReport> {
  const { config, operator } = site;
  const backup = await readWhole(file);
  const { params, fit } = await matchParams(config, file, backup);
  if (params === null) throw paramsMissing(config, backup);
  const database = join(config.DATA_DIR, DATABASE_FILE_NAME);
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 });
  const claim = claimDatabase(database);
  if (claim === null) throw inUse(database);
  try {
    finishReplacement(database);
    removePrepared(database);
    const source = { path: file, backup };
    const by = { clock: systemClock, operator };
    const report = await prepareRestore(database, source, by);
    syncPrepared(database);
    // Before the database that needs them: the other way round it could not be opened.
    if (fit === 'in_backup') createParamsFile(config.DATA_DIR, params);
    const keptAs = replaceDatabase(database);
    return { ...report, keptAs, wroteParams: fit === 'in_backup' };
  } catch (error) {
    removePrepared(database);
    throw explained(error, database);
  } finally {
    claim.release();
  }
}

async function readWhole(file: string): Promise<Backup> {
  try {
    const backup = await readBackupFile(file);
    const unknown = backup.facts.migrations.filter((name) => !MIGRATION_NAMES.includes(name));
    if (unknown.length > 0) {
      throw new BackupFault(
        'backup_newer',
        `${file} was made by a newer release of Sallyport (${backup.facts.release}; it has ` +
          `${unknown.join(', ')}); restore it with that release`,
      );
    }
    checkDatabaseOf(file);
    return backup;
  } catch (error) {
    throw explained(error, file);
  }
}

/** The parameters that the backup was made under, if they are to be had here. */
async function matchParams(
  config: Config,
  file: string,
  backup: Backup,
): Promise<{ params: ServerParams | null; fit: ParamsFit }> {
  const place = placeOf(config);
  const present = await readParams(place);
  const params = present ?? paramsIn(config, file, backup);
  if (params === null) return { params, fit: 'none' };
  if (fingerprintOf(params) !== backup.facts.paramsFingerprint) {
    throw new BackupFault(
      'params_foreign',
      `${file} was made under other server parameters than ${place.name}. ${place.wayBack}: the ` +
        'one that was kept with this backup. Where `params renew` was run since, it has kept ' +
        'the old ones as server_params.btr.….old; run it again after the restore',
    );
  }
  if (!isSealedUnder(backup, params)) {
    throw new BackupFault(
      'backup_forged',
      `${file} is not as this installation made it: somebody has changed it since. Use another ` +
        'backup, and find out who can write where this one was',
    );
  }
  return { params, fit: present === null ? 'in_backup' : 'beside_database' };
}

function paramsIn(config: Config, file: string, { facts }: Backup): ServerParams | null {
  const sealer = sealerOf(config);
  if (facts.sealedParams === null || sealer === null) return null;
  const text = sealer.open(facts.sealedParams);
  if (text !== null) return parseParams(`${file}: the server parameters in it`, text);
  throw new BackupFault(
    'params_locked',
    `The server parameters in ${file} are encrypted under another PARAMS_KEY than this one; ` +
      'give the one that was set when the backup was made',
  );
}

function paramsMissing(config: Config, { facts }: Backup): BackupFault {
  const orKey =
    facts.sealedParams === null
      ? ''
      : ', or set PARAMS_KEY to what it was when the backup was made, which holds them encrypted';
  return new BackupFault(
    'params_missing',
    `There are no server parameters in ${config.DATA_DIR}, and without those of the backup no ` +
      `access token works. Put the server_params.btr there that was kept with it${orKey}`,
  );
}

async function requireParams(config: Config): Promise<ServerParams> {
  const place = placeOf(config);
  const params = await readParams(place);
  if (params !== null) return params;
  throw new BackupFault(
    'params_missing',
    `There is no ${place.name}, without which a backup cannot be used; name the right DATA_DIR`,
  );
}

/** @throws BackupFault */
async function readParams(place: ParamsPlace): Promise<ServerParams | null> {
  try {
    return await place.read();
  } catch (error) {
    throw explained(error, place.name);
  }
}

function placeOf(config: Config): ParamsPlace {
  const { SERVER_PARAMS: given } = config;
  return given === null ? new ParamsInFolder(config.DATA_DIR) : new ParamsInEnvironment(given);
}

/** For the parameters in a backup; null without PARAMS_KEY. */
function sealerOf({ PARAMS_KEY: key }: Config): TextSealer | null {
  return key === null ? null : paramsSealer(key, 'backed up parameters');
}

function describe(config: Config, file: string, backup: Backup): BackupDescription {
  const { madeAtMs, release, counts, sealedParams } = backup.facts;
  return {
    file,
    bytes: backup.totalBytes,
    madeAtMs,
    release,
    hasAdmin: counts.admins > 0,
    users: counts.users,
    sessions: counts.sessions,
    accessTokens: counts.access_tokens,
    auditEvents: counts.audit_events,
    holdsParams: sealedParams !== null,
    paramsName: placeOf(config).name,
  };
}

function inUse(database: string): BackupFault {
  return new BackupFault(
    'database_in_use',
    `${database} is in use; stop the server (and commands that are running) and try again`,
  );
}
