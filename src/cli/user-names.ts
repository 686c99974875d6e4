/** How commands are told which user is meant: by name, or `id:7`, which is no longer than a name. */

import { toVisible } from '../core/visible-text.ts';
import { CommandFailure } from './failures.ts';
import type { OperatorTarget, TargetUser } from './operator-target.ts';

export const NAME_MEANING = 'the username, or the id as in id:7';

/** @throws CommandFailure `user_not_found` */
export async function requireUser(
  { users, place }: OperatorTarget,
  name: string,
): Promise<TargetUser> {
  const [, digits] = /^id:([1-9]\d{0,14})$/.exec(name) ?? [];
  const found =
    digits === undefined ? await users.findByName(name) : await users.findById(Number(digits));
  if (found !== null) return found;
  const kind = digits === undefined ? 'of this name' : 'with this id';
  throw new CommandFailure('user_not_found', [
    `There is no user ${kind}${users.blindSpot} ${place}; \`npx sallyport users list\` shows all.`,
  ]);
}

/** `alice (id 7)`, as sentences name a user. */
export function userLabel({ id, username }: TargetUser): string {
  return `${toVisible(username)} (id ${id})`;
}

/** `1 session has ended`. */
export function endedText(count: number): string {
  return count === 1 ? '1 session has ended' : `${count} sessions have ended`;
}
