/** What a running server does by itself, now and then, without holding up a request. */

import type { Logger } from 'pino';
import type { AuthSwitch } from './core/auth-switch.ts';
import type { Maintenance } from './core/maintenance.ts';

/** Last uses of access tokens that are younger than this are lost at kill -9. */
const USES_FLUSH_INTERVAL_MS = 10_000;
const PURGE_INTERVAL_MS = 60_000;
const AUTH_OFF_WARNING_INTERVAL_MS = 5 * 60_000;

/** Starts it; the returned function ends it. A failure is logged, and tried again next time. */
export function keepHouse(
  { maintenance, authSwitch }: { maintenance: Maintenance; authSwitch: AuthSwitch },
  log: Logger,
): () => void {
  const every = (intervalMs: number, event: string, work: () => Promise<unknown>) =>
    setInterval(() => {
      work().catch((error: unknown) => log.error({ event, err: error }, 'will try again'));
    }, intervalMs).unref();
  const timers = [
    every(USES_FLUSH_INTERVAL_MS, 'maintenance.flush_failed', () => maintenance.flushUses()),
    every(PURGE_INTERVAL_MS, 'maintenance.purge_failed', () => maintenance.purge()),
    every(AUTH_OFF_WARNING_INTERVAL_MS, 'maintenance.check_failed', () =>
      warnIfAuthIsOff(authSwitch, log),
    ),
  ];
  warnIfAuthIsOff(authSwitch, log).catch(() => undefined);
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** For operators, who read the log; strangers are not told. */
async function warnIfAuthIsOff(authSwitch: AuthSwitch, log: Logger): Promise<void> {
  if (await authSwitch.isEnabled()) return;
  log.warn(
    { event: 'auth.is_off' },
    'Auth enforcement is OFF. Turn it on with PATCH /auth/enabled {"enabled":true}.',
  );
}
