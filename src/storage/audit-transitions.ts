/**
 * The audit trail in the database: what a transition found is entered by the transition itself,
 * so that a change and its row are there together or not at all. Which events are kept and how is
 * decided in core/audit-rules.ts.
 */

import { type Selectable, sql } from 'kysely';
import {
  actorIdOf,
  actorOf,
  MAX_ONCE_ROWS_PER_MINUTE,
  type OnceKey,
  onceKeyOf,
} from '../core/audit-rules.ts';
import type { Actor, SecurityEvent } from '../core/events.ts';
import type { AuditRecord } from '../core/repository.ts';
import { takeTurns } from './locks.ts';
import type { Input } from './repository-method.ts';
import type { Schema } from './schema.ts';
import {
  all,
  change,
  currentTimeMs,
  first,
  run,
  statement,
  type Transition,
} from './transition.ts';

/** The row of `settings` that lets old events go, there only while {@link purgeAuditEvents} runs. */
export const AUDIT_PURGE_BEFORE = 'audit_purge_before_ms';

export interface NewRow {
  atMs: number;
  name: string;
  actorKind: string;
  actorId: string | null;
  subject: string | null;
  sessionId: string | null;
  accessTokenId: number | null;
  nameHash: string | null;
  reason: string | null;
  endedSessions: number | null;
  address: string | null;
  requestId: string | null;
  userAgent: string | null;
  onceKey: string | null;
}
const insertEvent = statement<NewRow>()((db, p) =>
  db
    .insertInto('audit_events')
    .values({
      at_ms: p.atMs,
      name: p.name,
      actor_kind: p.actorKind,
      actor_id: p.actorId,
      subject: p.subject,
      session_id: p.sessionId,
      access_token_id: p.accessTokenId,
      name_hash: p.nameHash,
      reason: p.reason,
      ended_sessions: p.endedSessions,
      address: p.address,
      request_id: p.requestId,
      user_agent: p.userAgent,
      once_key: p.onceKey,
    })
    // Only `once_key` can be taken, by who was faster in this minute.
    .onConflict((conflict) => conflict.doNothing()),
);
const selectOnceKey = statement<{ onceKey: string }>()((db, p) =>
  db.selectFrom('audit_events').select('id').where('once_key', '=', p.onceKey),
);
/** The row that would be one too many, if there are so many of this event in this minute. */
const selectLastOfMinute = statement<{ from: string; to: string }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select('id')
    .where('once_key', '>=', p.from)
    .where('once_key', '<', p.to)
    .orderBy('once_key')
    .limit(1)
    .offset(MAX_ONCE_ROWS_PER_MINUTE - 1),
);

/** What one run of a transition enters into the audit trail. */
export class AuditEntries {
  /** For the log, once they are durable; those too that the trail has had this minute. */
  readonly events: SecurityEvent[] = [];
  readonly #processActor: Actor;

  constructor(processActor: Actor) {
    this.#processActor = processActor;
  }

  /** For one that is entered by a statement of its own, with what {@link rowOf} gives. */
  note(event: SecurityEvent): void {
    this.events.push(event);
  }

