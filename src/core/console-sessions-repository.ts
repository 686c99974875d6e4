/**
 * The part of the storage interface that sessions of the console are kept through. What
 * repository.ts says about every method holds for these too. A session that has ended is gone:
 * there is nothing left of it but what the audit trail has.
 */

import type { Requester, RequestOrigin } from './events.ts';
import type { ConsoleSecretHash, PasswordHash } from './ports.ts';
import type { ReservedAttempt } from './repository.ts';

/** Whose session it is. */
export type ConsoleHolder =
  | { readonly kind: 'admin' }
  | { readonly kind: 'user'; readonly userId: number };

export interface ConsoleSession {
  /** Public: it names the session in lists and in the audit trail, and opens nothing. */
  readonly sessionId: string;
  readonly holder: ConsoleHolder;
  /** `admin` for the built-in admin. */
  readonly username: string;
  readonly createdAtMs: number;
  /** At most a minute behind. */
  readonly lastSeenAtMs: number;
  readonly passwordEnteredAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly userAgent: string;
}

/** A session that was live at `nowMs`, by the clock that all of its times are by. */
export interface LiveConsoleSession {
  readonly session: ConsoleSession;
  readonly nowMs: number;
}

export type ConsoleEndReason = 'signed_out' | 'ended_by_operator' | 'too_many';

/** A password that was found to be right, to be held against what is stored now. */
interface CheckedHash {
  readonly attempt: ReservedAttempt;
  readonly holder: ConsoleHolder;
  /** The hash that the password was checked against: it must still be the stored one. */
  readonly checkedHash: PasswordHash;
  /** A hash of the present kind to store instead, when the old kind is out of date. */
  readonly upgradedHash: PasswordHash | null;
  readonly upgradedKind: string | null;
  readonly sessionId: string;
  readonly origin: RequestOrigin;
}

export interface ConsoleSessionsRepository {
  /**
   * Opens a session and settles the attempt as a success, if the holder may still have one: the
   * built-in admin, or an enabled user with the role ADMIN, under the checked hash. Beyond
   * MAX_CONSOLE_SESSIONS of one holder the oldest ends.
   */
  openConsoleSession(input: CheckedHash & { secretHash: ConsoleSecretHash }): Promise<
    | ({ readonly outcome: 'opened' } & LiveConsoleSession)
    /** Disabled, demoted, deleted, or another password since it was checked. */
    | { readonly outcome: 'credentials_changed' }
  >;
  /** Null unless it is live, by isConsoleSessionLive. Never from memory. */
  findConsoleSession(secretHash: ConsoleSecretHash): Promise<LiveConsoleSession | null>;
  /** Moves the last use to now, if it is due and the session has neither ended nor expired. */
  touchConsoleSession(sessionId: string): Promise<void>;
  /** The password was entered again: settles the attempt and says so in the session. */
  confirmConsoleSession(
    input: CheckedHash,
  ): Promise<
    | ({ readonly outcome: 'confirmed' } & LiveConsoleSession)
    | { readonly outcome: 'credentials_changed' }
  >;
  endConsoleSession(input: {
    sessionId: string;
    reason: ConsoleEndReason;
    by: Requester;
  }): Promise<'ended' | 'not_live'>;
  /** All live ones, the last to expire first, of at most `limit` that have not expired. */
  listConsoleSessions(input: { limit: number }): Promise<ConsoleSession[]>;
}
