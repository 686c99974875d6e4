/**
 * What comes into the audit trail, for any number of followers: one look at the database now and
 * then for all of them, whoever wrote the events, this process or another one. Followers pull, so a
 * slow one holds up nobody and fills no memory: who has fallen behind what is kept reads it from
 * the database.
 */

import { type AuditFilter, matchesAuditFilter } from './audit-filters.ts';
import type { AuditRecord, Repository } from './repository.ts';

const POLL_INTERVAL_MS = 250;
/** Of the newest events, for all followers together; about a megabyte. */
const MAX_KEPT = 2_000;
/** Events that are given at once. */
const PAGE = 200;

export interface Followed {
  /** Those that match, by id. */
  readonly records: readonly AuditRecord[];
  /** Everything up to this id has been looked at. */
  readonly position: number;
}

type FeedRepository = Pick<
  Repository,
  'findSettledAuditId' | 'listAuditEventsAfter' | 'lookForAuditEvents'
>;

export class AuditFeed {
  readonly #repository: FeedRepository;
  readonly #pollIntervalMs: number;
  /** All events after `#keptFrom` up to `#lastId`. */
  #kept: AuditRecord[] = [];
  #keptFrom = 0;
  #lastId = 0;
  #followers = 0;
  /** Since when there is a follower: what was asked before the last one left is dropped. */
  #round = 0;
  #beginning: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(deps: { repository: FeedRepository; pollIntervalMs?: number }) {
    this.#repository = deps.repository;
    this.#pollIntervalMs = deps.pollIntervalMs ?? POLL_INTERVAL_MS;
  }

  /**
   * Events that come in after `afterId`, or from now on for null; a few times a second also without
   * any, so that the follower can look at other things. Ends when `end` is aborted. Every event
   * comes, in the order of ids; one may come again when `afterId` is newer than what can be read.
   */
  async *follow(
    filter: AuditFilter,
    afterId: number | null,
    end: AbortSignal,
  ): AsyncGenerator<Followed> {
    const stopWaiting = () => this.#wake();
    end.addEventListener('abort', stopWaiting);
    this.#followers += 1;
    try {
      await this.#begun();
      const nowId = await this.#repository.findSettledAuditId();
      // A greater one is of another database, or of this one before it was restored.
      let position = Math.min(afterId ?? nowId, nowId);
      while (!end.aborted) {
        const isBehind = position < this.#lastId;
        const followed = isBehind ? await this.#next(filter, position) : { records: [], position };
        position = followed.position;
        yield followed;
        if (position < this.#lastId || end.aborted) await othersWork();
        else await this.#nextPoll();
      }
    } finally {
      end.removeEventListener('abort', stopWaiting);
      this.#followers -= 1;
      if (this.#followers === 0) this.#stop();
    }
  }

  async #next(filter: AuditFilter, position: number): Promise<Followed> {
    if (position >= this.#keptFrom) {
      const news = this.#kept.filter(({ id }) => id > position).slice(0, PAGE);
      const records = news.filter((record) => matchesAuditFilter(record, filter));
      return { records, position: news.at(-1)?.id ?? this.#lastId };
    }
    // Nothing up to there can come any more: it was so when it was read.
    const toId = this.#keptFrom;
    const input = { filter, order: 'oldest', fromId: position, toId, limit: PAGE } as const;
    const { records, lookedTo } = await this.#repository.lookForAuditEvents(input);
    return { records, position: lookedTo ?? toId };
  }

  /** The first follower finds out where the trail ends now. */
  #begun(): Promise<void> {
    this.#beginning ??= this.#begin().catch((error: unknown) => {
      this.#beginning = null;
      throw error;
    });
    return this.#beginning;
  }

  async #begin(): Promise<void> {
    const round = this.#round;
    const lastId = await this.#repository.findSettledAuditId();
    if (round !== this.#round) return;
    this.#lastId = lastId;
    this.#keptFrom = lastId;
    this.#pollSoon(round);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.#beginning = null;
    this.#kept = [];
  }

  #pollSoon(round: number): void {
    if (round !== this.#round) return;
    this.#timer = setTimeout(() => {
      // A database that cannot be read now is asked again.
      const done = this.#poll(round).catch(() => undefined);
      void done.then(() => {
        this.#wake();
        this.#pollSoon(round);
      });
    }, this.#pollIntervalMs).unref();
  }

  async #poll(round: number): Promise<void> {
    const settledId = await this.#repository.findSettledAuditId();
    while (this.#lastId < settledId) {
      const input = { afterId: this.#lastId, limit: PAGE };
      const page = await this.#repository.listAuditEventsAfter(input);
      // None where ids were given and never written.
      if (round !== this.#round || page.length === 0) return;
      this.#kept.push(...page);
      this.#lastId = page.at(-1)?.id ?? this.#lastId;
      const surplus = this.#kept.splice(0, Math.max(0, this.#kept.length - MAX_KEPT));
      this.#keptFrom = surplus.at(-1)?.id ?? this.#keptFrom;
      await othersWork();
    }
  }

  #nextPoll(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Between two looks: reading is synchronous on SQLite. */
function othersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
