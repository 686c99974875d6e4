/**
 * What there is of everything. A database counts a whole table fast (SQLite by its pages), but
 * a part of it row by row: so the smaller part is counted, over an index, and taken from the whole.
 */

import { sql } from 'kysely';
import { DAY_MS } from '../core/audit-rules.ts';
import type { SecurityEventName } from '../core/events.ts';
import type { Counts } from '../core/operations-repository.ts';
import type { UserRole } from '../core/repository.ts';
import { findAdmin, isAuthEnabled } from './admin-transitions.ts';
import {
  all,
  currentTimeMs,
  first,
  type Statement,
  statement,
  type Transition,
} from './transition.ts';

const HOUR_MS = DAY_MS / 24;
const WEEK_MS = 7 * DAY_MS;

const countAllUsers = statement<object>()((db) =>
  db.selectFrom('users').select((eb) => eb.fn.countAll<number>().as('count')),
);
const countUsers = statement<{ role: UserRole; isEnabled: number }>()((db, p) =>
  db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('role', '=', p.role)
    .where('is_enabled', '=', p.isEnabled),
);
const countAllSessions = statement<object>()((db) =>
  db.selectFrom('sessions').select((eb) => eb.fn.countAll<number>().as('count')),
);
const countEnded = statement<object>()((db) =>
  db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ended_at_ms', 'is not', null),
);
/** Few: they are purged every minute. */
const countExpiredUnended = statement<{ nowS: number }>()((db, p) =>
  db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('refresh_expires_at_s', '<=', p.nowS)
    .where('ended_at_ms', 'is', null),
);
const countAccessTokens = statement<object>()((db) =>
  db.selectFrom('access_tokens').select((eb) => eb.fn.countAll<number>().as('count')),
);
const countAccessTokensUntil = statement<{ afterMs: number; untilMs: number }>()((db, p) =>
  db
    .selectFrom('access_tokens')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('expires_at_ms', '>', p.afterMs)
    .where('expires_at_ms', '<=', p.untilMs),
);
/** The condition is literally that of the index, or the index would not be used. */
const countSignIns = statement<{ sinceMs: number }>()((db, p) =>
  db
    .selectFrom('audit_events')
    .select((eb) => ['name', eb.fn.countAll<number>().as('count')])
    .where(
      sql<boolean>`name in ('admin.sign_in_failed', 'admin.signed_in', 'session.sign_in_failed',
        'session.signed_in', 'sign_in.limited')`,
    )
    .where('at_ms', '>=', p.sinceMs)
    .groupBy('name'),
);

export function* countEverything(): Transition<Counts> {
  const nowMs = yield* currentTimeMs();
  const lastDay = yield* signInsSince(nowMs - DAY_MS);
  const lastHour = yield* signInsSince(nowMs - HOUR_MS);
  return {
    users: yield* usersCounted(),
    liveSessions: yield* liveSessionsCounted(nowMs),
    accessTokens: yield* accessTokensCounted(nowMs),
    hasBuiltInAdmin: (yield* findAdmin()) !== null,
    isAuthEnabled: yield* isAuthEnabled(),
    signIns: {
      succeededLastDay: lastDay('session.signed_in') + lastDay('admin.signed_in'),
      failedLastDay: lastDay('session.sign_in_failed') + lastDay('admin.sign_in_failed'),
      failedLastHour: lastHour('session.sign_in_failed') + lastHour('admin.sign_in_failed'),
      limitedLastDay: lastDay('sign_in.limited'),
    },
  };
}

/** Those who are disabled are counted and not those who are enabled: they are fewer. */
function* usersCounted(): Transition<Counts['users']> {
  const total = yield* countOf(countAllUsers, {});
  const disabledAdmins = yield* countOf(countUsers, { role: 'ADMIN', isEnabled: 0 });
  const disabledOthers = yield* countOf(countUsers, { role: 'STANDARD', isEnabled: 0 });
  return {
    total,
    enabled: total - disabledAdmins - disabledOthers,
    enabledAdmins: yield* countOf(countUsers, { role: 'ADMIN', isEnabled: 1 }),
  };
}

function* liveSessionsCounted(nowMs: number): Transition<number> {
  const total = yield* countOf(countAllSessions, {});
  const ended = yield* countOf(countEnded, {});
  const expired = yield* countOf(countExpiredUnended, { nowS: Math.floor(nowMs / 1000) });
  return total - ended - expired;
}

function* accessTokensCounted(nowMs: number): Transition<Counts['accessTokens']> {
  const week = { afterMs: nowMs, untilMs: nowMs + WEEK_MS };
  return {
    total: yield* countOf(countAccessTokens, {}),
    expired: yield* countOf(countAccessTokensUntil, { afterMs: -1, untilMs: nowMs }),
    expiringWithinWeek: yield* countOf(countAccessTokensUntil, week),
  };
}

function* countOf<P extends object>(
  query: Statement<P, { count: number }>,
  values: P,
): Transition<number> {
  return (yield* first(query, values))?.count ?? 0;
}

function* signInsSince(sinceMs: number): Transition<(name: SecurityEventName) => number> {
  const rows = yield* all(countSignIns, { sinceMs });
  return (name) => rows.find((row) => row.name === name)?.count ?? 0;
}
