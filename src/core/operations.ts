/**
 * What operators do to users and sessions: find, list, enable, disable, promote, demote, delete,
 * end, count. Who may is decided by management-permissions.ts; the last enabled user with the role
 * ADMIN stays, which storage decides inside the change. The built-in admin is no user, and nothing
 * here reaches it.
 */

import { SallyportError } from './errors.ts';
import type { Requester } from './events.ts';
import { mayTouchAdmins } from './management-permissions.ts';
import type {
  Counts,
  ManagedSession,
  ManagedUser,
  SessionCursor,
  UserChangeOutcome,
  UserCursor,
  UserDeletionOutcome,
  UserSessionsEndOutcome,
  UserSort,
} from './operations-repository.ts';
import type { PasswordChecks } from './password-checks.ts';
import type { Repository, UserRole } from './repository.ts';
import { usernameKey } from './usernames.ts';

/** Most users or sessions on one page. */
export const MAX_PAGE = 200;

export interface UserListing {
  /** How the name begins, as a person would spell it; goes with the sorts by username only. */
  readonly prefix?: string;
  readonly role?: UserRole;
  readonly isEnabled?: boolean;
  /** `id` unless given, `username` with a prefix. */
  readonly sort?: UserSort;
  /** Where the page before ended; of the same sort. */
  readonly cursor?: UserCursor | null;
  /** 1 to {@link MAX_PAGE}. */
  readonly limit: number;
}

export interface UserPage {
  readonly users: readonly ManagedUser[];
  /** Null on the last page. */
  readonly nextCursor: UserCursor | null;
}

export interface SessionListing {
  readonly userId?: number;
  /** Only sessions of users who have this role now. */
  readonly ownerRole?: 'STANDARD';
  readonly cursor?: SessionCursor | null;
  /** 1 to {@link MAX_PAGE}. */
  readonly limit: number;
}

export interface SessionPage {
  readonly sessions: readonly ManagedSession[];
  /** Null on the last page. */
  readonly nextCursor: SessionCursor | null;
}

/** One user to be changed, for whom `expectedVersion` null means whatever the version is. */
interface UserChange {
  readonly userId: number;
  readonly expectedVersion: number | null;
  readonly by: Requester;
}

export class Operations {
  readonly #repository: Repository;
  readonly #checks: PasswordChecks;

  constructor(deps: { repository: Repository; checks: PasswordChecks }) {
    this.#repository = deps.repository;
    this.#checks = deps.checks;
  }

  findUser(id: number): Promise<ManagedUser | null> {
    return this.#repository.findManagedUser(id);
  }

  findUserByName(username: string): Promise<ManagedUser | null> {
    return this.#repository.findManagedUserByKey(usernameKey(username));
  }

  /** @throws SallyportError `listing_rejected` */
  async listUsers(listing: UserListing): Promise<UserPage> {
    const { prefix, role, isEnabled, cursor, limit } = listing;
    const keyPrefix = prefix === undefined ? '' : usernameKey(prefix);
    const sort = listing.sort ?? (keyPrefix === '' ? 'id' : 'username');
    requireLimit(limit);
    if (keyPrefix !== '' && sort !== 'username' && sort !== '-username') {
      throw new SallyportError('listing_rejected', { field: 'sort', rule: 'prefix_by_username' });
    }
    if (cursor && cursor.sort !== sort) {
      throw new SallyportError('listing_rejected', { field: 'cursor', rule: 'other_listing' });
    }
    const listed = await this.#repository.listManagedUsers({
      ...(keyPrefix !== '' && { keyPrefix }),
      ...(role !== undefined && { role }),
      ...(isEnabled !== undefined && { isEnabled }),
      ...(cursor && { after: cursor }),
      sort,
      limit: limit + 1,
    });
    const page = listed.slice(0, limit);
    const nextCursor = listed.length > limit ? (page.at(-1)?.cursor ?? null) : null;
    return { users: page.map(({ user }) => user), nextCursor };
  }

  /** Disabling ends all of the user's sessions. */
  setUserEnabled(change: UserChange & { isEnabled: boolean }): Promise<UserChangeOutcome> {
    return this.changeUser(change);
  }

  /** Sessions stay: what their tokens may do is asked of the database every time. */
  setUserRole(change: UserChange & { role: UserRole }): Promise<UserChangeOutcome> {
    return this.changeUser(change);
  }

  /** Both at once, or one of them. */
  changeUser(
    change: UserChange & { isEnabled?: boolean; role?: UserRole },
  ): Promise<UserChangeOutcome> {
    return this.#repository.changeUser({
      ...change,
      mayTouchAdmins: mayTouchAdmins(change.by, 'change_users'),
    });
  }

  /** A later user of the same name inherits nothing, and the id is never given again. */
  async deleteUser(change: UserChange): Promise<UserDeletionOutcome> {
    const user = await this.findUser(change.userId);
    if (user === null) return { outcome: 'not_found' };
    return this.#repository.deleteUser({
      ...change,
      // A name never changes and an id is never given again: this is still theirs.
      accountKey: this.#checks.userAccountKey(usernameKey(user.username)),
      mayTouchAdmins: mayTouchAdmins(change.by, 'change_users'),
    });
  }

  endSessionsOfUser(input: { userId: number; by: Requester }): Promise<UserSessionsEndOutcome> {
    return this.#repository.endSessionsOfUser({
      ...input,
      mayTouchAdmins: mayTouchAdmins(input.by, 'end_sessions'),
    });
  }

  /** Live sessions, the newest first. @throws SallyportError `listing_rejected` */
  async listSessions(listing: SessionListing): Promise<SessionPage> {
    const { userId, ownerRole, cursor, limit } = listing;
    requireLimit(limit);
    const found = await this.#repository.listManagedSessions({
      ...(userId !== undefined && { userId }),
      ...(ownerRole !== undefined && { ownerRole }),
      ...(cursor && { after: cursor }),
      limit: limit + 1,
    });
    const sessions = found.slice(0, limit);
    const last = sessions.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    const nextCursor = hasMore
      ? { createdAtMs: last.createdAtMs, sessionId: last.sessionId }
      : null;
    return { sessions, nextCursor };
  }

  async endSession(input: {
    sessionId: string;
    by: Requester;
  }): Promise<{ outcome: 'ended' | 'not_live' | 'permission_denied' }> {
    const allowed = mayTouchAdmins(input.by, 'end_sessions');
    const ending = { ...input, mayTouchAdmins: allowed };
    return { outcome: await this.#repository.endManagedSession(ending) };
  }

  /**
   * Takes tens of milliseconds when there are millions: for people who look, not for every
   * request.
   */
  countEverything(): Promise<Counts> {
    return this.#repository.countEverything();
  }
}

/** @throws SallyportError `listing_rejected` */
export function requireLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return;
  throw new SallyportError('listing_rejected', { field: 'limit', rule: 'out_of_bounds' });
}
