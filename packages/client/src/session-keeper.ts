/**
 * The session that this client, and whoever shares its storage, has: kept in memory, written to
 * the storage, and read again when somebody else has written. Who may replace what is decided here.
 */

import { SallyportClientError } from './errors.ts';
import { type LockManagerLike, withLock } from './locks.ts';
import { readRecord, type SessionRecord, writeRecord } from './session-record.ts';
import type { TokenStorage } from './token-storage.ts';

export type SessionState = 'unknown' | 'signed_in' | 'signed_out';

/** `ended` by the server; `elsewhere`: another tab has signed in or out. */
export type ChangeCause =
  | 'loaded'
  | 'signed_in'
  | 'refreshed'
  | 'signed_out'
  | 'ended'
  | 'elsewhere';

export interface SessionChange {
  readonly state: SessionState;
  readonly cause: ChangeCause;
}

interface NoticeChannel {
  postMessage(message: string): void;
  close(): void;
  onmessage: ((event: never) => void) | null;
  unref?(): void;
}

/** Nobody holds this lock for longer than a read and a write of the storage take. */
const COMMIT_PATIENCE_MS = 5_000;

export class SessionKeeper {
  readonly name: string;
  readonly #storage: TokenStorage;
  readonly #locks: LockManagerLike;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  readonly #channel: NoticeChannel | undefined;
  readonly #stopWatching: (() => void) | undefined;
  #record: SessionRecord | null = null;
  #isLoaded = false;
  /** What the storage held when it was last read or written. */
  #seenText: string | null = null;
  /** Whether the storage refused what memory holds. */
  #isUnsaved = false;

  constructor(storage: TokenStorage, locks: LockManagerLike) {
    this.#storage = storage;
    this.#locks = locks;
    this.name = `sallyport:${storage.sharedName ?? 'session'}`;
    const onChange = () => void this.reload().catch(() => undefined);
    this.#channel = storage.sharedName === undefined ? undefined : openChannel(this.name);
    if (this.#channel) this.#channel.onmessage = onChange;
    this.#stopWatching = storage.watch?.(onChange);
  }

  get record(): SessionRecord | null {
    return this.#record;
  }

  get state(): SessionState {
    if (!this.#isLoaded) return 'unknown';
    return this.#record === null ? 'signed_out' : 'signed_in';
  }

  /** Calls back after each change; gives what stops it. */
  listen(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws SallyportClientError `storage_failed` when nothing has ever been read */
  async load(): Promise<SessionRecord | null> {
    return this.#isLoaded ? this.#record : this.reload();
  }

  /** Reads what others may have written. A storage that fails leaves memory as it was. */
  async reload(): Promise<SessionRecord | null> {
    let text: string | null;
    try {
      text = await this.#storage.read();
    } catch (cause) {
      if (this.#isLoaded) return this.#record;
      throw storageFailure('read', cause);
    }
    const isOurs = this.#isUnsaved && text === this.#seenText;
    if (!isOurs) this.#adopt(text);
    return this.#record;
  }

  #adopt(text: string | null): void {
    const before = this.state;
    if (this.#isLoaded && text === this.#seenText && !this.#isUnsaved) return;
    this.#isLoaded = true;
    this.#isUnsaved = false;
    this.#seenText = text;
    this.#record = readRecord(text);
    if (this.state === before) return;
    if (before !== 'unknown') this.#tell('elsewhere');
    // That nobody was signed in before the first look is no change.
    else if (this.#record !== null) this.#tell('loaded');
  }

  /**
   * Puts `next` in place of whatever there is.
   * @returns false when the storage refused: the session then lives in memory alone
   */
  replace(next: SessionRecord | null, cause: ChangeCause): Promise<boolean> {
    return this.#commit(() => next, cause);
  }

  /**
   * Puts `next` in place of the session whose refresh token was `presented`, and of no other: who
   * signed in or out meanwhile is not overruled by the late answer to a refresh.
   */
  async succeed(
    presented: string,
    next: SessionRecord | null,
    cause: ChangeCause,
  ): Promise<SessionRecord | null> {
    await this.#commit((current) => (current?.refreshToken === presented ? next : current), cause);
    return this.#record;
  }

  /** Reads, decides and writes under a lock of its own, in which nothing waits for the network. */
  #commit(
    decide: (current: SessionRecord | null) => SessionRecord | null,
    cause: ChangeCause,
  ): Promise<boolean> {
    const lock = { name: `${this.name}:write`, patienceMs: COMMIT_PATIENCE_MS };
    return withLock(this.#locks, lock, async () => {
      const current = await this.reload().catch(() => this.#record);
      const next = decide(current);
      if (next === current && this.#isLoaded) return true;
      const wasSignedOut = this.state === 'signed_out';
      this.#record = next;
      this.#isLoaded = true;
      const isSaved = await this.#save();
      if (next !== null || !wasSignedOut) this.#tell(cause);
      return isSaved;
    });
  }

  async #save(): Promise<boolean> {
    const text = this.#record === null ? null : writeRecord(this.#record);
    try {
      await this.#storage.write(text);
      this.#seenText = text;
      this.#isUnsaved = false;
      this.#channel?.postMessage('changed');
    } catch {
      this.#isUnsaved = true;
    }
    return !this.#isUnsaved;
  }

  #tell(cause: ChangeCause): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener({ state: this.state, cause });
      } catch (error) {
        // A listener's fault is its own: it is reported as uncaught, and the session goes on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  close(): void {
    this.#channel?.close();
    this.#stopWatching?.();
    this.#listeners.clear();
  }
}

/** The notice says that something has changed, and nothing of what. */
function openChannel(name: string): NoticeChannel | undefined {
  const { BroadcastChannel } = globalThis as {
    BroadcastChannel?: new (name: string) => NoticeChannel;
  };
  if (BroadcastChannel === undefined) return undefined;
  const channel = new BroadcastChannel(name);
  // Of Node's: waiting for notices must not keep a process alive.
  channel.unref?.();
  return channel;
}

export function storageFailure(verb: 'read' | 'written', cause: unknown): SallyportClientError {
  return new SallyportClientError('storage_failed', `The session cannot be ${verb}`, { cause });
}
