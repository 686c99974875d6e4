/**
 * Checks of a credential while every commit waits for a slow disk: each sync takes 20 ms longer, by
 * a module that is loaded before the server, so that nothing of the server is another one.
 */

import { join } from 'node:path';
import { figuresOf, LoadFault, runLoad } from '../load/run-load.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Scenario, SUBJECT } from '../suite.ts';
import { checkRequest, SESSION_CHECK } from './credential-checks.ts';
import { REFRESHED, refreshWork } from './refreshes.ts';

const SLOW_COMMITS = join(import.meta.dirname, '../subject/slow-commits.ts');
const REFRESHES_AT_ONCE = 8;
/** As slow-commits.ts has it. */
const SLOW_COMMIT_MS = 20;
const CHECKS = { connections: 40, intervalMs: 100 };

export const slowDisk: Scenario = {
  name: 'slow-disk',
  title: `GET /api/auth/verify, 400 a second, while ${REFRESHES_AT_ONCE} refresh and each commit takes 20 ms`,
  databases: ['sqlite'],
  quickRounds: 1,
  contenders: [
    {
      name: SUBJECT,
      role: 'subject',
      measure: async ({ scope, root, database, sites, effort }) => {
        const { people, settings } = await sites.copy(scope, root, database);
        const preload = SLOW_COMMITS;
        const server = await startSubject(scope, { root, place: 'server', settings, preload });
        const [checks, refreshes] = await Promise.all([
          runLoad(server, {
            ...effort,
            ...CHECKS,
            work: {
              kind: 'same',
              requests: people.map((person) => checkRequest(SESSION_CHECK, person)),
            },
            expected: SESSION_CHECK.expected,
          }),
          runLoad(server, {
            ...effort,
            connections: REFRESHES_AT_ONCE,
            work: refreshWork(people),
            expected: REFRESHED,
          }),
        ]);
        requireSlow(refreshes.perSecond);
        const { perSecond, p50Ms = 0, p99Ms = 0 } = figuresOf(checks);
        const figures = { p50Ms, p99Ms, perSecond: perSecond ?? 0 };
        return { figures: { ...figures, refreshesPerSecond: refreshes.perSecond } };
      },
    },
  ],
};

/**
 * A release that syncs in a way which is not delayed would otherwise look as if it did not mind.
 * Each refresh waits for one sync at least, which all that are under way can share.
 */
function requireSlow(refreshesPerSecond: number): void {
  const most = (REFRESHES_AT_ONCE * 1000) / SLOW_COMMIT_MS;
  if (refreshesPerSecond > 1.1 * most) {
    throw new LoadFault(
      `commits were not slow: ${Math.round(refreshesPerSecond)} refreshes a second`,
    );
  }
}
