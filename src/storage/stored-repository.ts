/**
 * The repository: each method is one transition, run by whichever database is underneath. What a
 * transition enters into the audit trail is reported as security events once it is durable.
 */

import { SallyportError } from '../core/errors.ts';
import type { Actor } from '../core/events.ts';
import type { SecurityEvents } from '../core/ports.ts';
import type { Repository } from '../core/repository.ts';
import * as accessTokens from './access-token-transitions.ts';
import * as admin from './admin-transitions.ts';
import * as attempts from './attempt-transitions.ts';
import * as audit from './audit-transitions.ts';
import * as identities from './identity-transitions.ts';
import * as ownSessions from './own-session-transitions.ts';
import * as purge from './purge-transitions.ts';
import * as restores from './restore-transitions.ts';
import * as sessions from './session-transitions.ts';
import type { Database, Transition } from './transition.ts';
import * as users from './user-transitions.ts';

/** Where events are reported, and who acts when nobody asked for it. */
export interface Reporting {
  readonly events: SecurityEvents;
  readonly processActor: Actor;
}

export function createRepository(database: Database, reporting: Reporting): Repository {
  const { read, write } = {
    read: database.read.bind(database),
    write: database.write.bind(database),
  };
  const { events, processActor } = reporting;
  /** For every method that is an event. A body that runs again enters its rows again. */
  const audited: Audited = async <T>(body: (entries: audit.AuditEntries) => Transition<T>) => {
    let entries = new audit.AuditEntries(processActor);
    const value = await write(() => {
      entries = new audit.AuditEntries(processActor);
      return body(entries);
    });
    for (const event of entries.events) events.record(event);
    return value;
  };
  return {
    ping: () => database.ping(),
    ...parametersOf(database, audited),
    isAuthEnabled: () => read(admin.isAuthEnabled),
    setAuthEnabled: (input) => audited((entries) => admin.setAuthEnabled(input, entries)),

    findAdmin: () => read(admin.findAdmin),
    createOnlyAdmin: (input) => audited((entries) => admin.createOnlyAdmin(input, entries)),
    replaceAdminPassword: (input) =>
      audited((entries) => admin.replaceAdminPassword(input, entries)),
    signInAdmin: (input) => audited((entries) => admin.signInAdmin(input, entries)),

    createUser: (input) => audited((entries) => users.createUser(input, entries)),
    findUserByKey: (usernameKey) => read(() => users.findUserByKey(usernameKey)),
    listUsers: (input) => read(() => users.listUsers(input)),
    replacePasswordAndEndSessions: (input) =>
      audited((entries) => users.replacePasswordAndEndSessions(input, entries)),
    listPasswordKinds: () => read(users.listPasswordKinds),

    reserveLoginAttempt: (input) =>
      audited((entries) => attempts.reserveLoginAttempt(input, entries)),
    withdrawLoginAttempt: (attempt) => write(() => attempts.withdrawLoginAttempt(attempt)),

    signInUser: (input) => audited((entries) => sessions.signInUser(input, entries)),
    signInByIdentity: (input) => audited((entries) => identities.signInByIdentity(input, entries)),
    rotateRefreshToken: (input) =>
      audited((entries) => sessions.rotateRefreshToken(input, entries)),
    findSession: (sessionId) => read(() => sessions.findSession(sessionId)),
    endSession: (input) => audited((entries) => sessions.endSession(input, entries)),
    endSessionByRefreshToken: (input) =>
      audited((entries) => sessions.endSessionByRefreshToken(input, entries)),

    listLiveSessions: (input) => read(() => ownSessions.listLiveSessions(input)),
    endOwnSession: (input) => audited((entries) => ownSessions.endOwnSession(input, entries)),
    endOtherSessions: (input) => audited((entries) => ownSessions.endOtherSessions(input, entries)),
    changeOwnPassword: (input) =>
      audited((entries) => ownSessions.changeOwnPassword(input, entries)),

    createAccessToken: (input) =>
      audited((entries) => accessTokens.createAccessToken(input, entries)),
    listAccessTokens: () => read(accessTokens.listAccessTokens),
    findAccessToken: (publicId) => read(() => accessTokens.findAccessToken(publicId)),
    findAccessTokenById: (id) => read(() => accessTokens.findAccessTokenById(id)),
    rotateAccessToken: (input) =>
      audited((entries) => accessTokens.rotateAccessToken(input, entries)),
    deleteAccessToken: (input) =>
      audited((entries) => accessTokens.deleteAccessToken(input, entries)),
    concludeRestore: (input) => audited((entries) => restores.concludeRestore(input, entries)),
    acceptSuspendedAccessTokens: (input) =>
      audited((entries) => restores.acceptSuspendedAccessTokens(input, entries)),
    recordAccessTokenUses: (uses) => write(() => accessTokens.recordAccessTokenUses(uses)),

    purgeExpired: (limit) => write(() => purge.purgeExpired(limit)),
    purgeOldestCounters: (input) => write(() => purge.purgeOldestCounters(input)),

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
    listAuditEventsAfter: (input) => read(() => audit.listAuditEventsAfter(input)),
    listAuditEventsBetween: (input) => read(() => audit.listAuditEventsBetween(input)),
    purgeAuditEvents: (input) => write(() => audit.purgeAuditEvents(input)),
  };
}

type Audited = <T>(body: (entries: audit.AuditEntries) => Transition<T>) => Promise<T>;

function parametersOf(database: Database, audited: Audited) {
  return {
    inspectDatabase: () => database.read(admin.inspectDatabase),
    adoptDatabase: (input) => audited((entries) => admin.adoptDatabase(input, entries)),
    readSealedParams: () => database.read(admin.readSealedParams),
    createSealedParams: (sealed) => database.write(() => admin.createSealedParams(sealed)),
    replaceSealedParams: (sealed) => database.write(() => admin.replaceSealedParams(sealed)),
    replaceParamsFingerprint: (input) =>
      audited((entries) => admin.replaceParamsFingerprint(input, entries)),
  } satisfies Partial<Repository>;
}
