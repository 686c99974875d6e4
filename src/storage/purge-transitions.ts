/**
 * Deletes what has expired and says nothing any more, a bounded number of rows at a time. What is
 * chosen is asked again as it is deleted: it may have been renewed while the deletion waited.
 */

import type { ExpressionBuilder } from 'kysely';
import { lockPasswordKinds } from './locks.ts';
import type { Schema } from './schema.ts';
import { all, change, currentTimeMs, first, statement, type Transition } from './transition.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Expired access tokens stay listed this long, so that an operator sees what stopped working. */
export const EXPIRED_ACCESS_TOKEN_KEPT_MS = 90 * DAY_MS;
/** KNOWN_ADDRESS_MS with a day to spare: a row that still counts is never purged. */
const KNOWN_ADDRESS_KEPT_MS = 31 * DAY_MS;

const purgeSessions = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('sessions')
    .where('id', 'in', (q) =>
      q
        .selectFrom('sessions')
        .select('id')
        .where('refresh_expires_at_s', '<', p.before)
        .limit(p.limit),
    )
    .where('refresh_expires_at_s', '<', p.before),
);
const purgeConsoleSessions = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('console_sessions')
    .where('id', 'in', (q) =>
      q
        .selectFrom('console_sessions')
        .select('id')
        .where('expires_at_ms', '<', p.before)
        .limit(p.limit),
    )
    .where('expires_at_ms', '<', p.before),
);
const purgeCounters = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('failure_counters')
    .where('key', 'in', (q) =>
      q
        .selectFrom('failure_counters')
        .select('key')
        .where('expires_at_ms', '<', p.before)
        .limit(p.limit),
    )
    .where('expires_at_ms', '<', p.before),
);
const countCounters = statement<object>()((db) =>
  db.selectFrom('failure_counters').select((eb) => eb.fn.countAll<number>().as('count')),
);
/** The later a counter expires, the later it was touched: by kind, all live equally long. */
const purgeOldest = statement<{ limit: number }>()((db, p) =>
  db
    .deleteFrom('failure_counters')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('key', 'expires_at_ms'),
        'in',
        selectFrom('failure_counters')
          .select(['key', 'expires_at_ms'])
          .orderBy('expires_at_ms')
          .limit(p.limit)
          .$asTuple('key', 'expires_at_ms'),
      ),
    ),
);
const purgeTokens = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('access_tokens')
    .where('id', 'in', (q) =>
      q
        .selectFrom('access_tokens')
        .select('id')
        .where('expires_at_ms', '<', p.before)
        .limit(p.limit),
    ),
);
/** Few, and none most of the time: they are looked for once a minute. */
const selectOverlaps = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .selectFrom('access_tokens')
    .select('id')
    .where('previous_expires_at_ms', '<', p.before)
    .orderBy('previous_expires_at_ms')
    .limit(p.limit),
);
/** What authenticates nobody any more needs no hash. Nothing else of the token moves. */
const purgeOverlap = statement<{ id: number; before: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set({
      previous_secret_hash: null,
      previous_successor_hash: null,
      previous_expires_at_ms: null,
      previous_last_used_at_ms: null,
    })
    .where('id', '=', p.id)
    .where('previous_expires_at_ms', '<', p.before),
);
const purgeAddresses = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('known_addresses')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('account_key', 'address_key'),
        'in',
        selectFrom('known_addresses')
          .select(['account_key', 'address_key'])
          .where('last_sign_in_at_ms', '<', p.before)
          .limit(p.limit)
          .$asTuple('account_key', 'address_key'),
      ),
    )
    .where('last_sign_in_at_ms', '<', p.before),
);
const selectUnusedKind = statement<object>()((db) =>
  db.selectFrom('password_kinds').select('kind').where(isUnused).limit(1),
);
const purgePasswordKinds = statement<object>()((db) =>
  db.deleteFrom('password_kinds').where(isUnused),
);

/**
 * Asked for the first one from it on, because that is one step in the index. Where kinds must only
 * be equal, PostgreSQL reads users one by one until it meets one, and of a new kind there are few.
 */
function isUnused({ eb, selectFrom, ref }: ExpressionBuilder<Schema, 'password_kinds'>) {
  const used = selectFrom('users')
    .select((user) => user.fn.min('users.password_kind').as('kind'))
    .whereRef('users.password_kind', '>=', 'password_kinds.kind');
  return eb(used, 'is distinct from', ref('password_kinds.kind'));
}

export function* purgeOldestCounters(input: { keep: number; limit: number }): Transition<number> {
  const counted = yield* first(countCounters, {});
  const excess = (counted?.count ?? 0) - input.keep;
  if (excess <= 0) return 0;
  return yield* change(purgeOldest, { limit: Math.min(excess, input.limit) });
}

export function* purgeExpired(limit: number): Transition<number> {
  const nowMs = yield* currentTimeMs();
  const sessions = yield* change(purgeSessions, { before: Math.floor(nowMs / 1000), limit });
  const consoleSessions = yield* change(purgeConsoleSessions, { before: nowMs, limit });
  const counters = yield* change(purgeCounters, { before: nowMs, limit });
  const before = nowMs - EXPIRED_ACCESS_TOKEN_KEPT_MS;
  const tokens = yield* change(purgeTokens, { before, limit });
  const overlaps = yield* purgeOverlaps(nowMs, limit);
  const forgottenBefore = nowMs - KNOWN_ADDRESS_KEPT_MS;
  const addresses = yield* change(purgeAddresses, { before: forgottenBefore, limit });
  const kinds = yield* purgeKinds();
  return sessions + consoleSessions + counters + tokens + overlaps + addresses + kinds;
}

function* purgeOverlaps(before: number, limit: number): Transition<number> {
  let purged = 0;
  const rows = yield* all(selectOverlaps, { before, limit });
  // In one order everywhere, or two servers would each wait for a row that the other has.
  for (const { id } of rows.sort((one, other) => one.id - other.id)) {
    purged += yield* change(purgeOverlap, { id, before });
  }
  return purged;
}

function* purgeKinds(): Transition<number> {
  if ((yield* first(selectUnusedKind, {})) === undefined) return 0;
  yield* lockPasswordKinds();
  return yield* change(purgePasswordKinds, {});
}
