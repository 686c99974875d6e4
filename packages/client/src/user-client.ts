/** Contract 2, the user API: one session, kept alive, and requests in its name. */

import { SallyportClientError } from './errors.ts';
import { type LockManagerLike, PageLocks, platformLocks, withLock } from './locks.ts';
import { platformClock, type RetryClock, repeatWithin } from './retries.ts';
import { type SessionChange, SessionKeeper, type SessionState } from './session-keeper.ts';
import { freshnessOf, readTokens, type SessionRecord } from './session-record.ts';
import { memoryStorage, type TokenStorage } from './token-storage.ts';
import { type Answer, bearerHeader, Transport, type TransportOptions } from './transport.ts';

export type VerifiedUser = Answer<'user_verify'>;

export interface UserClientOptions extends TransportOptions {
  /** Memory unless told. */
  readonly storage?: TokenStorage | undefined;
  /** Web Locks where the storage is shared; null for none. */
  readonly locks?: LockManagerLike | null | undefined;
  /** Origins besides the server's that `fetch` may send the access token to. */
  readonly origins?: readonly string[] | undefined;
  /** The server's REFRESH_GRACE_SECONDS: how long a refresh may be repeated. 30 unless told. */
  readonly graceSeconds?: number | undefined;
  /** The local wall clock in milliseconds; `Date.now` unless told. */
  readonly now?: (() => number) | undefined;
  /** Waits before a repetition; a timer unless told. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
}

/** Kept free at the end of the grace period for the last attempt to arrive. */
const GRACE_MARGIN_MS = 5_000;
const SIGN_OUT_BUDGET_MS = 5_000;
const DEFAULT_GRACE_SECONDS = 30;

export function createUserClient(options: UserClientOptions): UserClient {
  return new UserClient(options);
}

export class UserClient {
  readonly #transport: Transport;
  readonly #keeper: SessionKeeper;
  readonly #locks: LockManagerLike;
  readonly #clock: RetryClock;
  readonly #origins: ReadonlySet<string>;
  readonly #budgetMs: number;
  readonly #jitter = Math.random();
  #refreshing: Promise<SessionRecord> | undefined;
  /** Not before this is a refresh tried again whose token still works. */
  #notBeforeMs = 0;
  /** Refused although it had just been issued: another refresh would not help. */
  #refusedToken: string | undefined;

  constructor(options: UserClientOptions) {
    const storage = options.storage ?? memoryStorage();
    const isShared = storage.sharedName !== undefined;
    const locks = options.locks === undefined && isShared ? platformLocks() : options.locks;
    this.#locks = locks ?? new PageLocks();
    this.#transport = new Transport(options);
    this.#keeper = new SessionKeeper(storage, this.#locks);
    this.#clock = {
      ...platformClock,
      ...(options.now && { nowMs: options.now }),
      ...(options.wait && { wait: options.wait }),
    };
    const origins = options.origins?.map((origin) => new URL(origin).origin) ?? [];
    this.#origins = new Set([this.#transport.baseUrl.origin, ...origins]);
    const graceMs = (options.graceSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
    this.#budgetMs = Math.max(0, graceMs - GRACE_MARGIN_MS);
  }

  /** `unknown` until the storage has been read; `load` reads it. */
  get session(): SessionState {
    return this.#keeper.state;
  }

  /** Calls back when the session begins, is refreshed or is over; gives what stops it. */
  onSessionChange(listener: (change: SessionChange) => void): () => void {
    return this.#keeper.listen(listener);
  }

  /** Reads the storage, without asking the server. */
  async load(): Promise<SessionState> {
    await this.#keeper.load();
    return this.session;
  }

