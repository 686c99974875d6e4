/**
 * What a transition must have to itself on PostgreSQL, where others run at the same time: there
 * are few, because most races are settled by a unique constraint or by one conditional update. Each
 * is for what such a statement cannot say. SQLite has one writer, which has everything to itself.
 */

import type { Lock, Step, StepResult, Transition } from './transition.ts';

const USER: Lock = {
  name: 'lock-user',
  sql: 'select 1 from users where id = $1 for no key update',
};
const SESSION: Lock = {
  name: 'lock-session',
  sql: 'select 1 from sessions where id = $1 for no key update',
};
const PASSWORD_KINDS: Lock = {
  name: 'lock-password-kinds',
  sql: 'lock table password_kinds in share row exclusive mode',
};
const PRINCIPALS: Lock = {
  name: 'lock-principals',
  sql: 'lock table admins, users, access_tokens in share row exclusive mode',
};
const TURN: Lock = {
  name: 'lock-turn',
  sql: 'select pg_advisory_xact_lock(hashtext($1), 0)',
};

/** Of what people do in several sessions at once, one thing happens after the other. */
export function* lockUser(userId: number): Transition<void> {
  yield* hold(USER, userId);
}

/** The session stays as it is now until this transition is over. */
export function* lockSession(sessionId: string): Transition<void> {
  yield* hold(SESSION, sessionId);
}

/** Nobody stores a hash of a kind whose row is about to go. */
export function* lockPasswordKinds(): Transition<void> {
  yield* hold(PASSWORD_KINDS);
}

/** Nobody becomes the first admin, user or access token meanwhile. */
export function* lockPrincipals(): Transition<void> {
  yield* hold(PRINCIPALS);
}

/** One after the other, of all who name the same. False when nobody could have come between. */
export function* takeTurns(name: string): Transition<boolean> {
  return yield* hold(TURN, name);
}

function* hold(lock: Lock, ...values: unknown[]): Generator<Step, boolean, StepResult> {
  const result = yield { kind: 'lock', lock, values };
  return result.changes > 0;
}
