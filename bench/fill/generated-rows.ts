/**
 * What generated users, sessions, access tokens and events look like, as rows of the tables. Pure:
 * a row follows from its number, the time and the draws, so two fills of one size look alike.
 */

import type { Insertable } from 'kysely';
import { PERMISSION_BITS } from '../../src/core/permissions.ts';
import type { AccessTokenHash, PasswordHash } from '../../src/core/ports.ts';
import type { SessionLifetimes } from '../../src/core/repository.ts';
import { usernameKey } from '../../src/core/usernames.ts';
import type { Schema } from '../../src/storage/schema.ts';

export type UserRow = Insertable<Schema['users']>;
export type SessionRow = Insertable<Schema['sessions']>;
export type AccessTokenRow = Insertable<Schema['access_tokens']>;
export type AuditRow = Insertable<Schema['audit_events']>;

/** What all rows of a fill have in common. Times are Unix milliseconds. */
export interface Scene {
  readonly nowMs: number;
  readonly lifetimes: SessionLifetimes;
  /** One for all: a million of them would take half a day. */
  readonly password: { readonly hash: PasswordHash; readonly kind: string };
  /** The next number of a series, from 0 to below 1. */
  readonly draw: () => number;
}

const DAY_MS = 86_400_000;
const OLDEST_USER_MS = 3 * 365 * DAY_MS;
const OLDEST_TOKEN_MS = 2 * 365 * DAY_MS;
/** So young that no setting of the server calls a session too old. */
const OLDEST_SESSION_MS = 12 * 3_600_000;
const SHARE_OF_ADMINS = 0.01;
const SHARE_OF_DISABLED = 0.02;
const SHARE_NEVER_SIGNED_IN = 0.1;
const SHARE_OF_ENDED_SESSIONS = 0.05;
const SHARE_OF_EXPIRING_TOKENS = 0.3;
const SHARE_OF_USED_TOKENS = 0.6;

const GIVEN_NAMES = 'amina boris chloé dario elif fatma göran hana ivan jun kofi lena mateo nora'
  .concat(' oskar petra quinn rosa søren tomás uma viktor wanda ximena yuki zoë')
  .split(' ');
const FAMILY_NAMES = 'abe berg castro diallo evans fischer garcía haddad ito jansen kaya lopez'
  .concat(' müller novák okafor park quist rossi silva tanaka usman varga weber xu yılmaz zhang')
  .split(' ');
const USER_AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
];

