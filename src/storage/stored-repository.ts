/** The repository: each method is one transition, run by whichever database is underneath. */

import type { Repository } from '../core/repository.ts';
import * as accessTokens from './access-token-transitions.ts';
import * as admin from './admin-transitions.ts';
import * as attempts from './attempt-transitions.ts';
import * as ownSessions from './own-session-transitions.ts';
import * as purge from './purge-transitions.ts';
import * as sessions from './session-transitions.ts';
import type { Database } from './transition.ts';
import * as users from './user-transitions.ts';

export function createRepository(database: Database): Repository {
  const { read, write } = {
    read: database.read.bind(database),
    write: database.write.bind(database),
  };
  return {
    ping: () => database.ping(),
    inspectDatabase: () => read(admin.inspectDatabase),
    adoptDatabase: (input) => write(() => admin.adoptDatabase(input)),
    replaceParamsFingerprint: (value) => write(() => admin.replaceParamsFingerprint(value)),
    isAuthEnabled: () => read(admin.isAuthEnabled),
    setAuthEnabled: (isEnabled) => write(() => admin.setAuthEnabled(isEnabled)),

    findAdmin: () => read(admin.findAdmin),
    createOnlyAdmin: (passwordHash) => write(() => admin.createOnlyAdmin(passwordHash)),
    replaceAdminPassword: (input) => write(() => admin.replaceAdminPassword(input)),
    signInAdmin: (input) => write(() => admin.signInAdmin(input)),

    createUser: (input) => write(() => users.createUser(input)),
    findUserByKey: (usernameKey) => read(() => users.findUserByKey(usernameKey)),
    listUsers: (input) => read(() => users.listUsers(input)),
    replacePasswordAndEndSessions: (input) =>
      write(() => users.replacePasswordAndEndSessions(input)),
    listPasswordKinds: () => read(users.listPasswordKinds),

    reserveLoginAttempt: (input) => write(() => attempts.reserveLoginAttempt(input)),
    withdrawLoginAttempt: (attempt) => write(() => attempts.withdrawLoginAttempt(attempt)),

    signInUser: (input) => write(() => sessions.signInUser(input)),
    rotateRefreshToken: (input) => write(() => sessions.rotateRefreshToken(input)),
    findSession: (sessionId) => read(() => sessions.findSession(sessionId)),
    endSession: (input) => write(() => sessions.endSession(input)),
    endSessionByRefreshToken: (input) => write(() => sessions.endSessionByRefreshToken(input)),

    listLiveSessions: (input) => read(() => ownSessions.listLiveSessions(input)),
    endOwnSession: (input) => write(() => ownSessions.endOwnSession(input)),
    endOtherSessions: (input) => write(() => ownSessions.endOtherSessions(input)),
    changeOwnPassword: (input) => write(() => ownSessions.changeOwnPassword(input)),

    createAccessToken: (input) => write(() => accessTokens.createAccessToken(input)),
    listAccessTokens: () => read(accessTokens.listAccessTokens),
    findAccessToken: (publicId) => read(() => accessTokens.findAccessToken(publicId)),
    findAccessTokenById: (id) => read(() => accessTokens.findAccessTokenById(id)),
    rotateAccessToken: (input) => write(() => accessTokens.rotateAccessToken(input)),
    deleteAccessToken: (id) => write(() => accessTokens.deleteAccessToken(id)),
    recordAccessTokenUses: (uses) => write(() => accessTokens.recordAccessTokenUses(uses)),

    purgeExpired: (limit) => write(() => purge.purgeExpired(limit)),
  };
}
