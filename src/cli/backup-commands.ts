/** What the commands about backups and migrations ask of the wiring, in words of their own. */

/** What a backup holds. */
export interface BackupDescription {
  readonly file: string;
  readonly bytes: number;
  readonly madeAtMs: number;
  /** Of Sallyport, when it was made. */
  readonly release: string;
  readonly hasAdmin: boolean;
  readonly users: number;
  readonly sessions: number;
  readonly accessTokens: number;
  readonly auditEvents: number;
  /** Whether it carries the server parameters, encrypted under PARAMS_KEY. */
  readonly holdsParams: boolean;
  /** What the server parameters of this folder are called. */
  readonly paramsName: string;
}

/** Whether the parameters that are at hand are those of the backup. */
export type ParamsFit =
  /** Those of this folder. */
  | 'beside_database'
  /** There are none here, and PARAMS_KEY opens those in the backup. */
  | 'in_backup'
  | 'none';

export interface RestoreReport {
  readonly oldDatabase: 'continued' | 'renewed' | 'unrelated' | 'none' | 'unreadable' | 'newer';
  readonly endedSessions: number;
  readonly suspendedAccessTokens: number;
  /** The file that the old database is kept as; null when there was none. */
  readonly keptAs: string | null;
  /** Whether the server parameters were written from the backup. */
  readonly wroteParams: boolean;
}

export interface BackupCommands {
  /** Whether the database is not a file of ours, so that other tools make and restore backups. */
  readonly isDatabaseShared: () => boolean;
  /** @throws StartFault */
  readonly make: (
    file: string,
    options: {
      readonly overwrites: boolean;
      readonly end: AbortSignal;
      /** From 0 to 1. */
      readonly report: (share: number) => void;
    },
  ) => Promise<BackupDescription | 'cancelled'>;
  /** Reads all of it and changes nothing. @throws StartFault when it could not be restored */
  readonly verify: (
    file: string,
  ) => Promise<{ description: BackupDescription; paramsFit: ParamsFit }>;
  /** @throws StartFault */
  readonly restore: (file: string) => Promise<RestoreReport>;
}

export interface MigrationLine {
  readonly name: string;
  /** Null when it has not run yet. */
  readonly appliedAt: string | null;
  /** False for one that a newer release has run. */
  readonly isKnown: boolean;
  /** Whether servers of this release start although they do not know it. */
  readonly isCompatible: boolean;
}

export interface MigrationCommands {
  /** Null when there is no database yet. Changes nothing. @throws StartFault */
  readonly list: () => Promise<readonly MigrationLine[] | null>;
  /** Runs what is missing and gives the names of those that ran. @throws StartFault */
  readonly up: () => Promise<readonly string[]>;
}
