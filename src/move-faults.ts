/** Why a move did not come to its end, in words that say what to do. */

import { DatabaseError } from 'pg';
import { explained } from './backup-faults.ts';
import { CodedFault, reasonOf, StartFault } from './start-fault.ts';
import { NewerSchemaError } from './storage/migrate.ts';
import { TargetLockedError } from './storage/move-target.ts';
import { DatabaseInUseError } from './storage/restored-database.ts';

export class MoveFault extends CodedFault {}

/** What went wrong with the file that is moved. */
export function sourceFault(error: unknown, file: string): unknown {
  if (error instanceof DatabaseInUseError) {
    const advice = 'stop the server (and commands that are running) and try again';
    return new MoveFault('database_in_use', `${file} is in use; ${advice}`);
  }
  if (error instanceof NewerSchemaError) return newerSchema(error, file);
  return explained(error, file);
}

/** It was not even asked what it holds. */
export function unreachable(error: unknown, target: string): unknown {
  if (error instanceof TargetLockedError) {
    return new MoveFault('target_locked', `Another move into ${target} is under way; wait for it`);
  }
  return new MoveFault(
    'target_unreachable',
    `${target} cannot be opened, and nothing was changed: ${reasonOf(error)}`,
  );
}

/** What went wrong with PostgreSQL. `target` is its name without the password. */
export function targetFault(error: unknown, target: string): unknown {
  if (error instanceof StartFault) return error;
  if (error instanceof NewerSchemaError) return newerSchema(error, target);
  if (!(error instanceof DatabaseError) && !isOfConnection(error)) return error;
  return new MoveFault(
    'target_failed',
    `${target} cannot be written: ${reasonOf(error)}. Run the command again when that is mended; ` +
      'it goes on where it was',
  );
}

function newerSchema({ unknownMigrations }: NewerSchemaError, name: string): MoveFault {
  return new MoveFault(
    'schema_newer',
    `${name} was written by a newer release of Sallyport (it has ` +
      `${unknownMigrations.join(', ')}); move with that release`,
  );
}

/** The driver has no class of its own for these. */
function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return /^E[A-Z_]+$/.test(code ?? '') || /connection|timeout/i.test(error.message);
}
