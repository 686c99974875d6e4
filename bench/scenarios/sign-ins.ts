/**
 * Sign-ins beside what bounds them: the password hash, at the cost that the server makes by
 * default, on as many threads as there are cores. Nothing is pinned, because both use all cores;
 * the load generator takes its small part of them.
 */

import { join } from 'node:path';
import { SETTINGS } from '../../src/config.ts';
import { fetchFigures } from '../limits/served-figures.ts';
import type { LoadPlan } from '../load/plan.ts';
import { postRequest } from '../load/requests.ts';
import { figuresOf, runLoad } from '../load/run-load.ts';
import { betterAuthSignIns } from '../peers/peer-calls.ts';
import { BETTER_AUTH, startPeer } from '../peers/peers.ts';
import { startProcess } from '../processes.ts';
import type { Person } from '../subject/site.ts';
import { BEHIND_PROXY, startSubject } from '../subject/subject-server.ts';
import { type Contender, type Effort, type Scenario, SUBJECT } from '../suite.ts';

const BCRYPT_BOUND = join(import.meta.dirname, '../limits/bcrypt-bound.ts');

function betterAuth(atOnce: number): Contender {
  return {
    name: BETTER_AUTH.name,
    role: 'peer',
    measure: async ({ scope, effort }) => {
      const { server, people } = await startPeer(scope, BETTER_AUTH, 'everywhere');
      const calls = betterAuthSignIns(server, people);
      const load = await runLoad(
        server,
        { ...patient(effort), ...calls, connections: atOnce },
        'everywhere',
      );
      return { figures: figuresOf(load) };
    },
  };
}

const bcryptBound: Contender = {
  name: 'bcrypt',
  role: 'limit',
  measure: async (round) => {
    const { scope } = round;
    const effort = patient(round.effort);
    const cost = SETTINGS.BCRYPT_COST.fallback;
    const bound = await startProcess(scope, {
      place: 'everywhere',
      arguments: [BCRYPT_BOUND, String(cost), String(effort.warmupMs), String(effort.measureMs)],
      folder: import.meta.dirname,
      worksForMs: effort.warmupMs + effort.measureMs,
    });
    // It does its work first and then serves what came out of it.
    return { figures: await fetchFigures(bound.url) };
  },
};

export const signIns: readonly Scenario[] = [8, 32].map((atOnce) => ({
  name: `sign-in-${atOnce}`,
  title: `POST /api/auth/login, ${atOnce} at once, bcrypt cost ${SETTINGS.BCRYPT_COST.fallback}`,
  databases: ['sqlite', 'postgres'],
  quickRounds: atOnce === 8 ? 0 : 1,
  contenders: [signInSubject(atOnce), bcryptBound, betterAuth(atOnce)],
}));

/** A queue of 32 has to have been full and empty a few times. */
export function patient({ warmupMs, measureMs }: Effort): Effort {
  return { warmupMs: Math.max(warmupMs, 1_500), measureMs: Math.max(measureMs, 3_000) };
}

/** What a client does that was told to come again. Refusals are reported and do not count. */
export const WHEN_REFUSED = { status: 503, pauseMs: 250 } as const;

/** Each connection is another person at another address. */
export function signInRequests(people: readonly Person[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { username = '', password = '' } = people[index % people.length] ?? {};
    const headers = ['Host: 127.0.0.1', `X-Forwarded-For: ${clientAddress(index)}`];
    return postRequest('/api/auth/login', headers, JSON.stringify({ username, password }));
  });
}

export const SIGNED_IN: LoadPlan['expected'] = { status: 200, bodyPrefix: '{"token":"eyJ' };

/** Of the networks that RFC 2544 sets aside for measurements. */
function clientAddress(index: number): string {
  return `198.18.${Math.floor(index / 250)}.${1 + (index % 250)}`;
}

function signInSubject(atOnce: number): Contender {
  return {
    name: SUBJECT,
    role: 'subject',
    measure: async ({ scope, root, database, sites, effort }) => {
      const site = await sites.copy(scope, root, database);
      const settings = { ...site.settings, ...BEHIND_PROXY };
      const server = await startSubject(scope, { root, place: 'everywhere', settings });
      const load = await runLoad(
        server,
        {
          ...patient(effort),
          refusals: WHEN_REFUSED,
          connections: atOnce,
          work: { kind: 'same', requests: signInRequests(site.people, atOnce) },
          expected: SIGNED_IN,
        },
        'everywhere',
      );
      return { figures: figuresOf(load) };
    },
  };
}
