/**
 * What is kept of a session, and when its access token is due. Expiry is judged by the lifetime
 * that the server gave, counted from when the answer arrived: a local clock that is wrong by hours
 * does no harm, and one that was moved since then leads to a refresh too many at worst.
 */

import { SallyportClientError } from './errors.ts';

export interface SessionRecord {
  readonly token: string;
  readonly refreshToken: string;
  /** Local wall clock. */
  readonly receivedAtMs: number;
  /** Null when the token does not say: then only a refusal tells that it has expired. */
  readonly lifetimeMs: number | null;
}

/** `due` is before expiry: the token still works, and its successor is fetched meanwhile. */
export type Freshness = 'fresh' | 'due' | 'expired';

const MAX_LEAD_MS = 60_000;
const MAX_JITTER_MS = 30_000;

/**
 * Tokens are due a minute before expiry, or a quarter of a short life, and earlier by a jitter, so
 * that the tabs of a session do not all refresh in the same second.
 *
 * @param jitter from 0 to 1, one for each client
 */
export function freshnessOf(record: SessionRecord, nowMs: number, jitter: number): Freshness {
  const { lifetimeMs, receivedAtMs } = record;
  if (lifetimeMs === null) return 'fresh';
  const ageMs = nowMs - receivedAtMs;
  // Received in the future: the clock was set back, and the age is unknown.
  if (ageMs < 0) return 'due';
  if (ageMs >= lifetimeMs) return 'expired';
  const leadMs =
    Math.min(MAX_LEAD_MS, lifetimeMs / 4) + jitter * Math.min(MAX_JITTER_MS, lifetimeMs / 8);
  return ageMs >= lifetimeMs - leadMs ? 'due' : 'fresh';
}

/** @throws SallyportClientError `answer_invalid`, which counts as no answer */
export function readTokens(answer: unknown, receivedAtMs: number): SessionRecord {
  const { token, refresh_token: refreshToken, expires_at: expiresAt } = answer as never;
  if (!isText(token) || !isText(refreshToken) || typeof expiresAt !== 'number') {
    throw new SallyportClientError('answer_invalid', 'The answer does not hold a pair of tokens');
  }
  const issuedAt = issuedAtOf(token);
  const lifetimeMs = issuedAt === null ? null : (expiresAt - issuedAt) * 1000;
  return { token, refreshToken, receivedAtMs, lifetimeMs };
}

/** `iat` of a JWT, unverified: it is only subtracted from the expiry that came with it. */
function issuedAtOf(token: string): number | null {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { iat } = JSON.parse(atob(payload)) as { iat?: unknown };
    return typeof iat === 'number' ? iat : null;
  } catch {
    return null;
  }
}

export function writeRecord(record: SessionRecord): string {
  return JSON.stringify({ version: 1, ...record });
}

/** Null for nothing, and for what is no session of this version. */
export function readRecord(text: string | null): SessionRecord | null {
  if (text === null) return null;
  try {
    const { version, token, refreshToken, receivedAtMs, lifetimeMs } = JSON.parse(text);
    const isWhole = isText(token) && isText(refreshToken) && Number.isFinite(receivedAtMs);
    if (version !== 1 || !isWhole) return null;
    const hasLifetime = Number.isFinite(lifetimeMs);
    return { token, refreshToken, receivedAtMs, lifetimeMs: hasLifetime ? lifetimeMs : null };
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
