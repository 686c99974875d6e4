/** How users are shown: the same columns and the same JSON fields by every command. */

import { InvalidArgumentError } from 'commander';
import type { UserRecord, UserRole } from '../core/repository.ts';
import type { Listing } from './tables.ts';
import { toMinute, toRfc3339 } from './times.ts';

export const ROLES = ['ADMIN', 'STANDARD'] as const satisfies readonly UserRole[];

export const USER_LISTING: Listing<UserRecord> = {
  columns: [
    { title: 'ID', text: ({ id }) => String(id) },
    { title: 'USERNAME', text: ({ username }) => username, isFlexible: true },
    { title: 'ROLE', text: ({ role }) => role },
    {
      title: 'ENABLED',
      text: ({ isEnabled }) => (isEnabled ? 'yes' : 'no'),
      mark: ({ isEnabled }) => (isEnabled ? null : 'alarm'),
    },
    {
      title: 'CREATED',
      text: ({ createdAtMs }) => toRfc3339(createdAtMs),
      terminalText: ({ createdAtMs }) => toMinute(createdAtMs),
    },
    {
      title: 'LAST SIGN-IN',
      text: ({ lastSignInAtMs }) => (lastSignInAtMs === null ? 'never' : toRfc3339(lastSignInAtMs)),
      terminalText: ({ lastSignInAtMs }) =>
        lastSignInAtMs === null ? 'never' : toMinute(lastSignInAtMs),
    },
  ],
  toJson: userJson,
};

export function userJson(user: UserRecord): object {
  const { id, username, role, isEnabled, createdAtMs, lastSignInAtMs } = user;
  return {
    id,
    username,
    role,
    enabled: isEnabled,
    created_at: toRfc3339(createdAtMs),
    last_sign_in_at: lastSignInAtMs === null ? null : toRfc3339(lastSignInAtMs),
  };
}

/** In any case. @throws InvalidArgumentError */
export function parseRole(text: string): UserRole {
  const role = ROLES.find((candidate) => candidate === text.toUpperCase());
  if (role === undefined) throw new InvalidArgumentError(`Say ${ROLES.join(' or ')}.`);
  return role;
}
