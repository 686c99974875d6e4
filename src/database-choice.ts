/**
 * Which database a start works on: the PostgreSQL that `DATABASE_URL` names, else the SQLite file
 * in `DATA_DIR`. Only the driver of the chosen one is loaded. What the rest sees is the same.
 */

import { accessSync, constants as fsConstants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, withoutPassword } from './config.ts';
import { isRefusal } from './core/errors.ts';
import type { Clock } from './core/ports.ts';
import { systemClock } from './crypto/identifiers.ts';
import { reasonOf, StartFault } from './start-fault.ts';
import { NewerSchemaError } from './storage/migrate.ts';
import type { Database } from './storage/transition.ts';

export const DATABASE_FILE_NAME = 'sallyport.db';

/** The database may be there a moment later: it is starting, or the network is. */
export class DatabaseUnreachable extends StartFault {}

/** Of the connection and not of the settings; a wrong password gets better by nothing. */
const PASSING_CODES =
  /^(E(CONN(REFUSED|RESET)|HOSTUNREACH|NETUNREACH|TIMEDOUT|PIPE|AI_AGAIN)|ENOTFOUND|57P0[123]|53300|08...)$/;

type Place = Pick<Config, 'DATA_DIR' | 'DATABASE_URL'>;

export interface DatabaseOptions {
  /** The time of all transitions; else the system's on SQLite and the database's on PostgreSQL. */
  readonly clock?: Clock | undefined;
  /** How long a transition waits for a database that others hold. */
  readonly busyDeadlineMs?: number | undefined;
}

/** As an operator would name it; never with the password. */
export function nameDatabase({ DATA_DIR, DATABASE_URL }: Place): string {
  return DATABASE_URL === null ? join(DATA_DIR, DATABASE_FILE_NAME) : withoutPassword(DATABASE_URL);
}

/** @throws StartFault */
export async function openDatabase(place: Place, options: DatabaseOptions = {}): Promise<Database> {
  // Where the database is elsewhere, so is all that is written.
  if (place.DATABASE_URL === null) requireWritableFolder(place.DATA_DIR);
  try {
    return await open(place, options);
  } catch (error) {
    const name = nameDatabase(place);
    if (error instanceof NewerSchemaError) {
      throw new StartFault(
        `${name} was written by a newer release of Sallyport ` +
          `(it has ${error.unknownMigrations.join(', ')}); start that release, or restore a backup`,
      );
    }
    const isPassing = place.DATABASE_URL !== null && mayPass(error);
    const Fault = isPassing ? DatabaseUnreachable : StartFault;
    throw new Fault(`${name} cannot be opened: ${reasonOf(error)}`);
  }
}

async function open(
  { DATA_DIR, DATABASE_URL }: Place,
  { clock, busyDeadlineMs }: DatabaseOptions,
): Promise<Database> {
  if (DATABASE_URL !== null) {
    const { PostgresDatabase } = await import('./storage/postgres.ts');
    return PostgresDatabase.open(DATABASE_URL, { clock, busyDeadlineMs });
  }
  const { SqliteDatabase } = await import('./storage/sqlite.ts');
  const file = join(DATA_DIR, DATABASE_FILE_NAME);
  return SqliteDatabase.open(file, clock ?? systemClock, busyDeadlineMs);
}

/** What a server answers with 503 keeps it from starting, for a reason that is not in the code. */
export function explainStorageFault(error: unknown, place: Place): unknown {
  const name = nameDatabase(place);
  if (isRefusal(error, 'storage_busy')) {
    return new StartFault(`${name} is held by another program; close it there and start again`);
  }
  if (!isRefusal(error, 'storage_unavailable')) return error;
  const reason = error.cause === undefined ? 'the disk failed' : reasonOf(error.cause);
  const Fault = place.DATABASE_URL === null ? StartFault : DatabaseUnreachable;
  return new Fault(`${name} cannot be written: ${reason}`);
}

function mayPass(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(mayPass);
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code === 'string') return PASSING_CODES.test(code);
  // What the driver says by itself has no code.
  return /timeout|terminated/i.test(message ?? '');
}

function requireWritableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, fsConstants.R_OK | fsConstants.W_OK | fsConstants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new StartFault(
      `DATA_DIR ${folder} cannot be written (${code}); make it writable or name another folder`,
    );
  }
}
