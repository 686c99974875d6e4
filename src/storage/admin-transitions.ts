/** Transitions of the built-in admin and of the settings. */

import type { AdminRecord, AuthSwitchState } from '../core/repository.ts';
import { forgetFailures, settleAttempt } from './attempt-transitions.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { endAllConsoleSessions, endConsoleSessionsOfAdmin } from './console-end-transitions.ts';
import { lockPrincipals } from './locks.ts';
import { MOVE_IN_PROGRESS, MOVED_TO, SEALED_PARAMS } from './move-marks.ts';
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

const PARAMS_FINGERPRINT = 'params_fingerprint';
const AUTH_ENABLED = 'auth_enabled';
/** How often it was set; a missing row means never since there is this row. */
const AUTH_VERSION = 'auth_version';
const FIRST_VERSION = '1';

const selectSetting = statement<{ name: string }>()((db, p) =>
  db.selectFrom('settings').select('value').where('name', '=', p.name),
);
const upsertSetting = statement<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto('settings')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value })),
);
const insertSetting = statement<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto('settings')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.doNothing()),
);
/** Makes the row if it is missing, and holds it until this is over. */
const lockSetting = statement<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto('settings')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name: p.name })),
);
const selectAnyPrincipal = statement<object>()((db) =>
  db
    .selectFrom('admins')
    .select('id')
    .unionAll(
      db.selectFrom((q) => q.selectFrom('users').select('id').limit(1).as('u')).select('id'),
    )
    .unionAll(
      db
        .selectFrom((q) => q.selectFrom('access_tokens').select('id').limit(1).as('t'))
        .select('id'),
    )
    .limit(1),
);
export const endAllSessions = statement<{ endedAtMs: number; reason: string }>()((db, p) =>
  db
    .updateTable('sessions')
    .set({ ended_at_ms: p.endedAtMs, end_reason: p.reason })
    .where('ended_at_ms', 'is', null),
);
const endAdminTokens = statement<object>()((db) =>
  db
    .updateTable('admins')
    .set((eb) => ({ token_generation: eb('token_generation', '+', 1) }))
    .where('id', '=', 1),
);

export function* inspectDatabase(): Transition<Output<'inspectDatabase'>> {
  const fingerprint = yield* first(selectSetting, { name: PARAMS_FINGERPRINT });
  const principals = yield* all(selectAnyPrincipal, {});
  return {
    paramsFingerprint: fingerprint?.value ?? null,
    holdsPrincipals: principals.length > 0,
  };
}

export function* inspectMove(): Transition<Output<'inspectMove'>> {
  const movedTo = yield* first(selectSetting, { name: MOVED_TO });
  const inProgress = yield* first(selectSetting, { name: MOVE_IN_PROGRESS });
  return { movedTo: movedTo?.value ?? null, isInProgress: inProgress !== undefined };
}

export function* adoptDatabase(
  input: Input<'adoptDatabase'>,
  audit: AuditEntries,
): Transition<Output<'adoptDatabase'>> {
  const { paramsFingerprint, authEnabledAtFirst } = input;
  const seen = yield* findOwner(paramsFingerprint);
  if (seen.owner !== 'nobody') return seen.owner;
  // Looked at again: others may have taken it into use before we had it to ourselves.
  yield* lockPrincipals();
  const { owner, ...found } = yield* findOwner(paramsFingerprint);
  if (owner !== 'nobody') return owner;
  if (found.paramsFingerprint === null) {
    // Of two servers that start at once, the first one's parameters hold.
    yield* run(insertSetting, { name: PARAMS_FINGERPRINT, value: paramsFingerprint });
    const settled = yield* first(selectSetting, { name: PARAMS_FINGERPRINT });
    if (settled?.value !== paramsFingerprint) return 'foreign';
  } else {
    yield* run(upsertSetting, { name: PARAMS_FINGERPRINT, value: paramsFingerprint });
  }
  // Only a database that never had the row: one that lost it later is on (decision 3).
  if (found.paramsFingerprint === null) {
    yield* run(insertSetting, { name: AUTH_ENABLED, value: String(authEnabledAtFirst) });
    const nowMs = yield* currentTimeMs();
    if (!authEnabledAtFirst) yield* audit.add({ name: 'auth.disabled', reason: 'at_first' }, nowMs);
  }
  return 'adopted';
}

export function* readSealedParams(): Transition<string | null> {
  return (yield* first(selectSetting, { name: SEALED_PARAMS }))?.value ?? null;
}

export function* createSealedParams(sealed: string): Transition<string> {
  yield* run(insertSetting, { name: SEALED_PARAMS, value: sealed });
  return (yield* readSealedParams()) ?? sealed;
}

export function* replaceSealedParams(sealed: string): Transition<void> {
  yield* run(upsertSetting, { name: SEALED_PARAMS, value: sealed });
}

/** Whose the database is; `known` when these parameters own it. */
function* findOwner(ours: string) {
  const found = yield* inspectDatabase();
  if (found.paramsFingerprint === ours) return { ...found, owner: 'known' } as const;
  return { ...found, owner: found.holdsPrincipals ? 'foreign' : 'nobody' } as const;
}

