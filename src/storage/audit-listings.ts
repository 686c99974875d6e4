/**
 * The audit trail as operators look through it. Rows are walked along the primary key, or along the
 * index of a subject or an event where one is given; every other condition is held against the rows
 * walked. A call walks a bounded number of them, however few match, so that no look at a trail of
 * any length holds the event loop: it says how far it has come, and the next call goes on there.
 */

import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { AuditFilter } from '../core/audit-filters.ts';
import { type AuditLook, COUNTED_EVENTS } from '../core/repository.ts';
import { RECORD_COLUMNS, toRecord } from './audit-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import type { Schema } from './schema.ts';
import { all, type Dialect, first, statement, type Transition } from './transition.ts';

/** Rows that one call walks at most; one to three milliseconds. */
export const ROWS_A_LOOK = 2_000;

interface Conditions {
  name: string | null;
  subject: string | null;
  actorKind: string | null;
  actorId: string | null;
  sessionId: string | null;
  accessTokenId: number | null;
  address: string | null;
  sinceMs: number;
  untilMs: number;
}

interface Start {
  /** Not itself. */
  fromId: number;
}

/** What rows are walked along. */
const WALKS = ['id', 'name', 'subject'] as const;
type Walk = (typeof WALKS)[number];
type Order = 'newest' | 'oldest';

interface Walking {
  readonly walk: Walk;
  readonly order: Order;
  readonly dialect: Dialect;
}

/**
 * The next rows of a walk, by one index in its order, and nothing else that a planner could take.
 * To PostgreSQL whatever equals something is rare, and it would sort all of it: there a walk goes
 * on behind the last row of its subject or event, and the caller leaves those out.
 */
function walked(db: Kysely<Schema>, p: Conditions & Start, { walk, order, dialect }: Walking) {
  const behind = order === 'newest' ? '<' : '>';
  const events = db.selectFrom('audit_events');
  if (walk === 'id') return events.where('id', behind, p.fromId);
  if (dialect === 'sqlite') return events.where(walk, '=', p[walk]).where('id', behind, p.fromId);
  const [column, comparison] = [sql.ref(walk), sql.raw(behind)];
  return events
    .where(walk, 'is not', null)
    .where(sql<SqlBool>`(${column}, id) ${comparison} (${p[walk]}, ${p.fromId})`);
}

type Sortable<T> = { orderBy(column: Walk, direction: 'asc' | 'desc'): T };

function sorted<Q extends Sortable<Q>>(query: Q, { walk, order }: Walking): Q {
  const direction = order === 'newest' ? 'desc' : 'asc';
  const byWalk = walk === 'id' ? query : query.orderBy(walk, direction);
  return byWalk.orderBy('id', direction);
}

type Conditional<T> = { where(condition: Expression<SqlBool>): T };

/** Spelled so that no database looks for an index of its own for them. */
function matching<Q extends Conditional<Q>>(query: Q, p: Conditions): Q {
  const same = (column: string, wanted: unknown, type: 'text' | 'bigint') =>
    sql<SqlBool>`(cast(${wanted} as ${sql.raw(type)}) is null or ${sql.ref(column)} = ${wanted})`;
  return query
    .where(same('name', p.name, 'text'))
    .where(same('subject', p.subject, 'text'))
    .where(same('actor_kind', p.actorKind, 'text'))
    .where(same('actor_id', p.actorId, 'text'))
    .where(same('session_id', p.sessionId, 'text'))
    .where(same('access_token_id', p.accessTokenId, 'bigint'))
    .where(same('address', p.address, 'text'));
}

const LOOKS = Object.fromEntries(
  WALKS.flatMap((walk) =>
    (['newest', 'oldest'] as const).map((order) => [
      `${walk} ${order}`,
      lookStatements(walk, order),
    ]),
  ),
) as Record<`${Walk} ${Order}`, ReturnType<typeof lookStatements>>;

function lookStatements(walk: Walk, order: Order) {
  return {
    /** The last row that one look walks, if there are so many. */
    end: statement<Conditions & Start>()((db, p, dialect) => {
      const walking = { walk, order, dialect };
      const columns: Walk[] = walk === 'id' ? ['id'] : ['id', walk];
      return sorted(walked(db, p, walking).select(columns), walking)
        .limit(1)
        .offset(ROWS_A_LOOK - 1);
    }),
    rows: statement<Conditions & Start & { toId: number; limit: number }>()((db, p, dialect) => {
      const walking = { walk, order, dialect };
      const rows = sorted(walked(db, p, walking).select(RECORD_COLUMNS), walking);
      const timed = db
        .selectFrom(rows.limit(ROWS_A_LOOK).as('walked'))
        .select(RECORD_COLUMNS)
        .where('id', order === 'newest' ? '>=' : '<=', p.toId)
        .where('at_ms', '>=', p.sinceMs)
        .where('at_ms', '<', p.untilMs);
      return sorted(matching(timed, p), walking).limit(p.limit);
    }),
  };
}

