/**
 * Many users at once, in and out. A batch goes in by one statement, whose answer says which of the
 * names were free: on PostgreSQL one round trip, and others may add the same names meanwhile.
 */

import { type Kysely, sql } from 'kysely';
import type {
  IncomingOutcome,
  IncomingUser,
  KindLimit,
  LinkedIdentity,
  OutgoingUser,
} from '../core/transfer-repository.ts';
import type { AuditEntries } from './audit-transitions.ts';
import { deleteNewUser, insertIdentity } from './identity-transitions.ts';
import { lockPasswordKinds } from './locks.ts';
import type { Input } from './repository-method.ts';
import type { Schema } from './schema.ts';
import {
  all,
  change,
  currentTimeMs,
  type Dialect,
  run,
  statement,
  type Transition,
} from './transition.ts';
import { listPasswordKinds, rememberPasswordKind } from './user-transitions.ts';

const USER_COLUMNS = [
  ['username', 'text'],
  ['username_key', 'text'],
  ['password_hash', 'text'],
  ['password_kind', 'text'],
  ['role', 'text'],
  ['is_enabled', 'integer'],
  ['origin', 'text'],
  ['created_at_ms', 'bigint'],
  ['password_changed_at_ms', 'bigint'],
  ['last_sign_in_at_ms', 'bigint'],
] as const;

type UserColumn = (typeof USER_COLUMNS)[number][0];

/** A JSON array of objects as a table, whose columns each database calls by another name. */
function linesOf<C extends string>(
  db: Kysely<Schema>,
  dialect: Dialect,
  batch: string,
  columns: readonly (readonly [C, string])[],
) {
  if (dialect === 'sqlite') {
    const source = sql<{ value: string }>`json_each(${batch})`.as('line');
    return {
      query: db.selectFrom(source),
      column: (name: C) => sql<string>`line.value ->> ${sql.lit(`$.${name}`)}`,
    };
  }
  const types = sql.raw(columns.map(([name, type]) => `${name} ${type}`).join(', '));
  const source = sql<{ value: string }>`jsonb_to_recordset(${batch}::jsonb)`;
  return {
    query: db.selectFrom(source.as<'line'>(sql`line(${types})`)),
    column: (name: C) => sql.ref<string>(`line.${name}`),
  };
}

const insertUsers = statement<{ batch: string }>()((db, p, dialect) => {
  const { query, column } = linesOf(db, dialect, p.batch, USER_COLUMNS);
  return (
    db
      .insertInto('users')
      .columns(USER_COLUMNS.map(([name]) => name))
      // SQLite would read ON CONFLICT as the condition of a join otherwise.
      .expression(
        query.select(USER_COLUMNS.map(([name]) => column(name).as(name))).where(sql<boolean>`true`),
      )
      .onConflict((conflict) => conflict.column('username_key').doNothing())
      .returning(['id', 'username_key'])
  );
});

const KEY_COLUMNS = [['username_key', 'text']] as const;
const selectTakenKeys = statement<{ batch: string }>()((db, p, dialect) => {
  const { query, column } = linesOf(db, dialect, p.batch, KEY_COLUMNS);
  return query
    .innerJoin('users', (join) => join.on('users.username_key', '=', column('username_key')))
    .select('users.username_key');
});

const IDENTITY_COLUMNS = [
  ['issuer', 'text'],
  ['subject', 'text'],
] as const;
const selectTakenIdentities = statement<{ batch: string }>()((db, p, dialect) => {
  const { query, column } = linesOf(db, dialect, p.batch, IDENTITY_COLUMNS);
  return query
    .innerJoin('user_identities', (join) =>
      join
        .on('user_identities.issuer', '=', column('issuer'))
        .on('user_identities.subject', '=', column('subject')),
    )
    .select(['user_identities.issuer', 'user_identities.subject']);
});

const selectOutgoing = statement<{ afterId: number; limit: number }>()((db, p) =>
  db
    .selectFrom('users')
    .select([
      'id',
      'username',
      'role',
      'is_enabled',
      'origin',
      'created_at_ms',
      'last_sign_in_at_ms',
      'password_hash',
    ])
    .where('id', '>', p.afterId)
    .orderBy('id')
    .limit(p.limit),
);
const selectIdentitiesBetween = statement<{ afterId: number; untilId: number }>()((db, p) =>
  db
    .selectFrom('user_identities')
    .select(['user_id', 'issuer', 'subject', 'provider_id', 'created_at_ms'])
    .where('user_id', '>', p.afterId)
    .where('user_id', '<=', p.untilId),
);

export function* importUsers(
  input: Input<'importUsers'>,
  audit: AuditEntries,
): Transition<IncomingOutcome[]> {
  const { users, by } = input;
  const refusedKinds = yield* admitKinds(input, true);
  const nowMs = yield* currentTimeMs();
  const admitted = users.filter(({ passwordKind }) => !refusedKinds.has(passwordKind));
  const batch = JSON.stringify(admitted.map((user) => rowOf(user, nowMs)));
  const added = admitted.length === 0 ? [] : yield* all(insertUsers, { batch });
  const idByKey = new Map(added.map((row) => [row.username_key, row.id]));
  const outcomes: IncomingOutcome[] = [];
  const kinds = new Set<string>();
  for (const user of users) {
    const userId = idByKey.get(user.usernameKey);
    if (refusedKinds.has(user.passwordKind)) outcomes.push('too_many_kinds');
    else if (userId === undefined) outcomes.push('exists');
    else if (!(yield* linkAll(user, userId))) outcomes.push('identity_taken');
    else {
      outcomes.push('created');
      if (user.passwordKind !== null) kinds.add(user.passwordKind);
      const reason = 'imported';
      yield* audit.add({ ...by, name: 'user.created', subject: userId, reason }, nowMs);
    }
  }
  for (const kind of kinds) yield* rememberPasswordKind(kind);
  return outcomes;
}