  rowOf(event: SecurityEvent): Omit<NewRow, 'atMs' | 'onceKey'> {
    const actor = actorOf(event, this.#processActor);
    return {
      name: event.name,
      actorKind: actor.kind,
      actorId: actorIdOf(actor),
      subject: event.subject === undefined ? null : String(event.subject),
      sessionId: event.sessionId ?? null,
      accessTokenId: event.accessTokenId ?? null,
      nameHash: event.nameHash ?? null,
      reason: event.reason ?? null,
      endedSessions: event.endedSessions ?? null,
      address: event.origin?.address ?? null,
      requestId: event.origin?.requestId ?? null,
      userAgent: event.origin?.userAgent ?? null,
    };
  }

  /** `nowMs` is the time of the transition, so that a change and its row have the same. */
  *add(event: SecurityEvent, nowMs: number): Transition<void> {
    this.events.push(event);
    const onceKey = onceKeyOf(event, nowMs);
    if (onceKey !== null) {
      if (yield* isToldOften(onceKey)) return;
      // The bound on rows is not a matter of one row, so those who add to it go one by one.
      if ((yield* takeTurns(onceKey.from)) && (yield* isToldOften(onceKey))) return;
    }
    const row = this.rowOf(event);
    yield* run(insertEvent, { ...row, atMs: nowMs, onceKey: onceKey?.key ?? null });
  }
}

/** Looked at before writing, so that a flood of refusals writes nothing. */
function* isToldOften({ key, from, to }: OnceKey): Transition<boolean> {
  if ((yield* first(selectOnceKey, { onceKey: key })) !== undefined) return true;
  return (yield* first(selectLastOfMinute, { from, to })) !== undefined;
}

/** Whether the trail has this refusal already, so that it need not wait for a commit. */
export function* isRefusalKnown(event: SecurityEvent): Transition<boolean> {
  const onceKey = onceKeyOf(event, yield* currentTimeMs());
  return onceKey !== null && (yield* isToldOften(onceKey));
}

export function* recordRefusal(event: SecurityEvent, audit: AuditEntries): Transition<void> {
  yield* audit.add(event, yield* currentTimeMs());
}

export const RECORD_COLUMNS = [
  'id',
  'at_ms',
  'name',
  'actor_kind',
  'actor_id',
  'subject',
  'session_id',
  'access_token_id',
  'name_hash',
  'reason',
  'ended_sessions',
  'address',
  'request_id',
  'user_agent',
] as const;

interface FilterValues {
  name: string;
  subject: string;
  afterId: number;
  untilId: number;
  limit: number;
}

/** One statement for each combination: a filter that is not given is not in it. */
function filtered(hasName: boolean, hasSubject: boolean, direction: 'asc' | 'desc') {
  return statement<FilterValues>()((db, p) => {
    let query = db.selectFrom('audit_events').select(RECORD_COLUMNS);
    if (hasName) query = query.where('name', '=', p.name);
    if (hasSubject) query = query.where('subject', '=', p.subject);
    return query
      .where('id', '>', p.afterId)
      .where('id', '<=', p.untilId)
      .orderBy('id', direction)
      .limit(p.limit);
  });
}

const FILTERED = { asc: combinationsOf('asc'), desc: combinationsOf('desc') };

function combinationsOf(direction: 'asc' | 'desc') {
  return {
    none: filtered(false, false, direction),
    name: filtered(true, false, direction),
    subject: filtered(false, true, direction),
    both: filtered(true, true, direction),
  };
}

function* listFiltered(
  input: Input<'listAuditEventsAfter'>,
  direction: 'asc' | 'desc',
  untilId: number,
): Transition<AuditRecord[]> {
  const { name, subject, afterId, limit } = input;
  const statements = FILTERED[direction];
  const [withName, without] =
    subject === undefined
      ? [statements.name, statements.none]
      : [statements.both, statements.subject];
  const values = { name: name ?? '', subject: subject ?? '', afterId, untilId, limit };
  const rows = yield* all(name === undefined ? without : withName, values);
  return rows.map(toRecord);
}

export function* listNewestAuditEvents(
  input: Input<'listNewestAuditEvents'>,
): Transition<AuditRecord[]> {
  return yield* listFiltered({ ...input, afterId: 0 }, 'desc', Number.MAX_SAFE_INTEGER);
}

export function* listAuditEventsAfter(
  input: Input<'listAuditEventsAfter'>,
  settledId: number,
): Transition<AuditRecord[]> {
  return yield* listFiltered(input, 'asc', settledId);
}

/** @see migrations/0002-audit-trail.ts: on PostgreSQL a smaller id may be committed later. */
const selectSettledId = statement<object>()((db, _, dialect) =>
  db.selectNoFrom(
    dialect === 'postgres'
      ? sql<number>`audit_events_settled()`.as('id')
      : sql<number>`(select coalesce(max(id), 0) from audit_events)`.as('id'),
  ),
);

/** Up to which id every event can be read: no smaller one comes later. */
export function* findSettledId(): Transition<number> {
  const row = yield* first(selectSettledId, {});
  return row?.id ?? 0;
}

const allowPurge = statement<{ name: string; beforeMs: string }>()((db, p) =>
  db
    .insertInto('settings')
    .values({ name: p.name, value: p.beforeMs })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.beforeMs })),
);
const forbidPurge = statement<{ name: string }>()((db, p) =>
  db.deleteFrom('settings').where('name', '=', p.name),
);
/** In this order, so that PostgreSQL takes the index also when it does not know the time. */
const selectOldest = statement<{ beforeMs: number }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select('id')
    .where('at_ms', '<', p.beforeMs)
    .orderBy('at_ms')
    .limit(1),
);
const deleteOldest = statement<{ beforeMs: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('audit_events')
    .where('id', 'in', (q) =>
      q
        .selectFrom('audit_events')
        .select('id')
        .where('at_ms', '<', p.beforeMs)
        .orderBy('at_ms')
        .limit(p.limit),
    ),
);

/** The database refuses every deletion but those that its own row of `settings` allows now. */
export function* purgeAuditEvents({
  keptMs,
  limit,
}: Input<'purgeAuditEvents'>): Transition<number> {
  const beforeMs = (yield* currentTimeMs()) - keptMs;
  if ((yield* first(selectOldest, { beforeMs })) === undefined) return 0;
  yield* run(allowPurge, { name: AUDIT_PURGE_BEFORE, beforeMs: String(beforeMs) });
  const purged = yield* change(deleteOldest, { beforeMs, limit });
  yield* run(forbidPurge, { name: AUDIT_PURGE_BEFORE });
  return purged;
}

export function toRecord(
  row: Pick<Selectable<Schema['audit_events']>, (typeof RECORD_COLUMNS)[number]>,
): AuditRecord {
  return {
    id: row.id,
    atMs: row.at_ms,
    name: row.name as AuditRecord['name'],
    actorKind: row.actor_kind as AuditRecord['actorKind'],
    actorId: row.actor_id,
    subject: row.subject,
    sessionId: row.session_id,
    accessTokenId: row.access_token_id,
    nameHash: row.name_hash,
    reason: row.reason,
    endedSessions: row.ended_sessions,
    address: row.address,
    requestId: row.request_id,
    userAgent: row.user_agent,
  };
}
