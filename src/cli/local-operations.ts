/** Users and sessions of the data folder, a page at a time. */

import type { ConsoleSession } from '../core/console-sessions-repository.ts';
import { MAX_PAGE } from '../core/operations.ts';
import type { SessionCursor } from '../core/operations-repository.ts';
import type { OpenedSallyport } from './context.ts';
import { CommandFailure } from './failures.ts';
import type { ListedSession, SessionTarget, UserTarget } from './operator-target.ts';

/** Nobody is named as the one who acts: the wiring has the operator act for the process. */
const BY_OPERATOR = {};

export function localUsers({ operations, users }: OpenedSallyport): UserTarget {
  const by = BY_OPERATOR;
  // An operator says what is wanted, whatever others have changed meanwhile.
  const expectedVersion = null;
  return {
    list: () => users.list(),
    findById: (id) => operations.findUser(id),
    findByName: (username) => operations.findUserByName(username),
    blindSpot: '',
    add: (input) => users.create({ ...input, origin: 'operator' }, by),
    setPassword: async (userId, password) => {
      const outcome = await users.replacePassword({ userId, password, expectedVersion, by });
      if (outcome.outcome === 'replaced') return outcome;
      throw userRefusal(outcome.outcome);
    },
    setEnabled: async (userId, isEnabled) => {
      const change = { userId, isEnabled, expectedVersion, by };
      const outcome = await operations.setUserEnabled(change);
      if (outcome.outcome === 'changed') return outcome.endedSessions;
      if (outcome.outcome === 'unchanged') return 0;
      throw userRefusal(outcome.outcome);
    },
    setRole: async (userId, role) => {
      const { outcome } = await operations.setUserRole({ userId, role, expectedVersion, by });
      if (outcome !== 'changed' && outcome !== 'unchanged') throw userRefusal(outcome);
    },
    delete: async (userId) => {
      const outcome = await operations.deleteUser({ userId, expectedVersion, by });
      if (outcome.outcome === 'deleted') return outcome.endedSessions;
      throw userRefusal(outcome.outcome);
    },
    endSessions: async (userId) => {
      const outcome = await operations.endSessionsOfUser({ userId, by });
      if (outcome.outcome === 'ended') return outcome.endedSessions;
      throw userRefusal(outcome.outcome);
    },
  };
}

export function localSessions({ operations, consoleSessions }: OpenedSallyport): SessionTarget {
  return {
    list: async function* (userId): AsyncGenerator<ListedSession> {
      let cursor: SessionCursor | null = null;
      do {
        const page = await operations.listSessions({
          ...(userId !== null && { userId }),
          cursor,
          limit: MAX_PAGE,
        });
        for (const session of page.sessions) yield { ...session, kind: 'application' };
        cursor = page.nextCursor;
      } while (cursor !== null);
      for (const session of await consoleSessions.list()) {
        const listed = listedConsoleSession(session);
        if (userId === null || listed.userId === userId) yield listed;
      }
    },
    end: async (sessionId) => {
      const { outcome } = await operations.endSession({ sessionId, by: BY_OPERATOR });
      if (outcome === 'permission_denied') throw userRefusal(outcome);
      if (outcome === 'ended') return true;
      return consoleSessions.end(sessionId, 'ended_by_operator', BY_OPERATOR);
    },
  };
}

function listedConsoleSession(session: ConsoleSession): ListedSession {
  const { sessionId, holder, username, createdAtMs, lastSeenAtMs, address, userAgent } = session;
  return {
    kind: 'console',
    sessionId,
    userId: holder.kind === 'user' ? holder.userId : null,
    username,
    createdAtMs,
    refreshedAtMs: lastSeenAtMs,
    createdAddress: address,
    lastAddress: address,
    userAgent,
  };
}

const REFUSALS = {
  not_found: ['user_not_found', 'This user has just been deleted by somebody else.'],
  stale: ['changed_meanwhile', 'Somebody else has just changed this user; look and try again.'],
  last_admin: [
    'last_admin',
    'This is the last enabled user with role ADMIN, who must stay; nothing was changed. Add ' +
      'another one first, with `npx sallyport users add NAME --role ADMIN`.',
  ],
  permission_denied: ['permission_denied', 'This is not permitted for users with role ADMIN.'],
} as const;

function userRefusal(outcome: keyof typeof REFUSALS): CommandFailure {
  const [code, line] = REFUSALS[outcome];
  return new CommandFailure(code, [line]);
}
