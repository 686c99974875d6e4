/**
 * The repository: each method is one transition, run by whichever database is underneath. What a
 * transition enters into the audit trail is reported as security events once it is durable.
 */

import type { AccessTokenRepository } from '../core/access-token-repository.ts';
import type { ConsoleSessionsRepository } from '../core/console-sessions-repository.ts';
import { SallyportError } from '../core/errors.ts';
import type { Actor } from '../core/events.ts';
import type { OperationsRepository } from '../core/operations-repository.ts';
import type { SecurityEvents } from '../core/ports.ts';
import type { Repository } from '../core/repository.ts';
import type { TransferRepository } from '../core/transfer-repository.ts';
import { listAccessTokenPage } from './access-token-listings.ts';
import * as accessTokens from './access-token-transitions.ts';
import * as admin from './admin-transitions.ts';
import * as attempts from './attempt-transitions.ts';
import * as auditListings from './audit-listings.ts';
import * as audit from './audit-transitions.ts';
import * as consoleSessions from './console-session-transitions.ts';
import { countEverything } from './count-transitions.ts';
import * as identities from './identity-transitions.ts';
import { LivenessCache } from './liveness-cache.ts';
import { changesOf, writeChanges } from './liveness-changes.ts';
import * as managedSessions from './managed-session-transitions.ts';
import * as managedUsers from './managed-user-transitions.ts';
import * as ownSessions from './own-session-transitions.ts';
import * as purge from './purge-transitions.ts';
import * as restores from './restore-transitions.ts';
import * as sessions from './session-transitions.ts';
import * as transfers from './transfer-transitions.ts';
import { type Database, notify, type Transition } from './transition.ts';
import * as userListings from './user-listings.ts';
import * as users from './user-transitions.ts';

/** Where events are reported, and who acts when nobody asked for it. */
export interface Reporting {
  readonly events: SecurityEvents;
  readonly processActor: Actor;
}

export function createRepository(database: Database, reporting: Reporting): Repository {
  const calls = callsOn(database, reporting);
  const { read, write, audited } = calls;
  return {
    ping: () => database.ping(),
    ...keptReads(calls),
    ...adminCalls(calls),
    ...userCalls(calls),
    ...sessionCalls(calls),
    ...operationCalls(calls),
    ...consoleSessionCalls(calls),
    ...transferCalls(calls),
    ...accessTokenCalls(calls),
    concludeRestore: (input) => audited((entries) => restores.concludeRestore(input, entries)),
    ...auditCalls(calls),

    reserveLoginAttempt: (input) =>
      audited((entries) => attempts.reserveLoginAttempt(input, entries)),
    withdrawLoginAttempt: (attempt) => write(() => attempts.withdrawLoginAttempt(attempt)),

    purgeExpired: (limit) => write(() => purge.purgeExpired(limit)),
    purgeOldestCounters: (input) => write(() => purge.purgeOldestCounters(input)),
    listPasswordKinds: () => read(users.listPasswordKinds),
  };
}

/** The ways in which a method runs its transition. */
interface Calls {
  readonly read: Database['read'];
  readonly write: Database['write'];
  /** For every method that is an event. A body that runs again enters its rows again. */
  readonly audited: <T>(body: (entries: audit.AuditEntries) => Transition<T>) => Promise<T>;
  readonly cache: LivenessCache;
  readonly events: SecurityEvents;
}

function callsOn(database: Database, { events, processActor }: Reporting): Calls {
  const cache = new LivenessCache(database);
  return {
    read: database.read.bind(database),
    write: database.write.bind(database),
    cache,
    events,
    audited: async (body) => {
      let entries = new audit.AuditEntries(processActor);
      const value = await database.write(function* () {
        entries = new audit.AuditEntries(processActor);
        const result = yield* body(entries);
        const changes = changesOf(entries.events);
        if (changes.length > 0) yield* notify(writeChanges(changes));
        return result;
      });
      // Before anybody is told: what they hear must hold for the next question.
      for (const change of changesOf(entries.events)) cache.apply(change);
      for (const event of entries.events) events.record(event);
      return value;
    },
  };
}

