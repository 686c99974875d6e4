/**
 * How long a check of a credential takes while more people sign in than the server can hash
 * passwords for, beside the same check on the idle server: the same process, a moment before.
 */

import type { Calls } from '../load/plan.ts';
import { runLoad } from '../load/run-load.ts';
import { betterAuthChecks, betterAuthSignIns } from '../peers/peer-calls.ts';
import { BETTER_AUTH, startPeer } from '../peers/peers.ts';
import type { MeasuredProcess } from '../processes.ts';
import { BEHIND_PROXY, startSubject } from '../subject/subject-server.ts';
import { type Contender, type Effort, type Sample, type Scenario, SUBJECT } from '../suite.ts';
import { checkRequest, SESSION_CHECK } from './credential-checks.ts';
import { patient, SIGNED_IN, signInRequests, WHEN_REFUSED } from './sign-ins.ts';

const SIGN_INS_AT_ONCE = 32;
/** A steady 400 checks a second: far from a limit, and enough for a p99. */
const CHECKS = { connections: 40, intervalMs: 100 };
/** The queue in front of hashing is full by then. */
const SATURATION_MS = 1_000;

const subject: Contender = {
  name: SUBJECT,
  role: 'subject',
  measure: async ({ scope, root, database, sites, effort }) => {
    const { people, settings: data } = await sites.copy(scope, root, database);
    const settings = { ...data, ...BEHIND_PROXY };
    const server = await startSubject(scope, { root, place: 'everywhere', settings });
    const checks = people.map((person) => checkRequest(SESSION_CHECK, person));
    const signIns = signInRequests(people, SIGN_INS_AT_ONCE);
    return measureBoth(effort, server, {
      checks: { work: { kind: 'same', requests: checks }, expected: SESSION_CHECK.expected },
      signIns: { work: { kind: 'same', requests: signIns }, expected: SIGNED_IN },
    });
  },
};

const betterAuth: Contender = {
  name: BETTER_AUTH.name,
  role: 'peer',
  measure: async ({ scope, effort }) => {
    const { server, people } = await startPeer(scope, BETTER_AUTH, 'everywhere');
    return measureBoth(effort, server, {
      checks: betterAuthChecks(people),
      signIns: betterAuthSignIns(server, people),
    });
  },
};

export const checksUnderSignIns: Scenario = {
  name: 'checks-under-sign-ins',
  title: `GET /api/auth/verify, 400 a second, while ${SIGN_INS_AT_ONCE} sign in without pause`,
  databases: ['sqlite', 'postgres'],
  quickRounds: 1,
  contenders: [subject, betterAuth],
};

async function measureBoth(
  effort: Effort,
  server: MeasuredProcess,
  calls: { readonly checks: Calls; readonly signIns: Calls },
): Promise<Sample> {
  const checks = { ...effort, ...CHECKS, ...calls.checks };
  const idle = await runLoad(server, checks, 'everywhere');
  const busyEffort = patient(effort);
  const [busy, signIns] = await Promise.all([
    runLoad(
      server,
      { ...checks, ...busyEffort, warmupMs: SATURATION_MS + busyEffort.warmupMs },
      'everywhere',
    ),
    runLoad(
      server,
      {
        ...calls.signIns,
        connections: SIGN_INS_AT_ONCE,
        refusals: WHEN_REFUSED,
        warmupMs: SATURATION_MS,
        measureMs: busyEffort.warmupMs + busyEffort.measureMs,
      },
      'everywhere',
    ),
  ]);
  return {
    figures: {
      idleP50Ms: idle.latencies.quantileMs(0.5),
      idleP99Ms: idle.latencies.quantileMs(0.99),
      busyP50Ms: busy.latencies.quantileMs(0.5),
      busyP99Ms: busy.latencies.quantileMs(0.99),
      signInsPerSecond: signIns.perSecond,
    },
  };
}
