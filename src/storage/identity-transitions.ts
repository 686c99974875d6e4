/** Sign-in by an identity that a provider has proven. Which account it is: core/identities.ts. */

import { mayLink, type NameClaim } from '../core/identities.ts';
import type { UserIdentity } from '../core/operations-repository.ts';
import type {
  IdentitySignInInput,
  IdentitySignInOutcome,
  UserOrigin,
  UserRole,
} from '../core/repository.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { openSession } from './session-transitions.ts';
import { all, change, currentTimeMs, first, statement, type Transition } from './transition.ts';
import { insertUser } from './user-transitions.ts';

const selectByIdentity = statement<{ issuer: string; subject: string }>()((db, p) =>
  db
    .selectFrom('user_identities')
    .innerJoin('users', 'users.id', 'user_identities.user_id')
    .select(['users.id', 'users.username', 'users.role', 'users.is_enabled'])
    .where('user_identities.issuer', '=', p.issuer)
    .where('user_identities.subject', '=', p.subject),
);
const selectByName = statement<{ usernameKey: string; issuer: string }>()((db, p) =>
  db
    .selectFrom('users')
    .leftJoin('user_identities', (join) =>
      join
        .onRef('user_identities.user_id', '=', 'users.id')
        .on('user_identities.issuer', '=', p.issuer),
    )
    .select([
      'users.id',
      'users.username',
      'users.role',
      'users.is_enabled',
      'users.origin',
      'user_identities.subject',
    ])
    .where('users.username_key', '=', p.usernameKey),
);
const selectIdentities = statement<{ userId: number }>()((db, p) =>
  db
    .selectFrom('user_identities')
    .select(['provider_id', 'created_at_ms'])
    .where('user_id', '=', p.userId),
);
export const insertIdentity = statement<{
  issuer: string;
  subject: string;
  userId: number;
  providerId: string;
  nowMs: number;
}>()((db, p) =>
  db
    .insertInto('user_identities')
    .values({
      issuer: p.issuer,
      subject: p.subject,
      user_id: p.userId,
      provider_id: p.providerId,
      created_at_ms: p.nowMs,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
export const deleteNewUser = statement<{ userId: number }>()((db, p) =>
  db.deleteFrom('users').where('id', '=', p.userId),
);
const recordSignIn = statement<{ userId: number; nowMs: number }>()((db, p) =>
  db
    .updateTable('users')
    .set({ last_sign_in_at_ms: p.nowMs })
    .where('id', '=', p.userId)
    .where('is_enabled', '=', 1)
    .returning(['id', 'username', 'role']),
);

interface FoundUser {
  readonly id: number;
  readonly username: string;
  readonly role: UserRole;
  readonly is_enabled: number;
}

type Refused = Extract<IdentitySignInOutcome, { outcome: 'refused' }>;
/** Whose account it is, and how it came to be theirs. */
type Resolution =
  | { readonly outcome: 'found'; readonly how: 'known' | 'linked' | 'created'; userId: number }
  | Refused;

export function* listIdentities(userId: number): Transition<UserIdentity[]> {
  const rows = yield* all(selectIdentities, { userId });
  return rows.map((row) => ({ providerId: row.provider_id, linkedAtMs: row.created_at_ms }));
}

export function* signInByIdentity(
  input: IdentitySignInInput,
  audit: AuditEntries,
): Transition<IdentitySignInOutcome> {
  const { sessionId, lifetimes, origin, providerId } = input;
  const nowMs = yield* currentTimeMs();
  const resolution = yield* resolve(input, nowMs);
  if (resolution.outcome === 'refused') return resolution;
  const { userId, how } = resolution;
  const user = yield* first(recordSignIn, { userId, nowMs });
  if (user === undefined) return refused('account_disabled', userId);
  const tokens = yield* openSession({ user, sessionId, lifetimes, origin }, nowMs);
  const actor = { kind: 'user', id: userId } as const;
  const about = { actor, origin, subject: userId, reason: providerId };
  if (how === 'created') yield* audit.add({ name: 'user.created', ...about }, nowMs);
  if (how === 'linked') yield* audit.add({ name: 'user.identity_linked', ...about }, nowMs);
  yield* audit.add({ name: 'session.signed_in', ...about, sessionId }, nowMs);
  return { outcome: 'signed_in', tokens };
}

function* resolve(input: IdentitySignInInput, nowMs: number): Transition<Resolution> {
  const { claim } = input;
  const known = yield* findKnown(input);
  if (known !== null) return known;
  if (claim.kind === 'none') return refused(claim.refusal, null);
  return (yield* create(input, claim, nowMs)) ?? (yield* link(input, claim, nowMs));
}

function* findKnown({ issuer, subject }: IdentitySignInInput): Transition<Resolution | null> {
  const user = yield* first(selectByIdentity, { issuer, subject });
  return user === undefined ? null : found('known', user);
}

/** Null when the name is there already. */
function* create(
  input: IdentitySignInInput,
  claim: Extract<NameClaim, { kind: 'vouched' }>,
  nowMs: number,
): Transition<Resolution | null> {
  const { issuer, subject, providerId } = input;
  const { username, usernameKey, isUsable } = claim;
  if (!isUsable) {
    const user = yield* first(selectByName, { usernameKey, issuer });
    return user === undefined ? refused('name_unusable', null) : null;
  }
  const user = yield* first(insertUser, {
    username,
    usernameKey,
    passwordHash: null,
    passwordKind: null,
    role: 'STANDARD',
    origin: 'provider',
    nowMs,
  });
  if (user === undefined) return null;
  const identity = { issuer, subject, userId: user.id, providerId, nowMs };
  if ((yield* change(insertIdentity, identity)) === 1) return found('created', user);
  // On PostgreSQL the same person can have come in with another email at this very moment.
  yield* change(deleteNewUser, { userId: user.id });
  return yield* findKnown(input);
}

function* link(
  input: IdentitySignInInput,
  claim: Extract<NameClaim, { kind: 'vouched' }>,
  nowMs: number,
): Transition<Resolution> {
  const { issuer, subject, providerId } = input;
  // What made the name taken may have been a sign-in of this very identity.
  const known = yield* findKnown(input);
  if (known !== null) return known;
  const user = yield* first(selectByName, { usernameKey: claim.usernameKey, issuer });
  if (user === undefined) return refused('account_not_linkable', null);
  // Linked since we looked, by the same person elsewhere.
  if (user.subject === subject) return found('known', user);
  const candidate = {
    username: user.username,
    origin: user.origin as UserOrigin,
    hasIdentityOfIssuer: user.subject !== null,
  };
  if (!mayLink(candidate, claim.username)) return refused('account_not_linkable', user.id);
  if (user.is_enabled !== 1) return refused('account_disabled', user.id);
  const identity = { issuer, subject, userId: user.id, providerId, nowMs };
  if ((yield* change(insertIdentity, identity)) === 1) return found('linked', user);
  return (yield* findKnown(input)) ?? refused('account_not_linkable', user.id);
}

function found(how: 'known' | 'linked' | 'created', user: FoundUser): Resolution {
  const { id: userId } = user;
  return user.is_enabled === 1
    ? { outcome: 'found', how, userId }
    : refused('account_disabled', userId);
}

function refused(refusal: Refused['refusal'], userId: number | null): Refused {
  return { outcome: 'refused', refusal, userId };
}