/** What every request of other services asks for. */
function keptReads({ read, cache }: Calls) {
  return cache.over({
    findSession: (sessionId) => read(() => sessions.findSession(sessionId)),
    findAccessToken: (publicId) => read(() => accessTokens.findAccessToken(publicId)),
    findAdmin: () => read(admin.findAdmin),
    isAuthEnabled: () => read(admin.isAuthEnabled),
  });
}

function adminCalls({ read, write, audited }: Calls) {
  return {
    inspectDatabase: () => read(admin.inspectDatabase),
    inspectMove: () => read(admin.inspectMove),
    adoptDatabase: (input) => audited((entries) => admin.adoptDatabase(input, entries)),
    readSealedParams: () => read(admin.readSealedParams),
    createSealedParams: (sealed) => write(() => admin.createSealedParams(sealed)),
    replaceSealedParams: (sealed) => write(() => admin.replaceSealedParams(sealed)),
    replaceParamsFingerprint: (input) =>
      audited((entries) => admin.replaceParamsFingerprint(input, entries)),
    readAuthSwitch: () => read(admin.readAuthSwitch),
    setAuthEnabled: (input) => audited((entries) => admin.setAuthEnabled(input, entries)),
    createOnlyAdmin: (input) => audited((entries) => admin.createOnlyAdmin(input, entries)),
    replaceAdminPassword: (input) =>
      audited((entries) => admin.replaceAdminPassword(input, entries)),
    signInAdmin: (input) => audited((entries) => admin.signInAdmin(input, entries)),
  } satisfies Partial<Repository>;
}

function userCalls({ read, audited }: Calls) {
  return {
    createUser: (input) => audited((entries) => users.createUser(input, entries)),
    findUserByKey: (usernameKey) => read(() => users.findUserByKey(usernameKey)),
    listUsers: (input) => read(() => users.listUsers(input)),
    replacePasswordAndEndSessions: (input) =>
      audited((entries) => users.replacePasswordAndEndSessions(input, entries)),
  } satisfies Partial<Repository>;
}

function sessionCalls({ read, audited }: Calls) {
  return {
    signInUser: (input) => audited((entries) => sessions.signInUser(input, entries)),
    signInByIdentity: (input) => audited((entries) => identities.signInByIdentity(input, entries)),
    rotateRefreshToken: (input) =>
      audited((entries) => sessions.rotateRefreshToken(input, entries)),
    endSession: (input) => audited((entries) => sessions.endSession(input, entries)),
    endSessionByRefreshToken: (input) =>
      audited((entries) => sessions.endSessionByRefreshToken(input, entries)),
    listLiveSessions: (input) => read(() => ownSessions.listLiveSessions(input)),
    endOwnSession: (input) => audited((entries) => ownSessions.endOwnSession(input, entries)),
    endOtherSessions: (input) => audited((entries) => ownSessions.endOtherSessions(input, entries)),
    changeOwnPassword: (input) =>
      audited((entries) => ownSessions.changeOwnPassword(input, entries)),
  } satisfies Partial<Repository>;
}

function operationCalls({ read, audited }: Calls): OperationsRepository {
  return {
    listIdentities: (userId) => read(() => identities.listIdentities(userId)),
    findManagedUser: (id) => read(() => userListings.findManagedUser(id)),
    findManagedUserByKey: (usernameKey) =>
      read(() => userListings.findManagedUserByKey(usernameKey)),
    listManagedUsers: (input) => read(() => userListings.listManagedUsers(input)),
    changeUser: (input) => audited((entries) => managedUsers.changeUser(input, entries)),
    replacePasswordOfUser: (input) =>
      audited((entries) => managedUsers.replacePasswordOfUser(input, entries)),
    deleteUser: (input) => audited((entries) => managedUsers.deleteUser(input, entries)),
    endSessionsOfUser: (input) =>
      audited((entries) => managedSessions.endSessionsOfUser(input, entries)),
    listManagedSessions: (input) => read(() => managedSessions.listManagedSessions(input)),
    endManagedSession: (input) =>
      audited((entries) => managedSessions.endManagedSession(input, entries)),
    countEverything: () => read(countEverything),
  };
}

