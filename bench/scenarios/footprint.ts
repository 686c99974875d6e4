/**
 * What a server costs that does nothing: its resident memory at rest, and the time from its start
 * to its first answer, beside Fastify with better-sqlite3 and nothing else.
 */

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BETTER_AUTH, OIDC_PROVIDER, type Peer } from '../peers/peers.ts';
import { type MeasuredProcess, startProcess } from '../processes.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Contender, type Sample, type Scenario, SUBJECT } from '../suite.ts';

const PEERS_FOLDER = join(import.meta.dirname, '../peers');
const FASTIFY_SQLITE = join(import.meta.dirname, '../limits/fastify-sqlite.mjs');
/** Until what was only needed to start has been given back. */
const REST_MS = 2_000;

const subject: Contender = {
  name: SUBJECT,
  role: 'subject',
  measure: async ({ scope, root, database, sites }) => {
    const { settings } = await sites.copy(scope, root, database);
    return footprintOf(await startSubject(scope, { root, place: 'everywhere', settings }));
  },
};

const bareServer: Contender = {
  name: 'bare Fastify + better-sqlite3',
  role: 'limit',
  measure: async ({ scope }) =>
    footprintOf(
      await startProcess(scope, {
        place: 'everywhere',
        arguments: [FASTIFY_SQLITE, join(scope.temporaryFolder(), 'bare.db')],
        folder: import.meta.dirname,
      }),
    ),
};

/** Nobody is made: that would be memory that a server at rest has not used yet. */
function peer({ name, file }: Peer, path: string): Contender {
  return {
    name,
    role: 'peer',
    measure: async ({ scope }) =>
      footprintOf(
        await startProcess(scope, {
          place: 'everywhere',
          arguments: [join(PEERS_FOLDER, file), scope.temporaryFolder(), '0'],
          folder: PEERS_FOLDER,
          settings: { NODE_ENV: 'production' },
        }),
        path,
      ),
  };
}

export const footprint: Scenario = {
  name: 'footprint',
  title: 'memory at rest and time to the first answer',
  databases: ['sqlite', 'postgres'],
  contenders: [
    subject,
    bareServer,
    peer(BETTER_AUTH, '/api/auth/ok'),
    peer(OIDC_PROVIDER, '/.well-known/openid-configuration'),
  ],
};

/** Any server that answers `GET /health` with 200. */
export async function footprintOf(server: MeasuredProcess, path = '/health'): Promise<Sample> {
  const answer = await fetch(server.url + path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  await answer.text();
  const firstAnswerMs = performance.now() - server.startedAtMs;
  await wait(REST_MS);
  const residentBytes = server.residentBytes();
  const cpuSeconds = server.cpuSeconds();
  return {
    figures: {
      firstAnswerMs,
      ...(residentBytes !== null && { residentMb: residentBytes / 2 ** 20 }),
      ...(cpuSeconds !== null && { startCpuMs: cpuSeconds * 1000 }),
    },
  };
}