export function* lookForAuditEvents(
  input: Input<'lookForAuditEvents'>,
): Transition<AuditLook<number>> {
  const { filter, order, fromId, toId, limit } = input;
  const others = filter.name === undefined ? 'id' : 'name';
  const walk = filter.subject === undefined ? others : 'subject';
  const { end, rows } = LOOKS[`${walk} ${order}`];
  const values = { ...conditionsOf(filter), fromId };
  const found = yield* all(rows, { ...values, toId, limit });
  const records = found.map(toRecord);
  const lastFound = records.at(-1);
  if (lastFound !== undefined && records.length === limit) {
    return { records, lookedTo: lastFound.id };
  }
  const last = yield* first(end, values);
  const isBehind = last === undefined || (walk !== 'id' && last[walk] !== filter[walk]);
  if (isBehind || (order === 'newest' ? last.id <= toId : last.id >= toId)) {
    return { records, lookedTo: null };
  }
  return { records, lookedTo: last.id };
}

interface TimeSpan {
  atMs: number;
  id: number;
  endMs: number;
  endId: number;
}

/** By time and id, behind one place and up to another one. */
function walkedByTime(db: Kysely<Schema>, p: TimeSpan) {
  return (
    db
      .selectFrom('audit_events')
      // The first condition of each pair is for the index, the second one is what is meant.
      .where('at_ms', '>=', p.atMs)
      .where((eb) => eb.or([eb('at_ms', '>', p.atMs), eb('id', '>', p.id)]))
      .where('at_ms', '<=', p.endMs)
      .where((eb) => eb.or([eb('at_ms', '<', p.endMs), eb('id', '<=', p.endId)]))
      .orderBy('at_ms')
      .orderBy('id')
  );
}

const selectEndByTime = statement<TimeSpan>()((db, p) =>
  walkedByTime(db, p)
    .select(['at_ms', 'id'])
    .limit(1)
    .offset(ROWS_A_LOOK - 1),
);
const selectByTime = statement<Conditions & TimeSpan & { limit: number }>()((db, p) =>
  matching(walkedByTime(db, p).select(RECORD_COLUMNS), p).limit(p.limit),
);

export function* listAuditEventsBetween(
  input: Input<'listAuditEventsBetween'>,
): Transition<AuditLook<{ atMs: number; id: number }>> {
  const { after, untilMs, limit, filter = {} } = input;
  const values = { ...after, endMs: untilMs - 1, endId: Number.MAX_SAFE_INTEGER };
  const end = yield* first(selectEndByTime, values);
  const upTo = end === undefined ? {} : { endMs: end.at_ms, endId: end.id };
  const found = yield* all(selectByTime, { ...conditionsOf(filter), ...values, ...upTo, limit });
  const records = found.map(toRecord);
  const last = records.length === limit ? records.at(-1) : undefined;
  if (last !== undefined) return { records, lookedTo: { atMs: last.atMs, id: last.id } };
  return { records, lookedTo: end === undefined ? null : { atMs: end.at_ms, id: end.id } };
}

const selectLastBefore = statement<{ atMs: number }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select('id')
    .where('at_ms', '<', p.atMs)
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(1),
);
const selectFirstFrom = statement<{ atMs: number }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select('id')
    .where('at_ms', '>=', p.atMs)
    .orderBy('at_ms')
    .orderBy('id')
    .limit(1),
);

export function* findAuditIdsAround({
  beforeMs,
  fromMs,
}: Input<'findAuditIdsAround'>): Transition<{ before: number | null; from: number | null }> {
  const before = yield* first(selectLastBefore, { atMs: beforeMs });
  const from = yield* first(selectFirstFrom, { atMs: fromMs });
  return { before: before?.id ?? null, from: from?.id ?? null };
}

/** However the planner walks them: there are no more rows than ids. */
const countBetween = statement<{ afterId: number; toId: number }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select((eb) => ['name', eb.fn.countAll<number>().as('count')])
    .where('name', 'in', COUNTED_EVENTS)
    .where('id', '>', p.afterId)
    .where('id', '<=', p.toId)
    .groupBy('name'),
);

export function* countAuditEvents(
  input: Input<'countAuditEvents'>,
): Transition<Output<'countAuditEvents'>> {
  const rows = yield* all(countBetween, input);
  return rows as Output<'countAuditEvents'>;
}

function conditionsOf(filter: AuditFilter): Conditions {
  return {
    name: filter.name ?? null,
    subject: filter.subject ?? null,
    actorKind: filter.actorKind ?? null,
    actorId: filter.actorId ?? null,
    sessionId: filter.sessionId ?? null,
    accessTokenId: filter.accessTokenId ?? null,
    address: filter.address ?? null,
    sinceMs: filter.sinceMs ?? 0,
    untilMs: filter.untilMs ?? Number.MAX_SAFE_INTEGER,
  };
}
