/** Transitions of access tokens. */

import type { AccessTokenRecord, StoredAccessToken } from '../core/repository.ts';
import type { AuditEntries } from './audit-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import {
  all,
  change,
  currentTimeMs,
  first,
  run,
  statement,
  type Transition,
} from './transition.ts';

const RECORD_COLUMNS = [
  'id',
  'public_id',
  'name',
  'description',
  'permissions',
  'created_at_ms',
  'expires_at_ms',
  'last_used_at_ms',
  'suspended_at_ms',
] as const;

interface RecordRow {
  id: number;
  public_id: string;
  name: string;
  description: string;
  permissions: number;
  created_at_ms: number;
  expires_at_ms: number | null;
  last_used_at_ms: number | null;
  suspended_at_ms: number | null;
}

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
    .select([...RECORD_COLUMNS, 'secret_hash'])
    .where('public_id', '=', p.publicId)
    .where('suspended_at_ms', 'is', null),
);
const selectTokenById = statement<{ id: number }>()((db, p) =>
  db.selectFrom('access_tokens').select(RECORD_COLUMNS).where('id', '=', p.id),
);
const updateSecret = statement<{ id: number; secretHash: string; nowMs: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set({ secret_hash: p.secretHash, rotated_at_ms: p.nowMs, suspended_at_ms: null })
    .where('id', '=', p.id)
    .where((eb) => eb.or([eb('expires_at_ms', 'is', null), eb('expires_at_ms', '>', p.nowMs)]))
    .returning(RECORD_COLUMNS),
);
const deleteToken = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('access_tokens').where('id', '=', p.id),
);
const updateLastUse = statement<{ id: number; usedAtMs: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set({ last_used_at_ms: p.usedAtMs })
    .where('id', '=', p.id)
    .where((eb) =>
      eb.or([eb('last_used_at_ms', 'is', null), eb('last_used_at_ms', '<', p.usedAtMs)]),
    ),
);

export function* createAccessToken(
  input: Input<'createAccessToken'>,
  audit: AuditEntries,
): Transition<AccessTokenRecord> {
  const nowMs = yield* currentTimeMs();
  // Whole seconds, because the contract shows no others: what is shown is what holds.
  const createdAtMs = Math.floor(nowMs / 1000) * 1000;
  const { expiresInSeconds, by, ...columns } = input;
  const expiresAtMs = expiresInSeconds === null ? null : createdAtMs + expiresInSeconds * 1000;
  const row = yield* first(insertToken, { ...columns, createdAtMs, expiresAtMs });
  if (row === undefined) throw new Error('an inserted access token was not returned');
  yield* audit.add({ ...by, name: 'access_token.created', accessTokenId: row.id }, nowMs);
  return toRecord(row);
}

export function* listAccessTokens(): Transition<AccessTokenRecord[]> {
  const rows = yield* all(selectTokens, {});
  return rows.map(toRecord);
}

export function* findAccessToken(publicId: string): Transition<StoredAccessToken | null> {
  const row = yield* first(selectTokenByPublicId, { publicId });
  if (row === undefined) return null;
  return { ...toRecord(row), secretHash: row.secret_hash as StoredAccessToken['secretHash'] };
}

export function* findAccessTokenById(id: number): Transition<AccessTokenRecord | null> {
  const row = yield* first(selectTokenById, { id });
  return row === undefined ? null : toRecord(row);
}

export function* rotateAccessToken(
  { id, secretHash, by }: Input<'rotateAccessToken'>,
  audit: AuditEntries,
): Transition<Output<'rotateAccessToken'>> {
  const nowMs = yield* currentTimeMs();
  const row = yield* first(updateSecret, { id, secretHash, nowMs });
  if (row !== undefined) {
    yield* audit.add({ ...by, name: 'access_token.rotated', accessTokenId: id }, nowMs);
    return { outcome: 'rotated', record: toRecord(row) };
  }
  const exists = (yield* findAccessTokenById(id)) !== null;
  return exists ? { outcome: 'expired' } : { outcome: 'not_found' };
}

export function* deleteAccessToken(
  { id, by }: Input<'deleteAccessToken'>,
  audit: AuditEntries,
): Transition<'deleted' | 'not_found'> {
  const deleted = yield* change(deleteToken, { id });
  if (deleted === 0) return 'not_found';
  const nowMs = yield* currentTimeMs();
  yield* audit.add({ ...by, name: 'access_token.deleted', accessTokenId: id }, nowMs);
  return 'deleted';
}

export function* recordAccessTokenUses(uses: Input<'recordAccessTokenUses'>): Transition<void> {
  // In one order everywhere, or two servers would each wait for a row that the other has.
  const inOrder = [...uses].sort((one, other) => one.id - other.id);
  for (const use of inOrder) yield* run(updateLastUse, use);
}

function toRecord(row: RecordRow): AccessTokenRecord {
  return {
    id: row.id,
    publicId: row.public_id,
    name: row.name,
    description: row.description,
    permissions: row.permissions,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    suspendedAtMs: row.suspended_at_ms,
  };
}