  /**
   * Never repeated on its own: each attempt counts against the limits of sign-ins.
   * @returns whether the storage took the session; otherwise it lives in memory alone
   */
  async signIn(credentials: {
    readonly username: string;
    readonly password: string;
  }): Promise<{ isStored: boolean }> {
    const { username, password } = credentials;
    const answer = await this.#transport.call('user_login', { body: { username, password } });
    const record = readTokens(answer, this.#clock.nowMs());
    return { isStored: await this.#keeper.replace(record, 'signed_in') };
  }

  /**
   * Signed out here at once, and then on the server.
   * @throws SallyportClientError when the server was not reached: its session lives on to its end
   */
  async signOut(): Promise<void> {
    const record = await this.#keeper.load();
    if (record === null) return;
    const isCleared = await this.#keeper.replace(null, 'signed_out');
    const body = { refresh_token: record.refreshToken };
    try {
      await repeatWithin(SIGN_OUT_BUDGET_MS, this.#clock, () =>
        this.#transport.call('user_logout', { body, bearer: record.token }),
      );
    } catch (error) {
      // Already over.
      if (!(error instanceof SallyportClientError && error.code === 'bearer_invalid')) throw error;
    }
    if (!isCleared) throw new SallyportClientError('storage_failed', 'The session was not removed');
  }

  /** Asks the server whom the session speaks for. */
  async verify(): Promise<VerifiedUser> {
    const ask = (bearer: string) => this.#transport.call('user_verify', { bearer });
    const token = await this.accessToken();
    try {
      return await ask(token);
    } catch (error) {
      if (!(error instanceof SallyportClientError && error.status === 401)) throw error;
      return ask((await this.#refreshFrom(token)).token);
    }
  }

  /** A new pair now, whatever the age of the present one. */
  async refresh(): Promise<void> {
    const record = await this.#requireRecord();
    await this.#refreshFrom(record.token);
  }

  /**
   * An access token that has not expired, for what cannot go through `fetch`. One that is due is
   * given while its successor is fetched.
   */
  async accessToken(): Promise<string> {
    const record = await this.#requireRecord();
    switch (freshnessOf(record, this.#clock.nowMs(), this.#jitter)) {
      case 'fresh':
        return record.token;
      case 'due':
        this.#refreshAhead(record.token);
        return record.token;
      case 'expired':
        return (await this.#refreshFrom(record.token)).token;
    }
  }

  /**
   * `fetch` with the access token. A 401 leads to one refresh, and then the request is repeated
   * once: it was refused, so it did nothing yet. A streamed body cannot be sent twice; its 401 is
   * given back after the refresh. Anything else is the answer, or the error, of the request itself.
   *
   * @param input relative to `baseUrl`
   */
  async fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const target = input instanceof Request ? input : new URL(input, this.#transport.baseUrl);
    this.#requireKnownOrigin(new URL(target instanceof Request ? target.url : target));
    const token = await this.accessToken();
    // Kept before the first use, which uses a body up.
    const spare = target instanceof Request ? target.clone() : target;
    const response = await this.#send(target, init, token);
    if (response.status !== 401 || token === this.#refusedToken) return response;
    const { token: renewed } = await this.#refreshFrom(token);
    if (init.body instanceof ReadableStream) return response;
    void response.body?.cancel().catch(() => undefined);
    const repeated = await this.#send(spare, init, renewed);
    if (repeated.status === 401) this.#refusedToken = renewed;
    return repeated;
  }

  /** Stops listening to other tabs. The session is not touched. */
  close(): void {
    this.#keeper.close();
  }

  #send(target: URL | Request, init: RequestInit, token: string): Promise<Response> {
    const inherited = target instanceof Request ? target.headers : undefined;
    const headers = new Headers(init.headers ?? inherited);
    headers.set('authorization', bearerHeader(token));
    return this.#transport.fetch(target instanceof Request ? target : target.href, {
      ...init,
      headers,
    });
  }

  #requireKnownOrigin({ origin }: URL): void {
    if (this.#origins.has(origin)) return;
    const message = `${origin} is not in the origins that may get the access token`;
    throw new SallyportClientError('input_invalid', message);
  }

  async #requireRecord(): Promise<SessionRecord> {
    const record = await this.#keeper.load();
    if (record === null) throw new SallyportClientError('signed_out', 'Nobody is signed in');
    return record;
  }

  /** Failing is no harm while the token works; it is tried again by a later call. */
  #refreshAhead(token: string): void {
    if (this.#clock.nowMs() < this.#notBeforeMs) return;
    void this.#refreshFrom(token).catch((error: unknown) => {
      const asked = error instanceof SallyportClientError ? error.retryAfterSeconds : undefined;
      this.#notBeforeMs = this.#clock.nowMs() + (asked ?? 5) * 1000;
    });
  }

  /** One refresh at a time in this page, whoever asks. `stale` is what the caller cannot use. */
  #refreshFrom(stale: string): Promise<SessionRecord> {
    const present = this.#keeper.record;
    if (present !== null && present.token !== stale) return Promise.resolve(present);
    this.#refreshing ??= this.#refreshUnderLock(stale).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  #refreshUnderLock(stale: string): Promise<SessionRecord> {
    const lock = { name: `${this.#keeper.name}:refresh`, patienceMs: this.#budgetMs };
    return withLock(this.#locks, lock, async () => {
      // Another tab may have refreshed, or signed out, while the lock was waited for.
      const record = await this.#keeper.reload();
      if (record === null) throw new SallyportClientError('signed_out', 'Nobody is signed in');
      return record.token === stale ? this.#exchange(record) : record;
    });
  }

  /**
   * The same refresh token each time: within the grace period the server answers a repetition with
   * the same successor. Only its 401 ends the session, and only the session that was presented.
   */
  async #exchange({ refreshToken }: SessionRecord): Promise<SessionRecord> {
    const body = { refresh_token: refreshToken };
    try {
      const next = await repeatWithin(this.#budgetMs, this.#clock, async () =>
        readTokens(await this.#transport.call('user_refresh', { body }), this.#clock.nowMs()),
      );
      const kept = await this.#keeper.succeed(refreshToken, next, 'refreshed');
      if (kept !== null) return kept;
      throw new SallyportClientError('signed_out', 'Signed out meanwhile');
    } catch (error) {
      if (!(error instanceof SallyportClientError && error.code === 'session_ended')) throw error;
      const kept = await this.#keeper.succeed(refreshToken, null, 'ended');
      if (kept !== null) return kept;
      throw error;
    }
  }
}
