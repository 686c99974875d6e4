/** What other processes change in an SQLite file: that they did, and nothing of what it was. */

import type BetterSqlite3 from 'better-sqlite3';
import type { LivenessChange } from './liveness-changes.ts';
import type { ForeignChanges } from './transition.ts';

export class SqliteForeignChanges implements ForeignChanges {
  readonly #connection: BetterSqlite3.Database;
  readonly #isSound: () => boolean;
  /**
   * Moves when another connection has committed, never for our own commits nor for a checkpoint
   * (SQLite: PRAGMA data_version). It reads shared memory and takes some microseconds.
   */
  readonly readVersion: () => unknown;
  readonly #askAgain = () => {
    this.#isAsked = false;
  };
  #version: unknown;
  #isAsked = false;
  #listener: (change: LivenessChange) => void = () => undefined;

  /** While `isSound` says no, nothing is known. */
  constructor(connection: BetterSqlite3.Database, isSound: () => boolean) {
    this.#connection = connection;
    this.#isSound = isSound;
    const pragma = connection.prepare('pragma data_version').pluck();
    this.readVersion = () => pragma.get();
    this.#version = this.readVersion();
  }

  /**
   * Asked once for all that is answered in one turn of the event loop: what is answered in it had
   * come in before it began.
   */
  areKnown(): boolean {
    if (!this.#isSound()) return false;
    if (this.#isAsked) return true;
    // Inside a transaction the file looks as it did when that began.
    if (this.#connection.inTransaction) return false;
    this.#isAsked = true;
    setImmediate(this.#askAgain);
    const version = this.readVersion();
    if (version !== this.#version) {
      this.#version = version;
      this.#listener({ of: 'everything' });
    }
    return true;
  }

  async settle(): Promise<void> {
    this.#isAsked = false;
    this.areKnown();
  }

  onChange(listener: (change: LivenessChange) => void): void {
    this.#listener = listener;
  }
}
