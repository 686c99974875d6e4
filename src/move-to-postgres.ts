/**
 * Moves an installation from the embedded database to PostgreSQL. At no moment can servers start
 * on both: the target is marked as incomplete before its first row, the source as moved before the
 * target's mark goes. Whatever ends it in between, running it again goes on.
 */

import { join } from 'node:path';
import type { MoveCommands, MoveReport } from './cli/move-commands.ts';
import { type Config, withoutPassword } from './config.ts';
import { DATABASE_FILE_NAME } from './database-choice.ts';
import { MoveFault, sourceFault, targetFault, unreachable } from './move-faults.ts';
import { ParamsInEnvironment, ParamsInFolder, paramsSealer } from './params-places.ts';
import { MoveSource } from './storage/move-source.ts';
import { MoveTarget, type TargetState } from './storage/move-target.ts';
import {
  checksumOf,
  digestPages,
  type MovedTable,
  type Row,
  type TableDigest,
} from './storage/moved-tables.ts';
import {
  fingerprintOf,
  formatParams,
  ParamsFileError,
  type ServerParams,
} from './storage/params-file.ts';

type MoveOptions = Parameters<MoveCommands['run']>[1];
type Digests = ReadonlyMap<string, TableDigest>;

class MoveCancelled extends Error {}

/** `config.DATABASE_URL` is the target. @throws StartFault */
export async function moveToPostgres(
  config: Config,
  options: MoveOptions,
): Promise<MoveReport | 'cancelled'> {
  if (config.DATABASE_URL === null) {
    throw new MoveFault(
      'target_missing',
      'Name the PostgreSQL database with --to postgres://…, or set DATABASE_URL to it',
    );
  }
  const source = await openSource(config);
  try {
    const params = await requireParams(config, source);
    return await moveFrom(source, { config, params, url: config.DATABASE_URL, options });
  } catch (error) {
    if (error instanceof MoveCancelled) return 'cancelled';
    throw targetFault(error, withoutPassword(config.DATABASE_URL));
  } finally {
    source.close();
  }
}

/** @throws StartFault */
export async function undoMove(config: Config): Promise<{ source: string; wasMoved: boolean }> {
  const source = await openSource(config);
  try {
    const wasMoved = source.movedTo !== null;
    if (wasMoved) source.removeMark();
    return { source: fileOf(config), wasMoved };
  } finally {
    source.close();
  }
}

interface Site {
  readonly config: Config;
  readonly params: ServerParams;
  readonly url: string;
  readonly options: MoveOptions;
}

async function moveFrom(source: MoveSource, site: Site): Promise<MoveReport> {
  const name = withoutPassword(site.url);
  const target = await openTarget(site.url);
  try {
    const paramsFingerprint = fingerprintOf(site.params);
    const found = await target.readState(source.tables);
    refuseForeign(found, source, { name, paramsFingerprint });
    await target.migrate();
    const wasComplete = found.is === 'used';
    const passes = wasComplete ? 2 : 3;
    const progress = new Progress(site.options, source.countRows(), passes);
    const digests = await digestAll(source, source.tables, progress);
    const move = { paramsFingerprint, sourceChecksum: checksumOf(digests) };
    if (!wasComplete) {
      const isContinued = found.is === 'begun' && found.sourceChecksum === move.sourceChecksum;
      if (!isContinued) await begin(source, target, move);
      await copyAll(source, target, progress);
      await target.setGreatestIds(source.greatestIds());
    }
    const differing = await findDifference(target, source.tables, digests, progress);
    if (differing !== null) {
      if (wasComplete) throw usedSince(name, differing);
      await target.distrust(move);
      throw copiesDiffer(name, differing);
    }
    source.markMoved(name);
    if (!wasComplete) await target.finish(sealed(site));
    return { target: name, source: fileOf(site.config), wasComplete, tables: linesOf(digests) };
  } finally {
    await target.close();
  }
}

/** @throws MoveFault when the target is not ours to write into */
function refuseForeign(
  found: TargetState,
  source: MoveSource,
  { name, paramsFingerprint }: { name: string; paramsFingerprint: string },
): void {
  if (found.is === 'empty') {
    if (source.movedTo === null) return;
    throw new MoveFault(
      'already_moved',
      `This database has been moved to ${source.movedTo} already, and ${name} is another one. ` +
        '`npx sallyport move --undo` takes that back first',
    );
  }
  if (found.paramsFingerprint === paramsFingerprint) return;
  throw new MoveFault(
    'target_foreign',
    `${name} belongs to another installation, or holds something that no move has put there; ` +
      'nothing was changed. Name an empty database',
  );
}

