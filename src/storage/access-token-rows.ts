/** A row of an access token and what it says; a previous value lives only where all of it fits. */

import type {
  AccessTokenRecord,
  PreviousTokenValue,
  StoredAccessToken,
} from '../core/access-token-repository.ts';
import type { AccessTokenHash } from '../core/ports.ts';

export const RECORD_COLUMNS = [
  'id',
  'public_id',
  'name',
  'description',
  'permissions',
  'created_at_ms',
  'expires_at_ms',
  'last_used_at_ms',
  'rotated_at_ms',
  'suspended_at_ms',
  'version',
  'secret_hash',
  'previous_secret_hash',
  'previous_successor_hash',
  'previous_expires_at_ms',
  'previous_last_used_at_ms',
] as const;

export interface AccessTokenRow {
  id: number;
  public_id: string;
  name: string;
  description: string;
  permissions: number;
  created_at_ms: number;
  expires_at_ms: number | null;
  last_used_at_ms: number | null;
  rotated_at_ms: number | null;
  suspended_at_ms: number | null;
  version: number;
  secret_hash: string;
  previous_secret_hash: string | null;
  previous_successor_hash: string | null;
  previous_expires_at_ms: number | null;
  previous_last_used_at_ms: number | null;
}

/** As it is at `nowMs`: a previous value whose time is over is none. */
export function toAccessToken(row: AccessTokenRow, nowMs: number): AccessTokenRecord {
  const previous = previousValueOf(row);
  return recordOf(row, previous !== null && nowMs < previous.expiresAtMs ? previous : null);
}

/** Whatever the time is: it may be kept, and is looked at later. */
export function toStoredAccessToken(row: AccessTokenRow): StoredAccessToken {
  const previous = previousValueOf(row);
  return {
    ...recordOf(row, previous),
    secretHash: row.secret_hash as AccessTokenHash,
    previousHash: previous === null ? null : (row.previous_secret_hash as AccessTokenHash),
  };
}

/** A server of an earlier release rotates the secret alone: then this one is over too. */
function previousValueOf(row: AccessTokenRow): PreviousTokenValue | null {
  const { previous_expires_at_ms: expiresAtMs, previous_last_used_at_ms: lastUsedAtMs } = row;
  const isSucceeded = row.previous_successor_hash === row.secret_hash;
  if (row.previous_secret_hash === null || expiresAtMs === null || !isSucceeded) return null;
  return { expiresAtMs, lastUsedAtMs };
}

function recordOf(row: AccessTokenRow, previous: PreviousTokenValue | null): AccessTokenRecord {
  return {
    id: row.id,
    publicId: row.public_id,
    name: row.name,
    description: row.description,
    permissions: row.permissions,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    rotatedAtMs: row.rotated_at_ms,
    suspendedAtMs: row.suspended_at_ms,
    previous,
    version: row.version,
  };
}
