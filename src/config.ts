/**
 * Every setting of the server: one table, from which the values, the faults, the documentation
 * and the suggestions for misspelt names are all made. All faults are reported at once.
 */

import { readFileSync } from 'node:fs';
import { distance } from 'fastest-levenshtein';
import ipaddr from 'ipaddr.js';
import { SECRET_RECIPE, weaknessOf } from './crypto/secret-rules.ts';
import type { OpenIdProviderSettings } from './identity-providers/openid-provider.ts';
import {
  ProviderSettingFault,
  parseProviders,
  requireIssuer,
  requireRedirectUri,
} from './provider-settings.ts';

/** How one setting is read. `parse` returns the value, or throws text that completes "NAME …". */
export interface Setting<T> {
  readonly parse: (text: string) => T;
  /** The value when the setting is absent. */
  readonly fallback: T;
  /** What the documentation shows as the default. */
  readonly shownDefault: string;
  readonly meaning: string;
  /** Secrets are never printed, and an empty one is a fault and not an absence. */
  readonly isSecret?: boolean;
  /** How to make a value, where it is the operator who makes it. */
  readonly recipe?: string;
  /** How it is listed, when that is not as it was given. */
  show?(value: T): string;
}

class Unsuitable extends Error {}

function text(shownDefault: string, meaning: string): Setting<string> {
  return { parse: (value) => value, fallback: shownDefault, shownDefault, meaning };
}

function optional(
  meaning: string,
  options: Pick<Setting<string>, 'isSecret' | 'recipe'> = {},
): Setting<string | null> {
  return { parse: (value) => value, fallback: null, shownDefault: '', meaning, ...options };
}

function whole(
  fallback: number,
  bounds: { min: number; max: number },
  meaning: string,
): Setting<number> {
  const { min, max } = bounds;
  const parse = (value: string) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Unsuitable(`must be a whole number from ${min} to ${max}, not "${value}"`);
    }
    return number;
  };
  return { parse, fallback, shownDefault: String(fallback), meaning };
}

function flag(fallback: boolean, meaning: string): Setting<boolean> {
  const parse = (value: string) => {
    if (value !== 'true' && value !== 'false') {
      throw new Unsuitable(`must be true or false, not "${value}"`);
    }
    return value === 'true';
  };
  return { parse, fallback, shownDefault: String(fallback), meaning };
}

/** A flag whose default depends on something else. */
function eitherOrUnset(meaning: string): Setting<boolean | null> {
  const { parse } = flag(false, meaning);
  return { parse, fallback: null, shownDefault: '', meaning };
}

/** Never repeated in a message: it usually holds a password. */
function databaseUrl(meaning: string): Setting<string | null> {
  const parse = (value: string) => {
    const isPostgres = /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
    if (!isPostgres || new URL(value).pathname.length < 2) {
      throw new Unsuitable('must be of the form postgres://user:password@host:5432/database');
    }
    return value;
  };
  const show = (value: string | null) => (value === null ? '' : withoutPassword(value));
  return { parse, fallback: null, shownDefault: '', meaning, show };
}

/** Who connects to which database, for messages and listings. */
export function withoutPassword(url: string): string {
  const { username, host, pathname } = new URL(url);
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

/** The value is written into a header, and a browser drops a cookie for anything else. */
function domain(meaning: string): Setting<string | null> {
  const parse = (value: string) => {
    const labels = value.split('.');
    const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label);
    if (labels.length < 2 || !labels.every(isLabel) || /^[\d.]+$/.test(value)) {
      throw new Unsuitable(`must be a domain such as example.com, not "${value}"`);
    }
    return value;
  };
  return { parse, fallback: null, shownDefault: '', meaning };
}

function oneOf<const T extends string>(
  choices: readonly T[],
  fallback: T,
  meaning: string,
): Setting<T> {
  const parse = (value: string) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw new Unsuitable(`must be one of ${choices.join(', ')}, not "${value}"`);
  };
  return { parse, fallback, shownDefault: fallback, meaning };
}

/** A comma-separated list; each word passes `check`, which throws when it does not suit. */
function list(check: (word: string) => void, meaning: string): Setting<readonly string[]> {
  const parse = (value: string) => {
    const words = value.split(',').map((word) => word.trim());
    for (const word of words) check(word);
    return words;
  };
  return { parse, fallback: [], shownDefault: '', meaning };
}

function requireCidr(word: string): void {
  const isNetwork = ipaddr.isValidCIDR(word) || ipaddr.isValid(word);
  if (!isNetwork) {
    throw new Unsuitable(`must list networks such as 10.0.0.0/8 or ::1/128, not "${word}"`);
  }
}

function requireWebOrigin(word: string): void {
  if (word === '*') return;
  const isOrigin = URL.canParse(word) && new URL(word).origin === word;
  if (!isOrigin) {
    throw new Unsuitable(`must list origins such as https://app.example.com, not "${word}"`);
  }
}

/** Any text that passes `check`, which throws ProviderSettingFault when it does not suit. */
function address(
  check: (value: string) => void,
  meaning: string,
  shownDefault = '',
): Setting<string> {
  const parse = (value: string) => {
    check(value);
    return value;
  };
  return { parse, fallback: shownDefault, shownDefault, meaning };
}

