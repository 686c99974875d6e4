/**
 * What other servers on the same PostgreSQL have changed, by LISTEN and NOTIFY on a connection of
 * its own. Notifications reach everybody in the order of the commits; so when a beat of ours comes
 * back, everything that was committed before it was sent has come too. Without a fresh beat nothing
 * is known: the other side may have gone on without us.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type LivenessChange, readChanges } from './liveness-changes.ts';
import type { ForeignChanges } from './transition.ts';

/** Where transitions send what they change. */
export const CHANGES_CHANNEL = 'sallyport_changes';
const BEATS_CHANNEL = 'sallyport_beats';
const BEAT_INTERVAL_MS = 150;
/** A beat that was sent longer ago than this proves nothing. */
const MAX_BEAT_AGE_MS = 500;
const RECONNECT_INTERVAL_MS = 250;
/** A connection on which nothing comes back for so long is given up: the other end may be gone. */
const ANSWER_DEADLINE_MS = 2_000;

export class PostgresForeignChanges implements ForeignChanges {
  readonly #config: pg.ClientConfig;
  readonly #name = randomUUID();
  readonly #waiting: (() => void)[] = [];
  #client: pg.Client | null = null;
  #isConnecting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the newest beat that has come back was sent, on the monotonic clock. */
  #knownUntilMs = Number.NEGATIVE_INFINITY;
  #listener: (change: LivenessChange) => void = () => undefined;
  #isEmpty = true;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  areKnown(): boolean {
    // Only who keeps answers needs to listen; commands never get here.
    this.#connectSoon();
    if (performance.now() - this.#knownUntilMs < MAX_BEAT_AGE_MS) {
      this.#isEmpty = false;
      return true;
    }
    this.#forget();
    return false;
  }

  onChange(listener: (change: LivenessChange) => void): void {
    this.#listener = listener;
  }

  /** Resolves when everything has been told that was committed before the call. */
  async settle(): Promise<void> {
    const fromMs = performance.now();
    this.#connectSoon();
    while (!this.#isClosed && this.#knownUntilMs < fromMs) {
      // Not waiting for the next one's turn.
      if (this.#client !== null) await this.#sendBeat(this.#client);
      if (this.#knownUntilMs >= fromMs) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  /** What came meanwhile was missed. */
  #forget(): void {
    this.#knownUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    this.#listener({ of: 'everything' });
  }

  #connectSoon(): void {
    if (this.#client !== null || this.#isConnecting || this.#isClosed) return;
    this.#isConnecting = true;
    void this.#connect().finally(() => {
      this.#isConnecting = false;
    });
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      ...this.#config,
      query_timeout: ANSWER_DEADLINE_MS,
      // Beats change nothing: their commits need not wait for the disk.
      options: '-c synchronous_commit=off',
    });
    client.on('notification', ({ channel, payload = '' }) => this.#receive(channel, payload));
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    try {
      await client.connect();
      await client.query(`listen ${CHANGES_CHANNEL}; listen ${BEATS_CHANNEL}`);
      this.#client = client;
      if (this.#isClosed) await client.end();
      else this.#beat(client);
    } catch {
      await client.end().catch(() => undefined);
      this.#timer = setTimeout(() => this.#connectSoon(), RECONNECT_INTERVAL_MS).unref();
    }
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#forget();
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => this.#connectSoon(), RECONNECT_INTERVAL_MS).unref();
  }

  /** The next one is sent when this one has been answered, so that they cannot pile up. */
  #beat(client: pg.Client): void {
    this.#sendBeat(client).then(
      () => {
        if (this.#client !== client || this.#isClosed) return;
        this.#timer = setTimeout(() => this.#beat(client), BEAT_INTERVAL_MS).unref();
      },
      () => this.#lose(client),
    );
  }

  async #sendBeat(client: pg.Client): Promise<void> {
    const text = `${this.#name} ${performance.now()}`;
    await client.query('select pg_notify($1, $2)', [BEATS_CHANNEL, text]);
  }

  #receive(channel: string, payload: string): void {
    if (channel === CHANGES_CHANNEL) {
      for (const change of readChanges(payload)) this.#listener(change);
      return;
    }
    const [name, sentAtMs] = payload.split(' ');
    if (name !== this.#name) return;
    this.#knownUntilMs = Number(sentAtMs);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
