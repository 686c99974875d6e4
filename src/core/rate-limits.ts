/**
 * When a password check is allowed: pure functions of a stored counter, a rule and the time
 * (contract decision 10). Storage keeps the counters and applies these inside one transition.
 *
 * Only failed checks count. An attempt is entered as a failure before the password is hashed and
 * taken back when it succeeds, so guesses made at the same moment cannot exceed the budget.
 */

export const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Longest wait that repeated failures on one account from one address can grow to. */
export const MAX_WAIT_MS = 60 * MINUTE_MS;
/** How long an address counts as the account's own after a sign-in from it. */
export const KNOWN_ADDRESS_MS = 30 * DAY_MS;
/** Failures in a row from addresses that the account does not know (SP 800-63B-4 §3.2.2). */
export const MAX_UNFAMILIAR_FAILURES = 100;
/** What `Retry-After` says when only a sign-in from a known address or an operator can help. */
const UNFAMILIAR_RETRY_MS = MAX_WAIT_MS;
/** Deleting that count sooner than after a silent year would hand out a fresh hundred guesses. */
const UNFAMILIAR_MEMORY_MS = 365 * DAY_MS;

/** One stored counter. All times are milliseconds since the Unix epoch. */
export interface FailureCounter {
  /** When the failures of the last minute happened, oldest first. */
  readonly failedAtMs: readonly number[];
  /** How often the budget was used up without a success or a quiet day in between. */
  readonly strikes: number;
  /** Nothing is allowed before this time; 0 when nothing blocks. */
  readonly blockedUntilMs: number;
  /** Failures since the last success; only counted for unfamiliar addresses. */
  readonly failuresInARow: number;
  /** After this the counter says nothing any more and may be deleted. */
  readonly expiresAtMs: number;
}

export const EMPTY_COUNTER: FailureCounter = {
  failedAtMs: [],
  strikes: 0,
  blockedUntilMs: 0,
  failuresInARow: 0,
  expiresAtMs: 0,
};

/** What a counter is held against. */
export type LimitRule =
  /** At most `failures` in any 60 seconds; with `growing`, each use-up doubles the wait. */
  | { readonly kind: 'per_minute'; readonly failures: number; readonly growing: boolean }
  /** At most `failures` since the last success, however slowly. */
  | { readonly kind: 'in_a_row'; readonly failures: number };

export type LimitDecision =
  | { readonly allowed: true; readonly next: FailureCounter }
  /** `next` is set when the counter has to be stored all the same (the clock was set back). */
  | {
      readonly allowed: false;
      readonly retryAfterMs: number;
      readonly next: FailureCounter | null;
    };

/** Enters one attempt as a failure, or says how long to wait. `counter` is left as it is. */
export function enterAttempt(
  counter: FailureCounter,
  rule: LimitRule,
  nowMs: number,
): LimitDecision {
  if (rule.kind === 'in_a_row') return enterInARow(counter, rule.failures, nowMs);
  const clamped = clampToNow(counter, nowMs);
  const current = forgetOldFailures(clamped, nowMs);
  const waitMs = Math.max(
    current.blockedUntilMs - nowMs,
    waitForRoomMs(current.failedAtMs, rule.failures, nowMs),
  );
  if (waitMs > 0) {
    return { allowed: false, retryAfterMs: waitMs, next: clamped === counter ? null : clamped };
  }
  const failedAtMs = [...current.failedAtMs, nowMs];
  const isUsedUp = rule.growing && failedAtMs.length >= rule.failures;
  if (!isUsedUp) {
    const expiresAtMs = Math.max(nowMs + MINUTE_MS, current.strikes > 0 ? current.expiresAtMs : 0);
    return { allowed: true, next: { ...current, failedAtMs, expiresAtMs } };
  }
  const strikes = current.strikes + 1;
  const next = { ...current, failedAtMs, strikes, blockedUntilMs: nowMs + waitAfterMs(strikes) };
  return { allowed: true, next: { ...next, expiresAtMs: next.blockedUntilMs + DAY_MS } };
}

/** Takes back the attempt that was entered at `enteredAtMs`, as if it had never been made. */
export function withdrawAttempt(
  counter: FailureCounter,
  rule: LimitRule,
  enteredAtMs: number,
): FailureCounter {
  if (rule.kind === 'in_a_row') {
    return { ...counter, failuresInARow: Math.max(0, counter.failuresInARow - 1) };
  }
  const index = counter.failedAtMs.lastIndexOf(enteredAtMs);
  const failedAtMs = counter.failedAtMs.filter((_, position) => position !== index);
  const wasLast = index >= 0 && counter.failedAtMs.length >= rule.failures;
  if (!rule.growing || !wasLast || counter.strikes === 0) return { ...counter, failedAtMs };
  return { ...counter, failedAtMs, strikes: counter.strikes - 1, blockedUntilMs: 0 };
}

/** 1, 2, 4 … 60 minutes. */
function waitAfterMs(strikes: number): number {
  return Math.min(MAX_WAIT_MS, MINUTE_MS * 2 ** Math.min(strikes - 1, 16));
}

function enterInARow(counter: FailureCounter, failures: number, nowMs: number): LimitDecision {
  if (counter.failuresInARow >= failures) {
    return { allowed: false, retryAfterMs: UNFAMILIAR_RETRY_MS, next: null };
  }
  const failuresInARow = counter.failuresInARow + 1;
  const expiresAtMs = nowMs + UNFAMILIAR_MEMORY_MS;
  return { allowed: true, next: { ...counter, failuresInARow, expiresAtMs } };
}

/** How long until fewer than `failures` of these lie within the last minute; 0 when they do. */
function waitForRoomMs(failedAtMs: readonly number[], failures: number, nowMs: number): number {
  const leavesFirst = failedAtMs[failedAtMs.length - failures];
  return leavesFirst === undefined ? 0 : leavesFirst + MINUTE_MS - nowMs;
}

/**
 * A clock that was set back must not stretch a wait: a failure "in the future" counts as made
 * now, and a block lasts no longer than the wait that it was given.
 */
function clampToNow(counter: FailureCounter, nowMs: number): FailureCounter {
  const latestBlockMs = nowMs + waitAfterMs(counter.strikes);
  const isAhead = (counter.failedAtMs.at(-1) ?? 0) > nowMs;
  if (!isAhead && counter.blockedUntilMs <= latestBlockMs) return counter;
  return {
    ...counter,
    failedAtMs: counter.failedAtMs.map((atMs) => Math.min(atMs, nowMs)),
    blockedUntilMs: Math.min(counter.blockedUntilMs, latestBlockMs),
  };
}

function forgetOldFailures(counter: FailureCounter, nowMs: number): FailureCounter {
  if (counter.strikes > 0 && nowMs >= counter.expiresAtMs) return EMPTY_COUNTER;
  if (counter.blockedUntilMs > 0 && nowMs >= counter.blockedUntilMs) {
    return { ...counter, failedAtMs: [], blockedUntilMs: 0 };
  }
  return { ...counter, failedAtMs: counter.failedAtMs.filter((atMs) => nowMs - atMs < MINUTE_MS) };
}
