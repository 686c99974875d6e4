/**
 * Transitions of the failure counters. What a counter means is decided in core/rate-limits.ts;
 * here it is read, decided and written inside one transition, so that it counts exactly.
 */

import {
  EMPTY_COUNTER,
  enterAttempt,
  type FailureCounter,
  KNOWN_ADDRESS_MS,
  withdrawAttempt,
} from '../core/rate-limits.ts';
import type { AttemptReservation, CountedLimit, ReservedAttempt } from '../core/repository.ts';
import type { AuditEntries } from './audit-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import type { Schema } from './schema.ts';
import { currentTimeMs, first, run, statement, type Transition } from './transition.ts';

const COUNTER_COLUMNS = [
  'failed_at_ms',
  'strikes',
  'blocked_until_ms',
  'failures_in_a_row',
  'expires_at_ms',
] as const;

const selectCounter = statement<{ key: string }>()((db, p) =>
  db.selectFrom('failure_counters').select(COUNTER_COLUMNS).where('key', '=', p.key),
);

interface CounterRow {
  key: string;
  failedAtMs: string;
  strikes: number;
  blockedUntilMs: number;
  failuresInARow: number;
  expiresAtMs: number;
}
const upsertCounter = statement<CounterRow>()((db, p) => {
  const columns = {
    failed_at_ms: p.failedAtMs,
    strikes: p.strikes,
    blocked_until_ms: p.blockedUntilMs,
    failures_in_a_row: p.failuresInARow,
    expires_at_ms: p.expiresAtMs,
  };
  return db
    .insertInto('failure_counters')
    .values({ key: p.key, ...columns })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(columns));
});
/** Makes the row if need be and locks it, so that a read before a write is not a race. */
const lockCounter = statement<{ key: string }>()((db, p) =>
  db
    .insertInto('failure_counters')
    .values({
      key: p.key,
      failed_at_ms: '[]',
      strikes: 0,
      blocked_until_ms: 0,
      failures_in_a_row: 0,
      expires_at_ms: 0,
    })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ key: p.key }))
    .returning(COUNTER_COLUMNS),
);
const deleteCounter = statement<{ key: string }>()((db, p) =>
  db.deleteFrom('failure_counters').where('key', '=', p.key),
);
const deleteCountersOfAccount = statement<{ from: string; to: string; unfamiliar: string }>()(
  (db, p) =>
    db
      .deleteFrom('failure_counters')
      .where((eb) =>
        eb.or([
          eb.and([eb('key', '>=', p.from), eb('key', '<', p.to)]),
          eb('key', '=', p.unfamiliar),
        ]),
      ),
);
const selectKnownAddress = statement<{ accountKey: string; addressKey: string }>()((db, p) =>
  db
    .selectFrom('known_addresses')
    .select('last_sign_in_at_ms')
    .where('account_key', '=', p.accountKey)
    .where('address_key', '=', p.addressKey),
);
const upsertKnownAddress = statement<{
  accountKey: string;
  addressKey: string;
  nowMs: number;
}>()((db, p) =>
  db
    .insertInto('known_addresses')
    .values({ account_key: p.accountKey, address_key: p.addressKey, last_sign_in_at_ms: p.nowMs })
    .onConflict((conflict) =>
      conflict.columns(['account_key', 'address_key']).doUpdateSet({ last_sign_in_at_ms: p.nowMs }),
    ),
);

const deleteKnownAddresses = statement<{ accountKey: string }>()((db, p) =>
  db.deleteFrom('known_addresses').where('account_key', '=', p.accountKey),
);

export function* reserveLoginAttempt(
  input: Input<'reserveLoginAttempt'>,
  audit: AuditEntries,
): Transition<Output<'reserveLoginAttempt'>> {
  const { accountKey, origin } = input;
  const { addressKey } = origin;
  let nowMs = yield* currentTimeMs();
  const isKnown = yield* isKnownAddress(accountKey, addressKey, nowMs);
  const limits = isKnown ? input.limits : [...input.limits, input.unfamiliarLimit];
  // Looked at without locks first: while limited, a flood of attempts writes nothing.
  let refusal = yield* findRefusal(limits, nowMs);
  if (refusal === null) {
    const counters: FailureCounter[] = [];
    for (const { key } of limits) counters.push(toCounter(yield* first(lockCounter, { key })));
    // Others may have been entered while we waited for the locks, later than when we came.
    nowMs = yield* currentTimeMs();
    refusal = yield* enterInEach(limits, counters, nowMs);
  }
  if (refusal === null) {
    return { outcome: 'reserved', attempt: { enteredAtMs: nowMs, limits, accountKey, addressKey } };
  }
  const { limitKey } = refusal;
  const [reason = 'limit'] = limitKey.split(':');
  yield* audit.add({ name: 'sign_in.limited', origin, reason, limitKey }, nowMs);
  return refusal;
}