/** A series that is the same for each start with the same seed (Marsaglia's xorshift32). */
export function seededDraws(seed: number): () => number {
  // It never leaves zero.
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Neighbours differ in their first letters, so that they do not arrive in the order of the keys. */
export function usernameOf(index: number): string {
  const given = GIVEN_NAMES[index % GIVEN_NAMES.length];
  const family = FAMILY_NAMES[Math.floor(index / GIVEN_NAMES.length) % FAMILY_NAMES.length];
  return `${given}.${family}.${index}@example.com`;
}

/** The later in the fill, the later they joined. */
export function userRow(index: number, count: number, scene: Scene): UserRow {
  const { nowMs, password, draw } = scene;
  const username = usernameOf(index);
  const createdAtMs = nowMs - Math.round(OLDEST_USER_MS * (1 - index / count)) - DAY_MS;
  return {
    username,
    username_key: usernameKey(username),
    password_hash: password.hash,
    password_kind: password.kind,
    role: draw() < SHARE_OF_ADMINS ? 'ADMIN' : 'STANDARD',
    is_enabled: draw() < SHARE_OF_DISABLED ? 0 : 1,
    origin: 'operator',
    created_at_ms: createdAtMs,
    password_changed_at_ms: createdAtMs,
    last_sign_in_at_ms: draw() < SHARE_NEVER_SIGNED_IN ? null : signedInAtMs(index / count, nowMs),
  };
}

export interface SessionOwner {
  readonly id: number;
  /** Their place among all, from 0 to below 1: sessions begin in this order. */
  readonly place: number;
  readonly role: 'ADMIN' | 'STANDARD';
  readonly isEnabled: boolean;
}

/**
 * One that lives, and of some people another one that has ended. Who is disabled has no other.
 * `newId` gives each an id.
 */
export function sessionRows(owner: SessionOwner, scene: Scene, newId: () => string): SessionRow[] {
  const hasEnded = scene.draw() < SHARE_OF_ENDED_SESSIONS;
  return [
    ...(owner.isEnabled ? [sessionRow(owner, scene, newId())] : []),
    ...(hasEnded || !owner.isEnabled ? [endedRow(sessionRow(owner, scene, newId()), scene)] : []),
  ];
}

function sessionRow(owner: SessionOwner, { nowMs, lifetimes, draw }: Scene, id: string) {
  const createdAtMs = signedInAtMs(owner.place, nowMs);
  // Whoever is at work has refreshed within half the life of an access token.
  const freshMs = lifetimes.accessTtlSeconds * 500 * (1 - owner.place);
  const rotatedAtMs = Math.max(createdAtMs, nowMs - Math.round(freshMs));
  const rotatedAtS = Math.floor(rotatedAtMs / 1000);
  const latestS = Math.floor(createdAtMs / 1000) + lifetimes.maxAgeSeconds;
  const address = addressFrom(draw);
  return {
    id,
    user_id: owner.id,
    generation: 1 + Math.floor(draw() * 12),
    role_issued: owner.role,
    created_at_ms: createdAtMs,
    rotated_at_ms: rotatedAtMs,
    access_expires_at_s: Math.min(rotatedAtS + lifetimes.accessTtlSeconds, latestS),
    refresh_expires_at_s: Math.min(rotatedAtS + lifetimes.refreshTtlSeconds, latestS),
    ended_at_ms: null,
    end_reason: null,
    created_address: address,
    last_address: address,
    user_agent: USER_AGENTS[Math.floor(draw() * USER_AGENTS.length)] ?? '',
  } satisfies SessionRow;
}

function signedInAtMs(place: number, nowMs: number): number {
  return nowMs - Math.round(OLDEST_SESSION_MS * (1 - place));
}

function endedRow(session: SessionRow, { nowMs, draw }: Scene): SessionRow {
  const endedAtMs = between(session.rotated_at_ms, nowMs, draw);
  return { ...session, ended_at_ms: endedAtMs, end_reason: 'signed_out' };
}

/** The event that a session began with. */
export function signInEvent(session: SessionRow, requestId: string): AuditRow {
  return {
    at_ms: session.created_at_ms,
    name: 'session.signed_in',
    actor_kind: 'user',
    actor_id: String(session.user_id),
    subject: String(session.user_id),
    session_id: session.id,
    address: session.created_address,
    request_id: requestId,
    user_agent: session.user_agent,
  };
}

/** With `isKept` its raw value is handed out: then it may do everything and does not expire. */
export function accessTokenRow(
  index: number,
  minted: { readonly publicId: string; readonly hash: AccessTokenHash },
  isKept: boolean,
  { nowMs, draw }: Scene,
): AccessTokenRow {
  // Whole seconds, as the server makes them.
  const createdAtMs = Math.floor(between(nowMs - OLDEST_TOKEN_MS, nowMs, draw) / 1000) * 1000;
  const everything = PERMISSION_BITS.read | PERMISSION_BITS.write | PERMISSION_BITS.admin;
  const isExpiring = draw() < SHARE_OF_EXPIRING_TOKENS && !isKept;
  const isUsed = draw() < SHARE_OF_USED_TOKENS;
  return {
    public_id: minted.publicId,
    secret_hash: minted.hash,
    name: `machine-${index}`,
    description: `Generated access token ${index}`,
    permissions: isKept ? everything : 1 + Math.floor(draw() * everything),
    created_at_ms: createdAtMs,
    expires_at_ms: isExpiring ? nowMs + Math.ceil(draw() * 365) * DAY_MS : null,
    last_used_at_ms: isUsed ? between(createdAtMs, nowMs, draw) : null,
  };
}

/** Of the block that is set aside for measurements (RFC 2544). */
function addressFrom(draw: () => number): string {
  const [third, fourth] = [Math.floor(draw() * 256), Math.floor(draw() * 256)];
  return `198.18.${third}.${fourth}`;
}

function between(fromMs: number, untilMs: number, draw: () => number): number {
  return Math.floor(fromMs + draw() * (untilMs - fromMs));
}
