/** What there is of everything, counted over indexes alone. */

import { sql } from 'kysely';
import { DAY_MS } from '../core/audit-rules.ts';
import type { SecurityEventName } from '../core/events.ts';
import type { Counts } from '../core/operations-repository.ts';
import { findAdmin, isAuthEnabled } from './admin-transitions.ts';
import { all, currentTimeMs, first, statement, type Transition } from './transition.ts';

const HOUR_MS = DAY_MS / 24;
const WEEK_MS = 7 * DAY_MS;

const countUsers = statement<object>()((db) =>
  db
    .selectFrom('users')
    .select((eb) => ['role', 'is_enabled', eb.fn.countAll<number>().as('count')])
    .groupBy(['role', 'is_enabled']),
);
const countUnended = statement<object>()((db) =>
  db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ended_at_ms', 'is', null),
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

function* usersCounted(): Transition<Counts['users']> {
  const groups = yield* all(countUsers, {});
  const sumOf = (chosen: typeof groups) => chosen.reduce((sum, group) => sum + group.count, 0);
  const enabled = groups.filter((group) => group.is_enabled === 1);
  return {
    total: sumOf(groups),
    enabled: sumOf(enabled),
    enabledAdmins: sumOf(enabled.filter((group) => group.role === 'ADMIN')),
  };
}

function* liveSessionsCounted(nowMs: number): Transition<number> {
  const unended = yield* first(countUnended, {});
  const expired = yield* first(countExpiredUnended, { nowS: Math.floor(nowMs / 1000) });
  return (unended?.count ?? 0) - (expired?.count ?? 0);
}

function* accessTokensCounted(nowMs: number): Transition<Counts['accessTokens']> {
  const total = yield* first(countAccessTokens, {});
  const expired = yield* first(countAccessTokensUntil, { afterMs: -1, untilMs: nowMs });
  const week = { afterMs: nowMs, untilMs: nowMs + WEEK_MS };
  const expiring = yield* first(countAccessTokensUntil, week);
  return {
    total: total?.count ?? 0,
    expired: expired?.count ?? 0,
    expiringWithinWeek: expiring?.count ?? 0,
  };
}

function* signInsSince(sinceMs: number): Transition<(name: SecurityEventName) => number> {
  const rows = yield* all(countSignIns, { sinceMs });
  return (name) => rows.find((row) => row.name === name)?.count ?? 0;
}
