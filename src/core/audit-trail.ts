/** Reading the audit trail: the newest events, what comes in, and any span of time. */

import type { AuditFilter, AuditRecord, Repository } from './repository.ts';

/** Rows that are in memory at once, however many are asked for. */
const PAGE = 500;

export class AuditTrail {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  /** The newest events that match, oldest of them first. */
  async newest(filter: AuditFilter, limit: number): Promise<AuditRecord[]> {
    const found = await this.#repository.listNewestAuditEvents({ ...filter, limit });
    return found.reverse();
  }

  /** What comes in later has a greater id. The newest events may have, too. */
  async lastId(): Promise<number> {
    return this.#repository.findSettledAuditId();
  }

  /** Events that match and came in after `afterId`, in the order in which they did. */
  async *after(filter: AuditFilter, afterId: number): AsyncGenerator<AuditRecord> {
    let lastId = afterId;
    for (;;) {
      const input = { ...filter, afterId: lastId, limit: PAGE };
      const page = await this.#repository.listAuditEventsAfter(input);
      yield* page;
      lastId = page.at(-1)?.id ?? lastId;
      if (page.length < PAGE) return;
    }
  }

  /** Events from `sinceMs` to before `untilMs` by time, a page at a time. */
  async *between(sinceMs: number, untilMs: number): AsyncGenerator<AuditRecord> {
    let after = { atMs: sinceMs, id: 0 };
    for (;;) {
      const page = await this.#repository.listAuditEventsBetween({ after, untilMs, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = { atMs: last.atMs, id: last.id };
    }
  }
}