function optionalAddress(check: (value: string) => void, meaning: string): Setting<string | null> {
  return { ...address(check, meaning), fallback: null };
}

const MINUTES_PER_DAY = 24 * 60;
const OUR_SECRET = { isSecret: true, recipe: SECRET_RECIPE };

export const SETTINGS = {
  PORT: whole(6573, { min: 0, max: 65_535 }, 'TCP port; 0 takes a free one'),
  HOST: text('127.0.0.1', 'address to listen on; `0.0.0.0` for all'),
  DATA_DIR: text(
    './data',
    'folder of `server_params.btr`, and of the database without `DATABASE_URL`',
  ),
  DATABASE_URL: databaseUrl(
    'PostgreSQL (14 or later) to use in place of the file, `postgres://user:password@host/database`',
  ),
  APP_NAME: text('Vega AI', 'issuer of all tokens (`iss`)'),
  ACTIAN_VECTORAI_JWT_SECRET: optional(
    'signs admin JWTs; saved when given, generated when not',
    OUR_SECRET,
  ),
  TOKEN_SECRET: optional(
    'signs the tokens of users; saved when given, generated when not',
    OUR_SECRET,
  ),
  PARAMS_KEY: optional(
    'encrypts the server parameters where they are in a shared database or a backup',
    OUR_SECRET,
  ),
  SERVER_PARAMS: optional('the server parameters themselves, as `params generate` writes them', {
    isSecret: true,
  }),
  ALLOW_WEAK_SECRETS: flag(false, 'starts with secrets that are too short or published'),
  AUTH_ENABLED: flag(true, 'auth switch of a new database; afterwards `PATCH /auth/enabled`'),
  LOCAL_ADMIN_CALLS: oneOf(
    ['auto', 'off'],
    'auto',
    'calls for localhost only; `auto` is off when `TRUSTED_PROXIES` is set',
  ),
  TRUSTED_PROXIES: list(requireCidr, 'networks whose `X-Forwarded-For` is believed'),
  ACCESS_TOKEN_EXPIRY: whole(
    60,
    { min: 1, max: 30 * MINUTES_PER_DAY },
    'minutes an access token lives',
  ),
  REFRESH_TOKEN_EXPIRY: whole(168, { min: 1, max: 8_760 }, 'hours a refresh token lives'),
  REFRESH_GRACE_SECONDS: whole(
    30,
    { min: 0, max: 60 },
    'seconds in which a refresh may be repeated with the same answer',
  ),
  SESSION_MAX_AGE_DAYS: whole(30, { min: 1, max: 365 }, 'days after which signing in is needed'),
  PASSWORD_HASH: oneOf(['bcrypt', 'argon2id'], 'bcrypt', 'algorithm of new password hashes'),
  BCRYPT_COST: whole(10, { min: 10, max: 16 }, 'cost of new bcrypt hashes, each step doubles it'),
  LOGIN_FAILURES_PER_MINUTE: whole(
    10,
    { min: 1, max: 1_000 },
    'failed password checks a minute from one address',
  ),
  ACCOUNT_FAILURES_PER_MINUTE: whole(
    5,
    { min: 1, max: 1_000 },
    'failed password checks a minute on one account from one address, then growing waits',
  ),
  ADMIN_USERNAME: optional('user with role ADMIN, created at start if it does not exist'),
  ADMIN_PASSWORD: optional('password of that user', { isSecret: true }),
  RESET_ADMIN_PASSWORD: flag(false, 'sets that password again at start'),
  COOKIE_DOMAIN: domain(
    'domain whose hosts all get the cookies; without it they are for this host alone',
  ),
  COOKIE_SECURE: eitherOrUnset(
    'whether cookies are `Secure`; when not set they are, except over http on a loopback `HOST`',
  ),
  GOOGLE_CLIENT_ID: optional('client of sign-in with Google; there is none without it'),
  GOOGLE_CLIENT_SECRET: optional('secret of that client', { isSecret: true }),
  GOOGLE_CLIENT_REDIRECT_URL: optionalAddress(
    requireRedirectUri,
    'where Google leads back to; when not set `/auth/google/callback` of the origin in use',
  ),
  GOOGLE_REDIRECT_URIS: list(
    requireRedirectUri,
    'further redirect URIs whose codes `POST /api/auth/google` takes',
  ),
  GOOGLE_ISSUER: address(
    requireIssuer,
    'issuer that is taken for Google',
    'https://accounts.google.com',
  ),
  OIDC_PROVIDERS: {
    parse: parseProviders,
    fallback: [],
    shownDefault: '',
    meaning: 'more providers to sign in with, as JSON',
    isSecret: true,
  } as Setting<readonly OpenIdProviderSettings[]>,
  CORS_ALLOWED_ORIGINS: list(
    requireWebOrigin,
    'web origins that may call `/api/` from a browser; `*` for all, then without credentials',
  ),
  AUDIT_RETENTION_DAYS: whole(
    400,
    { min: 1, max: 36_500 },
    'days an event stays in the audit trail',
  ),
  LOG_LEVEL: oneOf(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'least severe log lines that are written',
  ),
} satisfies Record<string, Setting<unknown>>;

