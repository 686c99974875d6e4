/** The JSON of the settings: what the server runs with, the auth switch, the providers. */

import type { ProviderState } from '../../core/provider-probes.ts';
import type { AuthSwitchState } from '../../core/repository.ts';
import type { PasswordPolicy } from '../../core/users.ts';
import type { SettingsReport } from '../deps.ts';
import { Instant, writeInstant } from '../instants.ts';
import { type Static, Type } from '../schema.ts';

const Count = Type.Integer({ minimum: 0 });
const TextOrNull = Type.Union([Type.String(), Type.Null()]);

export const AuthSwitchBody = Type.Object(
  { enabled: Type.Boolean() },
  { additionalProperties: false },
);

export const AuthSwitchAnswer = Type.Object({
  enabled: Type.Boolean(),
  version: Type.Integer({ description: 'what If-Match must say to change it, as "v<version>"' }),
});

const probeFields = {
  state: Type.Union([
    Type.Literal('not_tried'),
    Type.Literal('reachable'),
    Type.Literal('unreachable'),
  ]),
  tried_at: Type.Union([Instant, Type.Null()]),
  detail: TextOrNull,
};

export const ProviderProbeAnswer = Type.Object(probeFields);

export const SettingsAnswer = Type.Object({
  auth: AuthSwitchAnswer,
  password_policy: Type.Object({
    hash: Type.String({ description: 'of new passwords, with its cost' }),
    max_bytes: Count,
    user_min_length: Count,
    admin_min_length: Count,
  }),
  limits: Type.Object({
    failures_per_address_per_minute: Count,
    failures_per_account_per_minute: Count,
    failures_in_a_row_from_unfamiliar_addresses: Count,
  }),
  lifetimes: Type.Object(
    {
      admin_token: Count,
      access_token: Count,
      refresh_token: Count,
      refresh_grace: Count,
      session_max_age: Count,
      console_idle: Count,
      console_max_age: Count,
      audit_retention: Count,
    },
    { description: 'seconds' },
  ),
  settings: Type.Array(
    Type.Object({
      name: Type.String(),
      value: Type.Union([Type.String(), Type.Null()], {
        description: '`(set)` for a secret; null when there is none',
      }),
      is_default: Type.Boolean(),
      meaning: Type.String(),
    }),
  ),
  providers: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      issuer: Type.String(),
      ...probeFields,
    }),
  ),
});

export function writeAuthSwitch(state: AuthSwitchState): Static<typeof AuthSwitchAnswer> {
  return { enabled: state.isEnabled, version: state.version };
}

export function writeProbe(found: ProviderState): Static<typeof ProviderProbeAnswer> {
  const { state, triedAtMs, detail } = found;
  return { state, tried_at: triedAtMs === null ? null : writeInstant(triedAtMs), detail };
}

export function writeSettings(
  { limits, lifetimes, settings }: SettingsReport,
  more: {
    auth: AuthSwitchState;
    policy: PasswordPolicy;
    providers: readonly ProviderState[];
  },
): Static<typeof SettingsAnswer> {
  const { policy, providers } = more;
  return {
    auth: writeAuthSwitch(more.auth),
    password_policy: {
      hash: policy.hash,
      max_bytes: policy.maxBytes,
      user_min_length: policy.userMinLength,
      admin_min_length: policy.adminMinLength,
    },
    limits: {
      failures_per_address_per_minute: limits.failuresPerAddress,
      failures_per_account_per_minute: limits.failuresPerAccount,
      failures_in_a_row_from_unfamiliar_addresses: limits.unfamiliarFailures,
    },
    lifetimes: {
      admin_token: lifetimes.adminToken,
      access_token: lifetimes.accessToken,
      refresh_token: lifetimes.refreshToken,
      refresh_grace: lifetimes.refreshGrace,
      session_max_age: lifetimes.sessionMaxAge,
      console_idle: lifetimes.consoleIdle,
      console_max_age: lifetimes.consoleMaxAge,
      audit_retention: lifetimes.auditRetention,
    },
    settings: settings.map(({ name, value, isDefault, meaning }) => ({
      name,
      value,
      is_default: isDefault,
      meaning,
    })),
    providers: providers.map((one) => {
      const { id, name, issuer } = one;
      return { id, name, issuer, ...writeProbe(one) };
    }),
  };
}
