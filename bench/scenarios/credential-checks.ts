/**
 * Checks of a credential, as every request of every other service asks for one: 32 connections,
 * one request at a time on each, the liveness of the session or token included.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordAnswer } from '../limits/recorded-answer.ts';
import type { Calls, LoadPlan } from '../load/plan.ts';
import { figuresOf, runLoad } from '../load/run-load.ts';
import { betterAuthChecks, oidcProviderChecks } from '../peers/peer-calls.ts';
import { BETTER_AUTH, OIDC_PROVIDER, type Peer, startPeer } from '../peers/peers.ts';
import { type MeasuredProcess, startProcess } from '../processes.ts';
import type { Person } from '../subject/site.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Contender, type Round, type Scenario, SUBJECT } from '../suite.ts';

const CONNECTIONS = 32;
const WARMUP_ANSWERS = 10_000;
const BARE_HTTP = join(import.meta.dirname, '../limits/bare-http.ts');

/** How one kind of credential is checked over HTTP. */
export interface CheckCall {
  readonly method: string;
  readonly path: string;
  readonly expected: LoadPlan['expected'];
  credentialOf(person: Person): string;
}

export const SESSION_CHECK: CheckCall = {
  method: 'GET',
  path: '/api/auth/verify',
  expected: { status: 200, bodyPrefix: '{"valid":true,"user_id":' },
  credentialOf: ({ accessToken }) => accessToken,
};

export const ACCESS_TOKEN_CHECK: CheckCall = {
  method: 'GET',
  path: '/management/access-tokens/self',
  expected: { status: 200, bodyPrefix: '{"id":' },
  credentialOf: ({ opaqueToken }) => opaqueToken,
};

/** The request of one person, as bytes on the wire. */
export function checkRequest(call: CheckCall, person: Person): string {
  return checkRequestOf(call, call.credentialOf(person));
}

export function checkRequestOf(call: CheckCall, credential: string): string {
  const bearer = `Authorization: Bearer ${credential}`;
  return `${call.method} ${call.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${bearer}\r\n\r\n`;
}

export const credentialChecks: readonly Scenario[] = [
  {
    name: 'verify',
    title: 'GET /api/auth/verify, 32 connections',
    databases: ['sqlite', 'postgres'],
    contenders: [
      subject(SESSION_CHECK),
      bareHttp(SESSION_CHECK),
      peer(BETTER_AUTH, betterAuthChecks),
    ],
  },
  {
    name: 'access-token',
    title: 'check of an access token, 32 connections',
    databases: ['sqlite', 'postgres'],
    contenders: [
      subject(ACCESS_TOKEN_CHECK),
      bareHttp(ACCESS_TOKEN_CHECK),
      peer(OIDC_PROVIDER, oidcProviderChecks),
    ],
  },
];

function subject(call: CheckCall): Contender {
  return {
    name: SUBJECT,
    role: 'subject',
    measure: async (round) => {
      const { server, people } = await startSite(round);
      return loadWith(round, server, callsOf(call, people));
    },
  };
}

/** The same requests, and the answer that Sallyport gave to one of them. */
function bareHttp(call: CheckCall): Contender {
  return {
    name: 'bare node:http',
    role: 'limit',
    measure: async (round) => {
      const { server: model, people } = await startSite(round);
      const [person] = people;
      if (person === undefined) throw new Error('there is nobody to ask for');
      const authorization = `Bearer ${call.credentialOf(person)}`;
      const answer = await recordAnswer(model, { ...call, headers: { authorization } });
      await model.stop();
      const file = join(round.scope.temporaryFolder(), 'answer.json');
      writeFileSync(file, JSON.stringify(answer));
      const server = await startProcess(round.scope, {
        place: 'server',
        arguments: [BARE_HTTP, file],
        folder: import.meta.dirname,
      });
      return loadWith(round, server, callsOf(call, people));
    },
  };
}

function peer(
  which: Peer,
  callsOfPeer: (people: Parameters<typeof betterAuthChecks>[0]) => Calls,
): Contender {
  return {
    name: which.name,
    role: 'peer',
    measure: async (round) => {
      const { server, people } = await startPeer(round.scope, which, 'server');
      return loadWith(round, server, callsOfPeer(people));
    },
  };
}

async function startSite({ scope, root, database, sites }: Round) {
  const { people, settings } = await sites.copy(scope, root, database);
  const server = await startSubject(scope, { root, place: 'server', settings });
  return { server, people };
}

function callsOf(call: CheckCall, people: readonly Person[]): Calls {
  const requests = people.map((person) => checkRequest(call, person));
  return { work: { kind: 'same', requests }, expected: call.expected };
}

async function loadWith({ effort }: Round, server: MeasuredProcess, calls: Calls) {
  return {
    figures: figuresOf(
      await runLoad(server, {
        ...effort,
        ...calls,
        connections: CONNECTIONS,
        warmupAnswers: WARMUP_ANSWERS,
      }),
    ),
  };
}