type Refusal = Extract<AttemptReservation, { outcome: 'limited' }>;

/** What is refused without writing; nothing is decided for one that has to be written. */
function* findRefusal(limits: readonly CountedLimit[], nowMs: number): Transition<Refusal | null> {
  for (const { key, rule } of limits) {
    const decision = enterAttempt(toCounter(yield* first(selectCounter, { key })), rule, nowMs);
    if (!decision.allowed) return decision.next === null ? refusalBy(key, decision) : null;
  }
  return null;
}

/** Enters the attempt in all counters, which are locked, or in none when one of them refuses. */
function* enterInEach(
  limits: readonly CountedLimit[],
  counters: readonly FailureCounter[],
  nowMs: number,
): Transition<Refusal | null> {
  const entered: [string, FailureCounter][] = [];
  for (const [index, { key, rule }] of limits.entries()) {
    const decision = enterAttempt(counters[index] ?? EMPTY_COUNTER, rule, nowMs);
    if (!decision.allowed) {
      if (decision.next !== null) yield* writeCounter(key, decision.next);
      return refusalBy(key, decision);
    }
    entered.push([key, decision.next]);
  }
  for (const [key, counter] of entered) yield* writeCounter(key, counter);
  return null;
}

function refusalBy(limitKey: string, { retryAfterMs }: { retryAfterMs: number }): Refusal {
  return { outcome: 'limited', limitKey, retryAfterMs };
}

export function* withdrawLoginAttempt(attempt: ReservedAttempt): Transition<void> {
  for (const limit of attempt.limits) yield* withdrawFrom(limit, attempt.enteredAtMs);
}

/**
 * The attempt succeeded: the address gets back what the attempt cost it, the account's own
 * counters are cleared, and the address is known to the account from now on.
 */
export function* settleAttempt(attempt: ReservedAttempt, nowMs: number): Transition<void> {
  const { accountKey, addressKey, limits, enteredAtMs } = attempt;
  for (const limit of limits) {
    if (limit.key.startsWith('address:')) yield* withdrawFrom(limit, enteredAtMs);
    else yield* run(deleteCounter, { key: limit.key });
  }
  yield* run(deleteCounter, { key: `unfamiliar:${accountKey}` });
  yield* run(upsertKnownAddress, { accountKey, addressKey, nowMs });
}

/** An operator set the password: what was guessed at the old one counts no more. */
export function* forgetFailures(accountKey: string): Transition<void> {
  yield* run(deleteCountersOfAccount, {
    from: `account:${accountKey}@`,
    to: `account:${accountKey}A`,
    unfamiliar: `unfamiliar:${accountKey}`,
  });
}

/** The account is gone: a later one of the same name must not find it at home anywhere. */
export function* forgetAccount(accountKey: string): Transition<void> {
  yield* forgetFailures(accountKey);
  yield* run(deleteKnownAddresses, { accountKey });
}

function* isKnownAddress(
  accountKey: string,
  addressKey: string,
  nowMs: number,
): Transition<boolean> {
  const known = yield* first(selectKnownAddress, { accountKey, addressKey });
  return known !== undefined && nowMs - known.last_sign_in_at_ms < KNOWN_ADDRESS_MS;
}

function* withdrawFrom({ key, rule }: CountedLimit, enteredAtMs: number): Transition<void> {
  const counter = toCounter(yield* first(lockCounter, { key }));
  yield* writeCounter(key, withdrawAttempt(counter, rule, enteredAtMs));
}

function* writeCounter(key: string, counter: FailureCounter): Transition<void> {
  const failedAtMs = JSON.stringify(counter.failedAtMs);
  yield* run(upsertCounter, { key, ...counter, failedAtMs });
}

type StoredCounter = Pick<Schema['failure_counters'], (typeof COUNTER_COLUMNS)[number]>;

function toCounter(row: StoredCounter | undefined): FailureCounter {
  if (row === undefined) return EMPTY_COUNTER;
  return {
    failedAtMs: JSON.parse(row.failed_at_ms),
    strikes: row.strikes,
    blockedUntilMs: row.blocked_until_ms,
    failuresInARow: row.failures_in_a_row,
    expiresAtMs: row.expires_at_ms,
  };
}
