/**
 * What every implementation of src/core/repository.ts must do, said once for all databases.
 * A database is held to it by one test file that calls this with its own `openStore`.
 */

import { conformsInAccessTokens } from './conformance-access-tokens.ts';
import { conformsInAdmin } from './conformance-admin.ts';
import { conformsInAttempts } from './conformance-attempts.ts';
import { conformsInAudit } from './conformance-audit.ts';
import { conformsInConsoleAudit } from './conformance-audit-console.ts';
import { conformsInAuditListings } from './conformance-audit-listings.ts';
import { conformsInOperationsAudit } from './conformance-audit-operations.ts';
import { conformsInConsoleSessions } from './conformance-console-sessions.ts';
import { conformsInContention } from './conformance-contention.ts';
import { conformsInCounts } from './conformance-counts.ts';
import { conformsInIdentities } from './conformance-identities.ts';
import { conformsInKeptAnswers } from './conformance-kept-answers.ts';
import { conformsInOperations } from './conformance-operations.ts';
import { conformsInOwnSessions } from './conformance-own-sessions.ts';
import { conformsInPurge } from './conformance-purge.ts';
import { conformsInRestores } from './conformance-restores.ts';
import { conformsInSessions } from './conformance-sessions.ts';
import { conformsInSettings } from './conformance-settings.ts';
import { conformsInTokenLife } from './conformance-token-life.ts';
import { conformsInTokenListings } from './conformance-token-listings.ts';
import { conformsInTokenOverlaps } from './conformance-token-overlaps.ts';
import { conformsInTransfers } from './conformance-transfers.ts';
import { conformsInUserListings } from './conformance-user-listings.ts';
import { conformsInUsers } from './conformance-users.ts';
import type { OpenStore } from './store.ts';

export function conformsToRepository(openStore: OpenStore): void {
  conformsInAdmin(openStore);
  conformsInUsers(openStore);
  conformsInAttempts(openStore);
  conformsInSessions(openStore);
  conformsInOwnSessions(openStore);
  conformsInIdentities(openStore);
  conformsInUserListings(openStore);
  conformsInOperations(openStore);
  conformsInCounts(openStore);
  conformsInConsoleSessions(openStore);
  conformsInTransfers(openStore);
  conformsInSettings(openStore);
  conformsInAccessTokens(openStore);
  conformsInTokenListings(openStore);
  conformsInTokenOverlaps(openStore);
  conformsInTokenLife(openStore);
  conformsInKeptAnswers(openStore);
  conformsInPurge(openStore);
  conformsInRestores(openStore);
  conformsInAudit(openStore);
  conformsInAuditListings(openStore);
  conformsInOperationsAudit(openStore);
  conformsInConsoleAudit(openStore);
  conformsInContention(openStore);
}
