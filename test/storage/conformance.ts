/**
 * What every implementation of src/core/repository.ts must do, said once for all databases.
 * A database is held to it by one test file that calls this with its own `openStore`.
 */

import { conformsInAccessTokens } from './conformance-access-tokens.ts';
import { conformsInAdmin } from './conformance-admin.ts';
import { conformsInAttempts } from './conformance-attempts.ts';
import { conformsInAudit } from './conformance-audit.ts';
import { conformsInContention } from './conformance-contention.ts';
import { conformsInOwnSessions } from './conformance-own-sessions.ts';
import { conformsInPurge } from './conformance-purge.ts';
import { conformsInRestores } from './conformance-restores.ts';
import { conformsInSessions } from './conformance-sessions.ts';
import { conformsInUsers } from './conformance-users.ts';
import type { OpenStore } from './store.ts';

export function conformsToRepository(openStore: OpenStore): void {
  conformsInAdmin(openStore);
  conformsInUsers(openStore);
  conformsInAttempts(openStore);
  conformsInSessions(openStore);
  conformsInOwnSessions(openStore);
  conformsInAccessTokens(openStore);
  conformsInPurge(openStore);
  conformsInRestores(openStore);
  conformsInAudit(openStore);
  conformsInContention(openStore);
}
