/** Inputs for repository calls, and the few compound steps that many tests begin with. */

import type { Requester, RequestOrigin } from '../../src/core/events.ts';
import type { AccessTokenHash, PasswordHash } from '../../src/core/ports.ts';
import type {
  CountedLimit,
  IdentitySignInInput,
  Repository,
  ReservedAttempt,
  SessionLifetimes,
  SessionTokens,
  UserRecord,
} from '../../src/core/repository.ts';
import type { UsernameKey } from '../../src/core/usernames.ts';
import type { Store } from './store.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;
export const KIND = 'bcrypt:10';
export const ADDRESS = '198.51.100.7';

export const originAt = (address: string): RequestOrigin => ({
  address,
  addressKey: address,
  requestId: `request from ${address}`,
  userAgent: 'a test',
});
export const ORIGIN = originAt(ADDRESS);
/** Who asks in calls that do not care. */
export const BY: Requester = { actor: { kind: 'admin' }, origin: ORIGIN };
/** For repositories whose events nobody reads. */
export const UNHEARD = {
  events: { record: () => undefined },
  processActor: { kind: 'server' },
} as const;

export const LIFETIMES: SessionLifetimes = {
  accessTtlSeconds: 3_600,
  refreshTtlSeconds: 168 * 3_600,
  maxAgeSeconds: 30 * 86_400,
  graceSeconds: 30,
};

export const hashOf = (word: string) => `hash of ${word}` as PasswordHash;
export const tokenHashOf = (word: string) => `token hash of ${word}` as AccessTokenHash;
export const keyOf = (name: string) => name.toLowerCase() as UsernameKey;
export const accountOf = (name: string) => `user:${name}`;

export const adminInput = (password: string) => ({ passwordHash: hashOf(password), by: BY });

export function userInput(name: string, password: string | null = 'first') {
  return {
    username: name,
    usernameKey: keyOf(name),
    passwordHash: password === null ? null : hashOf(password),
    passwordKind: password === null ? null : KIND,
    role: 'STANDARD' as const,
    origin: 'operator' as const,
    by: {},
  };
}

export async function addUser(store: Store, name: string, password = 'first'): Promise<UserRecord> {
  const created = await store.repository.createUser(userInput(name, password));
  if (created.outcome !== 'created') throw new Error(`${name} was taken`);
  return created.user;
}

export function attemptInput(
  accountKey: string,
  addressKey = ADDRESS,
  budget: { perAddress?: number; perAccount?: number; inARow?: number } = {},
): Parameters<Repository['reserveLoginAttempt']>[0] {
  const { perAddress = 10, perAccount = 5, inARow = 100 } = budget;
  const perMinute = (key: string, failures: number, growing: boolean): CountedLimit => ({
    key,
    rule: { kind: 'per_minute', failures, growing },
  });
  return {
    accountKey,
    origin: originAt(addressKey),
    limits: [
      perMinute(`address:${addressKey}`, perAddress, false),
      perMinute(`account:${accountKey}@${addressKey}`, perAccount, true),
    ],
    unfamiliarLimit: {
      key: `unfamiliar:${accountKey}`,
      rule: { kind: 'in_a_row', failures: inARow },
    },
  };
}

export async function reserve(
  store: Store,
  ...input: Parameters<typeof attemptInput>
): Promise<ReservedAttempt> {
  const reservation = await store.repository.reserveLoginAttempt(attemptInput(...input));
  if (reservation.outcome === 'reserved') return reservation.attempt;
  throw new Error(`limited by ${reservation.limitKey}`);
}

/** Enters failures until one is refused, at most `most`; how many were entered. */
export async function failUntilLimited(
  store: Store,
  most: number,
  ...input: Parameters<typeof attemptInput>
): Promise<number> {
  for (let entered = 0; entered < most; entered += 1) {
    const reservation = await store.repository.reserveLoginAttempt(attemptInput(...input));
    if (reservation.outcome === 'limited') return entered;
  }
  return most;
}

export function signInInput(
  attempt: ReservedAttempt,
  user: { id: number },
  options: { sessionId?: string; password?: string; lifetimes?: SessionLifetimes } = {},
): Parameters<Repository['signInUser']>[0] {
  const { sessionId = 'session-1', password = 'first', lifetimes = LIFETIMES } = options;
  return {
    attempt,
    userId: user.id,
    checkedHash: hashOf(password),
    upgradedHash: null,
    upgradedKind: null,
    sessionId,
    lifetimes,
    origin: ORIGIN,
  };
}

export async function openSession(
  store: Store,
  user: UserRecord,
  options: { sessionId?: string; password?: string; lifetimes?: SessionLifetimes } = {},
): Promise<SessionTokens> {
  const attempt = await reserve(store, accountOf(user.username));
  const input = signInInput(attempt, user, options);
  const signedIn = await store.repository.signInUser(input);
  if (signedIn.outcome !== 'signed_in') throw new Error('the sample sign-in was refused');
  return signedIn.tokens;
}

export function rotationInput(
  sessionId: string,
  generation: number,
  lifetimes: Partial<SessionLifetimes> = {},
): Parameters<Repository['rotateRefreshToken']>[0] {
  return {
    sessionId,
    userId: 1,
    generation,
    lifetimes: { ...LIFETIMES, ...lifetimes },
    origin: originAt('203.0.113.9'),
  };
}

export function accessTokenInput(
  name: string,
  options: { expiresInSeconds?: number | null } = {},
): Parameters<Repository['createAccessToken']>[0] {
  return {
    publicId: `public-${name}`,
    secretHash: tokenHashOf(name),
    name,
    description: `for ${name}`,
    permissions: 3,
    expiresInSeconds: options.expiresInSeconds ?? null,
    by: BY,
  };
}

export function newPasswordInput(
  name: string,
  password: string,
): Parameters<Repository['replacePasswordAndEndSessions']>[0] {
  return {
    usernameKey: keyOf(name),
    passwordHash: hashOf(password),
    passwordKind: KIND,
    accountKey: accountOf(name),
    by: BY,
  };
}

export const ISSUER = 'https://accounts.example.com';
export const EMAIL = 'maria@example.com';

let sessions = 0;

/** Somebody whom a provider has proven; each time in a session of its own. */
export function identityInput(
  subject: string,
  options: { email?: string; issuer?: string; claim?: IdentitySignInInput['claim'] } = {},
): IdentitySignInInput {
  const { email = EMAIL, issuer = ISSUER } = options;
  sessions += 1;
  const claim = {
    kind: 'vouched',
    username: email,
    usernameKey: keyOf(email),
    isUsable: true,
  } as const;
  return {
    providerId: issuer === ISSUER ? 'google' : 'acme',
    issuer,
    subject,
    claim: options.claim ?? claim,
    sessionId: `session of an identity ${sessions}`,
    lifetimes: LIFETIMES,
    origin: ORIGIN,
  };
}
