/**
 * How long a session of the console lives. A pure function of state and time; storage applies it
 * where the state is read. The reasons for the numbers are in
 * docs/decisions/2026-11-22-console-session.md.
 */

/** Whatever happens: a stolen cookie is worth nothing the next day. */
export const CONSOLE_MAX_AGE_MS = 12 * 60 * 60 * 1000;
/** Without a request, as measured by a last use that is at most CONSOLE_TOUCH_MS behind. */
export const CONSOLE_IDLE_MS = 60 * 60 * 1000;
/** Between two writes of the last use. */
export const CONSOLE_TOUCH_MS = 60 * 1000;
/** Of one holder; with one more the oldest ends. */
export const MAX_CONSOLE_SESSIONS = 20;

export interface ConsoleSessionTimes {
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Whether it lives. `issuedUnder` is what its holder's password was when it was opened: a number
 * that every new password changes. `wouldBeIssuedUnder` is that number now, and null for a holder
 * who could not open one now.
 */
export function isConsoleSessionLive(
  state: ConsoleSessionTimes & {
    readonly issuedUnder: number;
    readonly wouldBeIssuedUnder: number | null;
  },
  nowMs: number,
): boolean {
  return state.issuedUnder === state.wouldBeIssuedUnder && nowMs < consoleIdleEndMs(state);
}

/** When it ends unless it is used. */
export function consoleIdleEndMs({ lastSeenAtMs, expiresAtMs }: ConsoleSessionTimes): number {
  return Math.min(lastSeenAtMs + CONSOLE_IDLE_MS, expiresAtMs);
}

/** Whether the last use has to be written again. A clock that stepped back is left alone. */
export function isTouchDue({ lastSeenAtMs }: ConsoleSessionTimes, nowMs: number): boolean {
  return nowMs - lastSeenAtMs >= CONSOLE_TOUCH_MS;
}