/** Secrets as `(set)`; empty where there is none. */
export function shownValue(setting: Setting<unknown>, value: unknown, isDefault: boolean): string {
  if (setting.isSecret && !isDefault) return '(set)';
  return setting.show?.(value) ?? String(value ?? '');
}

export type SettingName = keyof typeof SETTINGS;

export type Config = {
  readonly [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]['parse']> extends infer T
    ? T
    : never;
};

export type ConfigResult =
  | { readonly config: Config; readonly faults: readonly [] }
  /** One line a fault, each naming its variable. */
  | { readonly config: null; readonly faults: readonly string[] };

/** Reads every setting from the environment, or says everything that is wrong with it. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ConfigResult {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    try {
      const given = readText(name, setting, environment);
      values[name] = given === null ? setting.fallback : setting.parse(given);
    } catch (error) {
      const isFault = error instanceof Unsuitable || error instanceof ProviderSettingFault;
      if (!isFault) throw error;
      faults.push(`${name} ${error.message}`);
    }
  }
  faults.push(...misspelt(environment));
  if (faults.length === 0) faults.push(...contradictions(values as Config));
  if (faults.length > 0) return { config: null, faults };
  return { config: values as Config, faults: [] };
}

function readText(
  name: string,
  setting: Setting<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const direct = environment[name];
  const file = environment[`${name}_FILE`];
  if (direct !== undefined && file !== undefined) {
    throw new Unsuitable(`and ${name}_FILE are both set; keep one of them`);
  }
  const value = file === undefined ? direct : readValueFile(name, file);
  if (value === undefined) return null;
  if (value.trim() !== '') return value;
  if (setting.isSecret) {
    const made = setting.recipe === undefined ? '' : `, made for example with ${setting.recipe}`;
    throw new Unsuitable(`is empty; leave it out, or give a value${made}`);
  }
  // Compose files pass unset variables on as empty ones.
  return null;
}

function readValueFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Unsuitable(`is to be read from ${name}_FILE, but ${file} cannot be read (${reason})`);
  }
}

/** A setting that is nearly a known one was meant to be it: ignoring it would be the surprise. */
function misspelt(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.keys(SETTINGS).flatMap((name) => [name, `${name}_FILE`]);
  return Object.keys(environment)
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const near = known.find((candidate) => isNear(name, candidate));
      return near === undefined ? [] : [`${name} is not a setting; did you mean ${near}?`];
    });
}

/** Short names are too close to those of other programs (PORT, PATH) to guess at. */
function isNear(name: string, candidate: string): boolean {
  const allowed = candidate.length < 8 ? 0 : candidate.length < 12 ? 1 : 2;
  if (Math.abs(name.length - candidate.length) > allowed) return false;
  return distance(name.toUpperCase(), candidate) <= allowed;
}

/** Settings that are sound by themselves and not together. */
function contradictions(config: Config): string[] {
  const faults: string[] = [];
  if (config.DATABASE_URL !== null && config.PARAMS_KEY === null && config.SERVER_PARAMS === null) {
    faults.push(
      'DATABASE_URL is set without PARAMS_KEY, under which the servers share their secrets; ' +
        `make one with ${SECRET_RECIPE} and give it to all of them`,
    );
  }
  const keyWeakness = config.PARAMS_KEY === null ? null : weaknessOf(config.PARAMS_KEY);
  if (keyWeakness !== null && !config.ALLOW_WEAK_SECRETS) {
    faults.push(`PARAMS_KEY ${keyWeakness}; make a good one with ${SECRET_RECIPE}`);
  }
  if (config.ACCESS_TOKEN_EXPIRY > config.REFRESH_TOKEN_EXPIRY * 60) {
    faults.push('ACCESS_TOKEN_EXPIRY (minutes) must not exceed REFRESH_TOKEN_EXPIRY (hours)');
  }
  if ((config.ADMIN_USERNAME === null) !== (config.ADMIN_PASSWORD === null)) {
    const [set, missing] =
      config.ADMIN_USERNAME === null
        ? ['ADMIN_PASSWORD', 'ADMIN_USERNAME']
        : ['ADMIN_USERNAME', 'ADMIN_PASSWORD'];
    faults.push(`${set} is set without ${missing}; give both, there is no default`);
  }
  if ((config.GOOGLE_CLIENT_ID === null) !== (config.GOOGLE_CLIENT_SECRET === null)) {
    faults.push('GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET must be set together');
  }
  if (config.RESET_ADMIN_PASSWORD && config.ADMIN_PASSWORD === null) {
    faults.push('RESET_ADMIN_PASSWORD is true, but ADMIN_USERNAME and ADMIN_PASSWORD are not set');
  }
  if (config.CORS_ALLOWED_ORIGINS.includes('*') && config.CORS_ALLOWED_ORIGINS.length > 1) {
    faults.push('CORS_ALLOWED_ORIGINS has * beside other origins; keep * alone or leave it out');
  }
  return faults;
}
