/** How long sessions and their tokens live under a configuration. */

import type { Config } from './config.ts';
import type { SessionLifetimes } from './core/repository.ts';

export function sessionLifetimes(config: Config): SessionLifetimes {
  return {
    accessTtlSeconds: config.ACCESS_TOKEN_EXPIRY * 60,
    refreshTtlSeconds: config.REFRESH_TOKEN_EXPIRY * 3600,
    maxAgeSeconds: config.SESSION_MAX_AGE_DAYS * 86_400,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
  };
}
