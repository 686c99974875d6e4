/** What other transitions do to console sessions while they end everything else of somebody. */

import { run, statement, type Transition } from './transition.ts';

const deleteOfUser = statement<{ userId: number }>()((db, p) =>
  db.deleteFrom('console_sessions').where('user_id', '=', p.userId),
);
const deleteOfAdmin = statement<object>()((db) =>
  db.deleteFrom('console_sessions').where('kind', '=', 'admin'),
);
const deleteAll = statement<object>()((db) => db.deleteFrom('console_sessions'));

/** In every transition that ends the sessions of a user. */
export function* endConsoleSessionsOfUser(userId: number): Transition<void> {
  yield* run(deleteOfUser, { userId });
}

/** In every transition that ends the JWTs of the built-in admin. */
export function* endConsoleSessionsOfAdmin(): Transition<void> {
  yield* run(deleteOfAdmin, {});
}

/** In every transition that ends the sessions of everybody. */
export function* endAllConsoleSessions(): Transition<void> {
  yield* run(deleteAll, {});
}