function consoleSessionCalls({ read, write, audited }: Calls): ConsoleSessionsRepository {
  return {
    openConsoleSession: (input) =>
      audited((entries) => consoleSessions.openConsoleSession(input, entries)),
    findConsoleSession: (hash) => read(() => consoleSessions.findConsoleSession(hash)),
    touchConsoleSession: (id) => write(() => consoleSessions.touchConsoleSession(id)),
    confirmConsoleSession: (input) =>
      audited((entries) => consoleSessions.confirmConsoleSession(input, entries)),
    endConsoleSession: (input) =>
      audited((entries) => consoleSessions.endConsoleSession(input, entries)),
    listConsoleSessions: (input) => read(() => consoleSessions.listConsoleSessions(input)),
  };
}

function transferCalls({ read, audited }: Calls): TransferRepository {
  return {
    importUsers: (input) => audited((entries) => transfers.importUsers(input, entries)),
    checkUsers: (input) => read(() => transfers.checkUsers(input)),
    recordUserExport: (input) => audited((entries) => transfers.recordUserExport(input, entries)),
    listOutgoingUsers: (input) => read(() => transfers.listOutgoingUsers(input)),
  };
}

function accessTokenCalls({ read, write, audited }: Calls) {
  return {
    createAccessToken: (input) =>
      audited((entries) => accessTokens.createAccessToken(input, entries)),
    listAccessTokens: () => read(accessTokens.listAccessTokens),
    findAccessTokenById: (id) => read(() => accessTokens.findAccessTokenById(id)),
    listAccessTokenPage: (input) => read(() => listAccessTokenPage(input)),
    rotateAccessToken: (input) =>
      audited((entries) => accessTokens.rotateAccessToken(input, entries)),
    endAccessTokenOverlap: (input) =>
      audited((entries) => accessTokens.endAccessTokenOverlap(input, entries)),
    changeAccessToken: (input) =>
      audited((entries) => accessTokens.changeAccessToken(input, entries)),
    deleteAccessToken: (input) =>
      audited((entries) => accessTokens.deleteAccessToken(input, entries)),
    acceptSuspendedAccessTokens: (input) =>
      audited((entries) => restores.acceptSuspendedAccessTokens(input, entries)),
    recordAccessTokenUses: (uses) => write(() => accessTokens.recordAccessTokenUses(uses)),
  } satisfies Omit<AccessTokenRepository, 'findAccessToken' | 'recallAccessToken'>;
}

function auditCalls({ read, write, audited, events }: Calls) {
  return {
    recordRefusal: async (event) => {
      try {
        if (await read(() => audit.isRefusalKnown(event))) events.record(event);
        else await audited((entries) => audit.recordRefusal(event, entries));
      } catch (error) {
        events.record(event);
        if (!(error instanceof SallyportError)) throw error;
      }
    },
    listNewestAuditEvents: (input) => read(() => audit.listNewestAuditEvents(input)),
    findSettledAuditId: () => read(audit.findSettledId),
    listAuditEventsAfter: async (input) => {
      const settledId = await read(audit.findSettledId);
      return read(() => audit.listAuditEventsAfter(input, settledId));
    },
    lookForAuditEvents: (input) => read(() => auditListings.lookForAuditEvents(input)),
    listAuditEventsBetween: (input) => read(() => auditListings.listAuditEventsBetween(input)),
    countAuditEvents: (input) => read(() => auditListings.countAuditEvents(input)),
    findAuditIdsAround: (input) => read(() => auditListings.findAuditIdsAround(input)),
    purgeAuditEvents: (input) => write(() => audit.purgeAuditEvents(input)),
  } satisfies Partial<Repository>;
}
