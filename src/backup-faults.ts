/** Why a backup could not be made, read or restored, in words that say what to do. */

import { CodedFault, StartFault } from './start-fault.ts';
import { BackupFileError } from './storage/backup-file.ts';
import { DatabaseReplacedError } from './storage/database-lock.ts';
import { ParamsFileError } from './storage/params-file.ts';
import { DatabaseInUseError } from './storage/restored-database.ts';
import { DatabaseDamagedError } from './storage/sqlite-snapshot.ts';

export class BackupFault extends CodedFault {}

/** What the operator can mend, as a fault; anything else is a bug and stays itself. */
export function explained(error: unknown, file: string): unknown {
  if (error instanceof StartFault) return error;
  if (error instanceof BackupFileError) {
    return new BackupFault('backup_damaged', `${file} ${error.problem}`);
  }
  if (error instanceof ParamsFileError) return new BackupFault('params_unreadable', error.message);
  if (error instanceof DatabaseInUseError) {
    const advice = 'close the program that has it open (an SQLite shell?) and try again';
    return new BackupFault('database_in_use', `${file} is in use; ${advice}`);
  }
  if (error instanceof DatabaseReplacedError) {
    return new BackupFault('database_in_use', `The database cannot be read: ${error.message}`);
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DatabaseDamagedError || /^SQLITE_(CORRUPT|NOTADB)/.test(code ?? '')) {
    const reason = message.split('\n').join(' ');
    return new BackupFault(
      'database_damaged',
      `The database is damaged (${reason}), and nothing was changed; use an earlier backup`,
    );
  }
  if (code === 'ENOENT') return new BackupFault('file_missing', `${file}: no such file or folder`);
  if (/^(E[A-Z]+|SQLITE_[A-Z_]+)$/.test(code ?? '')) {
    return new BackupFault('file_failed', `${file} cannot be read or written: ${message}`);
  }
  return error;
}
