/** What a server runs with, for operators: its settings, secrets left out, and what they mean. */

import { type Config, SETTINGS, type Setting, type SettingName, shownValue } from './config.ts';
import { ADMIN_TOKEN_TTL_SECONDS } from './core/admin.ts';
import { CONSOLE_IDLE_MS, CONSOLE_MAX_AGE_MS } from './core/console-liveness.ts';
import { MAX_UNFAMILIAR_FAILURES } from './core/rate-limits.ts';
import type { ListedSetting, SettingsReport } from './http/deps.ts';
import { sessionLifetimes } from './session-lifetimes.ts';

const DAY_SECONDS = 86_400;

export function reportSettings(config: Config): SettingsReport {
  const { accessTtlSeconds, refreshTtlSeconds, graceSeconds, maxAgeSeconds } =
    sessionLifetimes(config);
  return {
    limits: {
      failuresPerAddress: config.LOGIN_FAILURES_PER_MINUTE,
      failuresPerAccount: config.ACCOUNT_FAILURES_PER_MINUTE,
      unfamiliarFailures: MAX_UNFAMILIAR_FAILURES,
    },
    lifetimes: {
      adminToken: ADMIN_TOKEN_TTL_SECONDS,
      accessToken: accessTtlSeconds,
      refreshToken: refreshTtlSeconds,
      refreshGrace: graceSeconds,
      sessionMaxAge: maxAgeSeconds,
      consoleIdle: CONSOLE_IDLE_MS / 1000,
      consoleMaxAge: CONSOLE_MAX_AGE_MS / 1000,
      auditRetention: config.AUDIT_RETENTION_DAYS * DAY_SECONDS,
    },
    settings: (Object.keys(SETTINGS) as SettingName[]).map((name) => listSetting(config, name)),
  };
}

function listSetting(config: Config, name: SettingName): ListedSetting {
  const setting: Setting<unknown> = SETTINGS[name];
  const value = config[name];
  // How it was given is over; a setting that was given as its default is that.
  const isDefault = JSON.stringify(value) === JSON.stringify(setting.fallback);
  const shown = shownValue(setting, value, isDefault);
  return { name, value: shown === '' ? null : shown, isDefault, meaning: setting.meaning };
}