export function* replaceParamsFingerprint(
  { paramsFingerprint, by }: Input<'replaceParamsFingerprint'>,
  audit: AuditEntries,
): Transition<void> {
  yield* run(upsertSetting, { name: PARAMS_FINGERPRINT, value: paramsFingerprint });
  const endedAtMs = yield* currentTimeMs();
  const endedSessions = yield* change(endAllSessions, { endedAtMs, reason: 'ended_by_operator' });
  // Not only by the new secret: an operator may give the old one again in the environment.
  yield* run(endAdminTokens, {});
  yield* endAllConsoleSessions();
  yield* audit.add({ ...by, name: 'params.renewed', endedSessions }, endedAtMs);
}

export function* isAuthEnabled(): Transition<boolean> {
  const row = yield* first(selectSetting, { name: AUTH_ENABLED });
  return row?.value !== 'false';
}

export function* readAuthSwitch(): Transition<AuthSwitchState> {
  const version = yield* first(selectSetting, { name: AUTH_VERSION });
  return { isEnabled: yield* isAuthEnabled(), version: Number(version?.value ?? FIRST_VERSION) };
}

export function* setAuthEnabled(
  { isEnabled, expectedVersion = null, by }: Input<'setAuthEnabled'>,
  audit: AuditEntries,
): Transition<Output<'setAuthEnabled'>> {
  // Of two at once the second one reads what the first has left.
  yield* change(lockSetting, { name: AUTH_VERSION, value: FIRST_VERSION });
  const { version } = yield* readAuthSwitch();
  if (expectedVersion !== null && expectedVersion !== version) return { outcome: 'stale' };
  yield* run(upsertSetting, { name: AUTH_ENABLED, value: String(isEnabled) });
  yield* run(upsertSetting, { name: AUTH_VERSION, value: String(version + 1) });
  const name = isEnabled ? 'auth.enabled' : 'auth.disabled';
  yield* audit.add({ ...by, name, subject: 'admin' }, yield* currentTimeMs());
  return { outcome: 'set', isEnabled, version: version + 1 };
}

const selectAdmin = statement<object>()((db) =>
  db.selectFrom('admins').select(['password_hash', 'token_generation']).where('id', '=', 1),
);
const insertAdmin = statement<{ passwordHash: string; nowMs: number }>()((db, p) =>
  db
    .insertInto('admins')
    .values({
      id: 1,
      password_hash: p.passwordHash,
      token_generation: 1,
      created_at_ms: p.nowMs,
      password_changed_at_ms: p.nowMs,
    })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const updateAdminPassword = statement<{ passwordHash: string; nowMs: number }>()((db, p) =>
  db
    .updateTable('admins')
    .set((eb) => ({
      password_hash: p.passwordHash,
      token_generation: eb('token_generation', '+', 1),
      password_changed_at_ms: p.nowMs,
    }))
    .where('id', '=', 1),
);
const recordAdminSignIn = statement<{ checkedHash: string; newHash: string; nowMs: number }>()(
  (db, p) =>
    db
      .updateTable('admins')
      .set({ password_hash: p.newHash, last_sign_in_at_ms: p.nowMs })
      .where('id', '=', 1)
      .where('password_hash', '=', p.checkedHash)
      .returning('token_generation'),
);

export function* findAdmin(): Transition<AdminRecord | null> {
  const row = yield* first(selectAdmin, {});
  if (row === undefined) return null;
  const passwordHash = row.password_hash as AdminRecord['passwordHash'];
  return { passwordHash, tokenGeneration: row.token_generation };
}

export function* createOnlyAdmin(
  { passwordHash, by }: Input<'createOnlyAdmin'>,
  audit: AuditEntries,
): Transition<Output<'createOnlyAdmin'>> {
  const nowMs = yield* currentTimeMs();
  const inserted = yield* change(insertAdmin, { passwordHash, nowMs });
  if (inserted === 0) return 'already_exists';
  yield* audit.add({ ...by, name: 'admin.created', subject: 'admin' }, nowMs);
  return 'created';
}

export function* replaceAdminPassword(
  input: Input<'replaceAdminPassword'>,
  audit: AuditEntries,
): Transition<Output<'replaceAdminPassword'>> {
  const nowMs = yield* currentTimeMs();
  const { passwordHash, accountKey, by } = input;
  const updated = yield* change(updateAdminPassword, { passwordHash, nowMs });
  if (updated === 0) return 'not_found';
  yield* endConsoleSessionsOfAdmin();
  yield* forgetFailures(accountKey);
  yield* audit.add({ ...by, name: 'admin.password_reset', subject: 'admin' }, nowMs);
  return 'replaced';
}

export function* signInAdmin(
  input: Input<'signInAdmin'>,
  audit: AuditEntries,
): Transition<Output<'signInAdmin'>> {
  const { attempt, checkedHash, upgradedHash, origin } = input;
  const nowMs = yield* currentTimeMs();
  const newHash = upgradedHash ?? checkedHash;
  const row = yield* first(recordAdminSignIn, { checkedHash, newHash, nowMs });
  if (row === undefined) return { outcome: 'credentials_changed' };
  yield* settleAttempt(attempt, nowMs);
  const actor = { kind: 'admin' } as const;
  yield* audit.add({ name: 'admin.signed_in', actor, origin, subject: 'admin' }, nowMs);
  return { outcome: 'signed_in', tokenGeneration: row.token_generation };
}
