/**
 * Transitions of access tokens. Whatever changes one locks its row before it reads it, so that of
 * two at once the second one sees what the first has left.
 */

import type {
  AccessTokenChange,
  AccessTokenChangeOutcome,
  AccessTokenRecord,
  AccessTokenRefusal,
  AccessTokenRotationOutcome,
  AccessTokenUse,
  StoredAccessToken,
} from '../core/access-token-repository.ts';
import {
  type AccessTokenRow,
  RECORD_COLUMNS,
  toAccessToken,
  toStoredAccessToken,
} from './access-token-rows.ts';
import type { AuditEntries } from './audit-transitions.ts';
import type { Input } from './repository-method.ts';
import {
  all,
  change,
  currentTimeMs,
  first,
  run,
  statement,
  type Transition,
} from './transition.ts';

const insertToken = statement<{
  publicId: string;
  secretHash: string;
  name: string;
  description: string;
  permissions: number;
  createdAtMs: number;
  expiresAtMs: number | null;
}>()((db, p) =>
  db
    .insertInto('access_tokens')
    .values({
      public_id: p.publicId,
      secret_hash: p.secretHash,
      name: p.name,
      description: p.description,
      permissions: p.permissions,
      created_at_ms: p.createdAtMs,
      expires_at_ms: p.expiresAtMs,
    })
    .returning(RECORD_COLUMNS),
);
const selectTokens = statement<object>()((db) =>
  db.selectFrom('access_tokens').select(RECORD_COLUMNS).orderBy('id'),
);
const selectTokenByPublicId = statement<{ publicId: string }>()((db, p) =>
  db
    .selectFrom('access_tokens')
    .select(RECORD_COLUMNS)
    .where('public_id', '=', p.publicId)
    .where('suspended_at_ms', 'is', null),
);
const selectTokenById = statement<{ id: number }>()((db, p) =>
  db.selectFrom('access_tokens').select(RECORD_COLUMNS).where('id', '=', p.id),
);
/** Changes nothing but locks the row, so that a read before a write is not a race. */
const lockToken = statement<{ id: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({ version: eb.ref('version') }))
    .where('id', '=', p.id)
    .returning(RECORD_COLUMNS),
);
const updateSecret = statement<{
  id: number;
  secretHash: string;
  nowMs: number;
  previousHash: string | null;
  successorHash: string | null;
  previousExpiresAtMs: number | null;
  previousLastUsedAtMs: number | null;
}>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({
      secret_hash: p.secretHash,
      rotated_at_ms: p.nowMs,
      suspended_at_ms: null,
      last_used_at_ms: null,
      previous_secret_hash: p.previousHash,
      previous_successor_hash: p.successorHash,
      previous_expires_at_ms: p.previousExpiresAtMs,
      previous_last_used_at_ms: p.previousLastUsedAtMs,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .returning(RECORD_COLUMNS),
);
const dropPrevious = statement<{ id: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({
      previous_secret_hash: null,
      previous_successor_hash: null,
      previous_expires_at_ms: null,
      previous_last_used_at_ms: null,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .returning(RECORD_COLUMNS),
);
const updateTexts = statement<{ id: number; name: string; description: string }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({
      name: p.name,
      description: p.description,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', p.id)
    .returning(RECORD_COLUMNS),
);
const deleteToken = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('access_tokens').where('id', '=', p.id),
);
/** Of whichever value it was: a rotation may have come between the use and its record. */
const updateLastUse = statement<AccessTokenUse>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({
      last_used_at_ms: eb
        .case()
        .when('secret_hash', '=', p.secretHash)
        .then(p.usedAtMs)
        .else(eb.ref('last_used_at_ms'))
        .end(),
      previous_last_used_at_ms: eb
        .case()
        .when('previous_secret_hash', '=', p.secretHash)
        .then(p.usedAtMs)
        .else(eb.ref('previous_last_used_at_ms'))
        .end(),
    }))
    .where('id', '=', p.id)
    .where((eb) =>
      eb.or([
        eb.and([
          eb('secret_hash', '=', p.secretHash),
          eb(eb.fn.coalesce('last_used_at_ms', eb.lit(0)), '<', p.usedAtMs),
        ]),
        eb.and([
          eb('previous_secret_hash', '=', p.secretHash),
          eb(eb.fn.coalesce('previous_last_used_at_ms', eb.lit(0)), '<', p.usedAtMs),
        ]),
      ]),
    ),
);

export function* createAccessToken(
  input: Input<'createAccessToken'>,
  audit: AuditEntries,
): Transition<AccessTokenRecord> {
  const nowMs = yield* currentTimeMs();
  const createdAtMs = wholeSecondsOf(nowMs, Math.floor);
  const { expiresInSeconds, by, ...columns } = input;
  const expiresAtMs = expiresInSeconds === null ? null : createdAtMs + expiresInSeconds * 1000;
  const row = yield* first(insertToken, { ...columns, createdAtMs, expiresAtMs });
  if (row === undefined) throw new Error('an inserted access token was not returned');
  yield* audit.add({ ...by, name: 'access_token.created', accessTokenId: row.id }, nowMs);
  return toAccessToken(row, nowMs);
}

export function* listAccessTokens(): Transition<AccessTokenRecord[]> {
  const nowMs = yield* currentTimeMs();
  const rows = yield* all(selectTokens, {});
  return rows.map((row) => toAccessToken(row, nowMs));
}

export function* findAccessToken(publicId: string): Transition<StoredAccessToken | null> {
  const row = yield* first(selectTokenByPublicId, { publicId });
  return row === undefined ? null : toStoredAccessToken(row);
}

export function* findAccessTokenById(id: number): Transition<AccessTokenRecord | null> {
  const row = yield* first(selectTokenById, { id });
  return row === undefined ? null : toAccessToken(row, yield* currentTimeMs());
}

export function* rotateAccessToken(
  input: Input<'rotateAccessToken'>,
  audit: AuditEntries,
): Transition<AccessTokenRotationOutcome> {
  const { id, secretHash, overlapSeconds = 0, by } = input;
  const { refusal, row, nowMs } = yield* lockFor(input);
  if (refusal !== null) return refusal;
  const expiresAtMs = row.expires_at_ms;
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return { outcome: 'expired' };
  const hasOverlap = overlapSeconds > 0;
  if (hasOverlap && row.suspended_at_ms !== null) return { outcome: 'suspended' };
  const overlapEndsAtMs = Math.min(
    // Up, so that it lasts as long as was asked for.
    wholeSecondsOf(nowMs, Math.ceil) + overlapSeconds * 1000,
    expiresAtMs ?? Number.MAX_SAFE_INTEGER,
  );
  const rotated = yield* first(updateSecret, {
    id,
    secretHash,
    nowMs,
    previousHash: hasOverlap ? row.secret_hash : null,
    successorHash: hasOverlap ? secretHash : null,
    previousExpiresAtMs: hasOverlap ? overlapEndsAtMs : null,
    previousLastUsedAtMs: hasOverlap ? row.last_used_at_ms : null,
  });
  const reason = hasOverlap ? { reason: 'with_overlap' } : {};
  const event = { ...by, name: 'access_token.rotated', accessTokenId: id, ...reason } as const;
  yield* audit.add(event, nowMs);
  return { outcome: 'rotated', record: changedRecord(rotated, nowMs) };
}

export function* endAccessTokenOverlap(
  input: Input<'endAccessTokenOverlap'>,
  audit: AuditEntries,
): Transition<AccessTokenChangeOutcome> {
  const { id, by } = input;
  const { refusal, row, nowMs } = yield* lockFor(input);
  if (refusal !== null) return refusal;
  const present = toAccessToken(row, nowMs);
  if (present.previous === null) return { outcome: 'unchanged', record: present };
  const changed = yield* first(dropPrevious, { id });
  yield* audit.add({ ...by, name: 'access_token.overlap_ended', accessTokenId: id }, nowMs);
  return { outcome: 'changed', record: changedRecord(changed, nowMs) };
}

export function* changeAccessToken(
  input: Input<'changeAccessToken'>,
  audit: AuditEntries,
): Transition<AccessTokenChangeOutcome> {
  const { id, by } = input;
  const { refusal, row, nowMs } = yield* lockFor(input);
  if (refusal !== null) return refusal;
  const { name = row.name, description = row.description } = input;
  if (name === row.name && description === row.description) {
    return { outcome: 'unchanged', record: toAccessToken(row, nowMs) };
  }
  const changed = yield* first(updateTexts, { id, name, description });
  yield* audit.add({ ...by, name: 'access_token.changed', accessTokenId: id }, nowMs);
  return { outcome: 'changed', record: changedRecord(changed, nowMs) };
}

export function* deleteAccessToken(
  input: Input<'deleteAccessToken'>,
  audit: AuditEntries,
): Transition<'deleted' | AccessTokenRefusal['outcome']> {
  const { id, by } = input;
  const { refusal, nowMs } = yield* lockFor(input);
  if (refusal !== null) return refusal.outcome;
  yield* change(deleteToken, { id });
  yield* audit.add({ ...by, name: 'access_token.deleted', accessTokenId: id }, nowMs);
  return 'deleted';
}

export function* recordAccessTokenUses(uses: Input<'recordAccessTokenUses'>): Transition<void> {
  // In one order everywhere, or two servers would each wait for a row that the other has.
  const inOrder = [...uses].sort((one, other) => one.id - other.id);
  for (const use of inOrder) yield* run(updateLastUse, use);
}

type Locked =
  | { readonly refusal: AccessTokenRefusal; readonly row: null; readonly nowMs: number }
  | { readonly refusal: null; readonly row: AccessTokenRow; readonly nowMs: number };

function* lockFor({ id, expectedVersion = null }: AccessTokenChange): Transition<Locked> {
  const row = yield* first(lockToken, { id });
  // Asked after the wait for the row: what others have left in it is not in the future.
  const nowMs = yield* currentTimeMs();
  if (row === undefined) return { refusal: { outcome: 'not_found' }, row: null, nowMs };
  const isStale = expectedVersion !== null && expectedVersion !== row.version;
  if (isStale) return { refusal: { outcome: 'stale' }, row: null, nowMs };
  return { refusal: null, row, nowMs };
}

function changedRecord(row: AccessTokenRow | undefined, nowMs: number): AccessTokenRecord {
  if (row === undefined) throw new Error('an access token went while its row was locked');
  return toAccessToken(row, nowMs);
}

/** Whole seconds, because the contracts show no others: what is shown is what holds. */
function wholeSecondsOf(ms: number, round: (seconds: number) => number): number {
  return round(ms / 1000) * 1000;
}
