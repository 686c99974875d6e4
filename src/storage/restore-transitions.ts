/**
 * Transitions of a restored database: what was signed in is signed out, and access tokens of which
 * nobody can say whether they were deleted or rotated since the backup wait to be accepted.
 */

import { endAllSessions } from './admin-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endAllConsoleSessions } from './console-end-transitions.ts';
import type { Input, Output } from './repository-method.ts';
import { all, change, currentTimeMs, first, statement, type Transition } from './transition.ts';

const selectGeneration = statement<object>()((db) =>
  db.selectFrom('admins').select('token_generation').where('id', '=', 1),
);
const updateGeneration = statement<{ generation: number }>()((db, p) =>
  db.updateTable('admins').set({ token_generation: p.generation }).where('id', '=', 1),
);
const suspendTokens = statement<{ nowMs: number }>()((db, p) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({
      suspended_at_ms: p.nowMs,
      // Nobody can say whether it was ended since the backup, and it was to end soon anyway.
      previous_secret_hash: null,
      previous_successor_hash: null,
      previous_expires_at_ms: null,
      previous_last_used_at_ms: null,
      version: eb('version', '+', 1),
    }))
    .where('suspended_at_ms', 'is', null),
);
const acceptTokens = statement<object>()((db) =>
  db
    .updateTable('access_tokens')
    .set((eb) => ({ suspended_at_ms: null, version: eb('version', '+', 1) }))
    .where('suspended_at_ms', 'is not', null)
    .returning('id'),
);

export function* concludeRestore(
  { suspendsAccessTokens, by }: Input<'concludeRestore'>,
  audit: AuditEntries,
): Transition<Output<'concludeRestore'>> {
  const nowMs = yield* currentTimeMs();
  const ended = { endedAtMs: nowMs, reason: 'database_restored' };
  const endedSessions = yield* change(endAllSessions, ended);
  yield* endAllConsoleSessions();
  yield* endAdminTokens(nowMs);
  const suspendedAccessTokens = suspendsAccessTokens ? yield* change(suspendTokens, { nowMs }) : 0;
  const reason = suspendsAccessTokens ? 'access_tokens_suspended' : 'revocations_carried_over';
  yield* audit.add({ ...by, name: 'database.restored', reason, endedSessions }, nowMs);
  return { endedSessions, suspendedAccessTokens };
}

/**
 * One more than the backup's generation may be one that was in use after it: admin JWTs would live
 * again. A generation counts new passwords, so that of the clock's seconds is above all of them.
 */
function* endAdminTokens(nowMs: number): Transition<void> {
  const admin = yield* first(selectGeneration, {});
  if (admin === undefined) return;
  const generation = Math.max(admin.token_generation + 1, Math.floor(nowMs / 1000));
  yield* change(updateGeneration, { generation });
}

export function* acceptSuspendedAccessTokens(
  { by }: Input<'acceptSuspendedAccessTokens'>,
  audit: AuditEntries,
): Transition<number> {
  const nowMs = yield* currentTimeMs();
  const rows = yield* all(acceptTokens, {});
  const ids = rows.map((row) => row.id).sort((a, b) => a - b);
  for (const accessTokenId of ids) {
    yield* audit.add({ ...by, name: 'access_token.accepted', accessTokenId }, nowMs);
  }
  return ids.length;
}