/** Nothing that an earlier attempt has left is of use. */
async function begin(
  source: MoveSource,
  target: MoveTarget,
  move: { paramsFingerprint: string; sourceChecksum: string },
): Promise<void> {
  const table = source.tables.find(({ name }) => name === 'settings');
  if (table === undefined) throw new Error('there is no table of settings');
  for await (const rows of source.pages(table)) {
    return target.begin(source.tables, move, { table, rows });
  }
}

async function copyAll(source: MoveSource, target: MoveTarget, progress: Progress) {
  for (const table of source.tables) {
    for await (const rows of source.pages(table, await target.lastKey(table))) {
      await target.insert(table, rows);
      progress.add(rows.length);
    }
  }
}

async function digestAll(
  side: { pages(table: MovedTable): AsyncIterable<readonly Row[]> },
  tables: readonly MovedTable[],
  progress: Progress,
): Promise<Digests> {
  const digests = new Map<string, TableDigest>();
  for (const table of tables) {
    const digest = await digestPages(side.pages(table), (rows) => progress.add(rows));
    digests.set(table.name, digest);
  }
  return digests;
}

/** The first table in which the two sides are not the same. */
async function findDifference(
  target: MoveTarget,
  tables: readonly MovedTable[],
  expected: Digests,
  progress: Progress,
): Promise<string | null> {
  const found = await digestAll(target, tables, progress);
  for (const [table, { rows, checksum }] of expected) {
    const copy = found.get(table);
    if (copy?.rows === rows && copy.checksum === checksum) continue;
    const counts = `${rows} rows here and ${copy?.rows} there`;
    return `${table}: ${copy?.rows === rows ? `${rows} rows, of which some differ` : counts}`;
  }
  return null;
}

function copiesDiffer(target: string, difference: string): MoveFault {
  return new MoveFault(
    'copies_differ',
    `${target} does not hold what was copied (${difference}). Somebody else may be writing there. ` +
      'No server starts on it; run the command again, and it copies everything anew',
  );
}

function usedSince(target: string, difference: string): MoveFault {
  return new MoveFault(
    'target_in_use',
    `${target} is this installation already and has been in use since (${difference}); nothing ` +
      'was changed. Start the servers there. To move once more, name an empty database',
  );
}

async function openSource(config: Config): Promise<MoveSource> {
  const file = fileOf(config);
  try {
    const source = await MoveSource.open(file);
    if (source !== null) return source;
  } catch (error) {
    throw sourceFault(error, file);
  }
  throw new MoveFault('database_missing', `There is no ${file}; name the right DATA_DIR`);
}

async function openTarget(url: string): Promise<MoveTarget> {
  try {
    return await MoveTarget.open(url);
  } catch (error) {
    throw unreachable(error, withoutPassword(url));
  }
}

/** Those that the source was used with, and no others: its tokens are good under them alone. */
async function requireParams(config: Config, source: MoveSource): Promise<ServerParams> {
  const { SERVER_PARAMS: given, DATA_DIR: folder } = config;
  const place = given === null ? new ParamsInFolder(folder) : new ParamsInEnvironment(given);
  try {
    const params = await place.read();
    if (params !== null && fingerprintOf(params) === source.paramsFingerprint) return params;
    throw new MoveFault(
      params === null ? 'params_missing' : 'params_foreign',
      `${place.name} ${params === null ? 'is missing' : 'belongs to another database'}, and ` +
        `without the right one no token would be good after the move. ${place.wayBack}`,
    );
  } catch (error) {
    if (!(error instanceof ParamsFileError)) throw error;
    throw new MoveFault('params_unreadable', `${error.message}. ${place.wayBack}`);
  }
}

/** Null where every server is given the parameters in SERVER_PARAMS, and PARAMS_KEY has no use. */
function sealed({ config, params }: Site): string | null {
  if (config.PARAMS_KEY === null) return null;
  return paramsSealer(config.PARAMS_KEY).seal(formatParams(params));
}

function fileOf({ DATA_DIR: folder }: Config): string {
  return join(folder, DATABASE_FILE_NAME);
}

function linesOf(digests: Digests): MoveReport['tables'] {
  return [...digests].map(([table, { rows, checksum }]) => ({ table, rows, checksum }));
}

/** Every row is read, copied and read back: a pass each. */
class Progress {
  readonly #options: MoveOptions;
  readonly #total: number;
  #done = 0;

  constructor(options: MoveOptions, rows: number, passes: number) {
    this.#options = options;
    this.#total = Math.max(1, rows * passes);
  }

  /** @throws MoveCancelled */
  add(rows: number): void {
    if (this.#options.end.aborted) throw new MoveCancelled();
    this.#done += rows;
    this.#options.report(Math.min(1, this.#done / this.#total));
  }
}