function rowOf(user: IncomingUser, nowMs: number): Record<UserColumn, string | number | null> {
  return {
    username: user.username,
    username_key: user.usernameKey,
    password_hash: user.passwordHash,
    password_kind: user.passwordKind,
    role: user.role,
    is_enabled: user.isEnabled ? 1 : 0,
    origin: user.origin,
    created_at_ms: user.createdAtMs ?? nowMs,
    password_changed_at_ms: nowMs,
    last_sign_in_at_ms: user.lastSignInAtMs,
  };
}

/** All of the identities, or neither them nor the user. */
function* linkAll({ identities }: IncomingUser, userId: number): Transition<boolean> {
  for (const { issuer, subject, providerId, linkedAtMs } of identities) {
    const identity = { issuer, subject, userId, providerId, nowMs: linkedAtMs };
    if ((yield* change(insertIdentity, identity)) === 1) continue;
    yield* run(deleteNewUser, { userId });
    return false;
  }
  return true;
}

/**
 * Which kinds would be too many. Where one is new, those who add kinds go one by one, so that two
 * cannot both take the last place; the lock is held until the kind is there.
 */
function* admitKinds(
  { users, maxKinds, presentKinds }: KindLimit & { users: readonly IncomingUser[] },
  isLocking: boolean,
): Transition<Set<string | null>> {
  const wanted = new Set(users.flatMap(({ passwordKind: kind }) => (kind === null ? [] : [kind])));
  const refused = new Set<string | null>();
  if (wanted.size === 0) return refused;
  let kinds = new Set([...presentKinds, ...(yield* listPasswordKinds())]);
  if ([...wanted].every((kind) => kinds.has(kind))) return refused;
  if (isLocking) {
    yield* lockPasswordKinds();
    kinds = new Set([...presentKinds, ...(yield* listPasswordKinds())]);
  }
  for (const kind of wanted) {
    if (kinds.has(kind) || kinds.size < maxKinds) kinds.add(kind);
    else refused.add(kind);
  }
  return refused;
}

export function* checkUsers(input: Input<'checkUsers'>): Transition<IncomingOutcome[]> {
  const { users } = input;
  const refusedKinds = yield* admitKinds(input, false);
  const keys = users.map(({ usernameKey }) => ({ username_key: usernameKey }));
  const takenKeys = yield* all(selectTakenKeys, { batch: JSON.stringify(keys) });
  const taken = new Set(takenKeys.map((row) => row.username_key));
  const identities = users.flatMap((user) => user.identities);
  const pairs = identities.map(({ issuer, subject }) => ({ issuer, subject }));
  const takenIdentities =
    pairs.length === 0 ? [] : yield* all(selectTakenIdentities, { batch: JSON.stringify(pairs) });
  const linked = new Set(takenIdentities.map(identityKey));
  return users.map((user) => {
    if (refusedKinds.has(user.passwordKind)) return 'too_many_kinds';
    if (taken.has(user.usernameKey)) return 'exists';
    const isLinked = user.identities.some((identity) => linked.has(identityKey(identity)));
    return isLinked ? 'identity_taken' : 'created';
  });
}

function identityKey({ issuer, subject }: { issuer: string; subject: string }): string {
  return JSON.stringify([issuer, subject]);
}

export function* recordUserExport(
  { by }: Input<'recordUserExport'>,
  audit: AuditEntries,
): Transition<void> {
  yield* audit.add({ ...by, name: 'users.exported' }, yield* currentTimeMs());
}

export function* listOutgoingUsers(input: Input<'listOutgoingUsers'>): Transition<OutgoingUser[]> {
  const { afterId } = input;
  const rows = yield* all(selectOutgoing, input);
  const untilId = rows.at(-1)?.id;
  if (untilId === undefined) return [];
  const identities = new Map<number, LinkedIdentity[]>();
  for (const row of yield* all(selectIdentitiesBetween, { afterId, untilId })) {
    const { issuer, subject, provider_id: providerId, created_at_ms: linkedAtMs } = row;
    const ofUser = identities.get(row.user_id) ?? [];
    ofUser.push({ issuer, subject, providerId, linkedAtMs });
    identities.set(row.user_id, ofUser);
  }
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    role: row.role,
    isEnabled: row.is_enabled === 1,
    origin: row.origin as OutgoingUser['origin'],
    createdAtMs: row.created_at_ms,
    lastSignInAtMs: row.last_sign_in_at_ms,
    passwordHash: row.password_hash as OutgoingUser['passwordHash'],
    identities: (identities.get(row.id) ?? []).sort((a, b) => (a.issuer < b.issuer ? -1 : 1)),
  }));
}
