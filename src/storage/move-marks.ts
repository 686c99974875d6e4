/**
 * What a move to PostgreSQL writes into the settings of both databases, so that no server starts
 * on one that is not, or not any more, the installation.
 */

/** In the embedded database, once everything is elsewhere: where. */
export const MOVED_TO = 'moved_to';
/** In the target until everything is there; its value is a {@link MoveInProgress} as JSON. */
export const MOVE_IN_PROGRESS = 'move_in_progress';
/** The server parameters, which are in a file on one side and sealed in the other. */
export const SEALED_PARAMS = 'server_params_sealed';

/** Settings that belong to one side alone, and have no part in copies and checksums. */
export const SETTINGS_OF_ONE_SIDE = [MOVED_TO, MOVE_IN_PROGRESS, SEALED_PARAMS];

export interface MoveInProgress {
  /** Whose data it is. */
  readonly paramsFingerprint: string;
  /** Checksum of all that is copied; a source that has changed since is copied anew. */
  readonly sourceChecksum: string;
}
