/** The settings of sign-in providers: what a URL may be, and the entries of OIDC_PROVIDERS. */

import type { Config } from './config.ts';
import { GOOGLE } from './core/provider-sign-ins.ts';
import type { OpenIdProviderSettings } from './identity-providers/openid-provider.ts';
import { isSafeAddress } from './identity-providers/provider-addresses.ts';

/** Completes "NAME …"; never holds a secret. */
export class ProviderSettingFault extends Error {}

const FIELDS = ['id', 'name', 'issuer', 'client_id', 'client_secret', 'redirect_url'];
const REQUIRED_FIELDS = ['name', 'issuer', 'client_id', 'client_secret'];
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 40;

/** @throws ProviderSettingFault */
export function requireIssuer(value: string): void {
  const isPlain = (url: URL) => url.search === '' && url.hash === '' && url.username === '';
  if (!isSafeAddress(value) || !isPlain(new URL(value))) {
    throw new ProviderSettingFault(
      'must be the https address of an issuer such as https://accounts.google.com ' +
        '(http on loopback alone), without user, query and fragment',
    );
  }
}

/** @throws ProviderSettingFault */
export function requireRedirectUri(value: string): void {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || url.hash !== '') {
    throw new ProviderSettingFault(
      `must be an address such as https://example.com/auth/google/callback, not "${value}"`,
    );
  }
}

/** A JSON array of providers. @throws ProviderSettingFault naming the entry */
export function parseProviders(text: string): readonly OpenIdProviderSettings[] {
  const entries = parseArray(text).map(parseEntry);
  const ids = entries.map(({ id }) => id);
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) {
    throw new ProviderSettingFault(`has two entries with the id ${repeated}; give one another id`);
  }
  return entries;
}

/** Every provider that people may sign in with, in the order in which they are offered. */
export function configuredProviders(config: Config): OpenIdProviderSettings[] {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = config;
  if (clientId === null || clientSecret === null) return [...config.OIDC_PROVIDERS];
  const google = {
    id: GOOGLE,
    name: 'Google',
    issuer: config.GOOGLE_ISSUER,
    clientId,
    clientSecret,
    redirectUri: config.GOOGLE_CLIENT_REDIRECT_URL,
  };
  return [google, ...config.OIDC_PROVIDERS];
}

function parseArray(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (Array.isArray(value)) return value;
  throw new ProviderSettingFault(
    'must be a JSON array such as [{"name":"Example","issuer":"https://id.example.com",' +
      '"client_id":"…","client_secret":"…"}]',
  );
}

function parseEntry(entry: unknown, index: number): OpenIdProviderSettings {
  const place = `entry ${index + 1}`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new ProviderSettingFault(`has something else than an object as ${place}`);
  }
  const fields = entry as Record<string, unknown>;
  const stray = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (stray !== undefined) {
    throw new ProviderSettingFault(`has an unknown field "${stray}" in ${place}`);
  }
  const [name, issuer, clientId, clientSecret] = REQUIRED_FIELDS.map((field) =>
    requireText(fields, field, place),
  ) as [string, string, string, string];
  const id = fields.id === undefined ? slugOf(name) : requireText(fields, 'id', place);
  requireId(id, place);
  if (name.length > MAX_NAME_LENGTH) {
    throw new ProviderSettingFault(`has a name of over ${MAX_NAME_LENGTH} characters in ${place}`);
  }
  inField(place, 'issuer', () => requireIssuer(issuer));
  if (fields.redirect_url === undefined) {
    return { id, name, issuer, clientId, clientSecret, redirectUri: null };
  }
  const redirectUri = requireText(fields, 'redirect_url', place);
  inField(place, 'redirect_url', () => requireRedirectUri(redirectUri));
  return { id, name, issuer, clientId, clientSecret, redirectUri };
}

function requireText(fields: Record<string, unknown>, name: string, place: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new ProviderSettingFault(`needs the text "${name}" in ${place}`);
}

function requireId(id: string, place: string): void {
  if (ID.test(id) && id !== GOOGLE) return;
  throw new ProviderSettingFault(
    `has the id "${id}" in ${place}; give an "id" of a–z, 0–9 and hyphens that is not ${GOOGLE}`,
  );
}

function inField(place: string, field: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ProviderSettingFault)) throw error;
    throw new ProviderSettingFault(`has in ${place} a field "${field}" that ${error.message}`);
  }
}

/** `Company SSO` → `company-sso` */
function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return (plain.match(/[a-z0-9]+/g) ?? []).join('-');
}
