/** Reading the audit trail: page by page, the newest events, what comes in, and any span of time. */

import type { AuditFilter } from './audit-filters.ts';
import type { AuditRecord, Repository } from './repository.ts';

/** Rows that are in memory at once, however many are asked for. */
const PAGE = 500;

/** Looks for one page at most, of a few thousand rows each: what is rare comes in short pages. */
const LOOKS_A_PAGE = 10;

/**
 * Ids and times go the same way, but for a clock that was set back or a commit that took its time.
 * A listing by time begins and ends so much further out.
 */
export const TIME_SLACK_MS = 10 * 60_000;

export type AuditOrder = 'newest' | 'oldest';

export interface AuditListing {
  readonly filter: AuditFilter;
  /** By id: the order in which events came in. */
  readonly order: AuditOrder;
  /** Behind this event; null for the first page. */
  readonly afterId: number | null;
  readonly limit: number;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Where the next page begins; null when there is nothing more. */
  readonly nextId: number | null;
}

export class AuditTrail {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  /**
   * A page of matching events. It may hold fewer than there are, or none, and still name a next
   * one: then as many rows were looked at as one call may. Later pages leave out and repeat
   * nothing, whatever comes in meanwhile: only events are given before which no smaller id can come
   * any more.
   */
  async list({ filter, order, afterId, limit }: AuditListing): Promise<AuditPage> {
    const { first, last } = await this.#idsOf(filter);
    if (limit === 0) return { records: [], nextId: null };
    const isDown = order === 'newest';
    const bound = isDown ? last + 1 : first - 1;
    let fromId = bound;
    if (afterId !== null) fromId = isDown ? Math.min(afterId, bound) : Math.max(afterId, bound);
    const records: AuditRecord[] = [];
    for (let looks = 0; looks < LOOKS_A_PAGE; looks += 1) {
      const toId = isDown ? first : last;
      // One more than is given tells whether there is a next page.
      const input = { filter, order, fromId, toId, limit: limit + 1 - records.length };
      const look = await this.#repository.lookForAuditEvents(input);
      records.push(...look.records);
      if (records.length > limit) {
        const page = records.slice(0, limit);
        return { records: page, nextId: page.at(-1)?.id ?? fromId };
      }
      if (look.lookedTo === null) return { records, nextId: null };
      fromId = look.lookedTo;
      await othersWork();
    }
    return { records, nextId: fromId };
  }

  /** Between which ids, both included, there is all that the filter's times leave. */
  async #idsOf({ sinceMs, untilMs }: AuditFilter): Promise<{ first: number; last: number }> {
    const last = await this.#repository.findSettledAuditId();
    if (sinceMs === undefined && untilMs === undefined) return { first: 1, last };
    const { before, from } = await this.#repository.findAuditIdsAround({
      beforeMs: (sinceMs ?? 0) - TIME_SLACK_MS,
      fromMs: (untilMs ?? Number.MAX_SAFE_INTEGER - TIME_SLACK_MS) + TIME_SLACK_MS,
    });
    return { first: (before ?? 0) + 1, last: from === null ? last : Math.min(last, from - 1) };
  }

  /** The newest events that match, oldest of them first. */
  async newest(filter: AuditFilter, limit: number): Promise<AuditRecord[]> {
    const records: AuditRecord[] = [];
    let afterId: number | null = null;
    do {
      const page: AuditPage = await this.list({
        filter,
        order: 'newest',
        afterId,
        limit: Math.min(limit - records.length, PAGE),
      });
      records.push(...page.records);
      afterId = page.nextId;
    } while (afterId !== null && records.length < limit);
    return records.reverse();
  }

  /** What comes in later has a greater id. The newest events may have, too. */
  async lastId(): Promise<number> {
    return this.#repository.findSettledAuditId();
  }

  /** Events that match and came in after `afterId`, in the order in which they did. */
  async *after(
    filter: Pick<AuditFilter, 'name' | 'subject'>,
    afterId: number,
  ): AsyncGenerator<AuditRecord> {
    let lastId = afterId;
    for (;;) {
      const input = { ...filter, afterId: lastId, limit: PAGE };
      const page = await this.#repository.listAuditEventsAfter(input);
      yield* page;
      lastId = page.at(-1)?.id ?? lastId;
      if (page.length < PAGE) return;
    }
  }

  /** Events that match by time and id, a page at a time; no more of them once `end` is aborted. */
  async *between(filter: AuditFilter, end?: AbortSignal): AsyncGenerator<AuditRecord> {
    const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = filter;
    let after: { atMs: number; id: number } | null = { atMs: sinceMs, id: 0 };
    while (after !== null && !end?.aborted) {
      const input = { after, untilMs, filter, limit: PAGE };
      const look = await this.#repository.listAuditEventsBetween(input);
      yield* look.records;
      after = look.lookedTo;
      await othersWork();
    }
  }
}

/** Between two looks: reading is synchronous on SQLite. */
function othersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
