/**
 * How long a check of a credential takes while more people sign in than the server can hash
 * passwords for, beside the same check on the idle server: the same process, a moment before.
 */

import { runLoad } from '../load/run-load.ts';
import { BEHIND_PROXY, startSubject } from '../subject/subject-server.ts';
import { type Scenario, SUBJECT } from '../suite.ts';
import { checkRequest, SESSION_CHECK } from './credential-checks.ts';
import { SIGNED_IN, signInRequests } from './sign-ins.ts';

const SIGN_INS_AT_ONCE = 32;
/** A steady 400 checks a second: far from a limit, and enough for a p99. */
const CHECKS = { connections: 40, intervalMs: 100 };
/** The queue in front of hashing is full by then. */
const SATURATION_MS = 1_000;

export const checksUnderSignIns: Scenario = {
  name: 'checks-under-sign-ins',
  title: `GET /api/auth/verify, 400 a second, while ${SIGN_INS_AT_ONCE} sign in without pause`,
  databases: ['sqlite', 'postgres'],
  contenders: [
    {
      name: SUBJECT,
      role: 'subject',
      measure: async ({ scope, root, database, sites, effort }) => {
        const site = await sites.copy(scope, root, database);
        const settings = { ...site.settings, ...BEHIND_PROXY };
        const server = await startSubject(scope, { root, place: 'everywhere', settings });
        const checks = {
          ...effort,
          ...CHECKS,
          work: {
            kind: 'same',
            requests: site.people.map((person) => checkRequest(SESSION_CHECK, person)),
          },
          expected: SESSION_CHECK.expected,
        } as const;
        const idle = await runLoad(server, checks, 'everywhere');
        const signingIn = {
          warmupMs: SATURATION_MS,
          measureMs: effort.warmupMs + effort.measureMs,
          connections: SIGN_INS_AT_ONCE,
          work: { kind: 'same', requests: signInRequests(site.people, SIGN_INS_AT_ONCE) },
          expected: SIGNED_IN,
        } as const;
        const [busy, saturation] = await Promise.all([
          runLoad(server, { ...checks, warmupMs: SATURATION_MS + effort.warmupMs }, 'everywhere'),
          runLoad(server, signingIn, 'everywhere'),
        ]);
        return {
          figures: {
            idleP50Ms: idle.latencies.quantileMs(0.5),
            idleP99Ms: idle.latencies.quantileMs(0.99),
            busyP50Ms: busy.latencies.quantileMs(0.5),
            busyP99Ms: busy.latencies.quantileMs(0.99),
            signInsPerSecond: saturation.perSecond,
          },
        };
      },
    },
  ],
};
