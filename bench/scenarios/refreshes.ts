/**
 * Refresh token rotation, 64 sessions at once, each presenting what it was last given. On SQLite
 * beside better-sqlite3 committing the same row changes with nothing around them; on PostgreSQL
 * beside a bare `pg` pool making the same update. Every acknowledged rotation is looked for in the
 * database afterwards, once the server has been killed.
 */

import { join } from 'node:path';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { fetchFigures } from '../limits/served-figures.ts';
import type { ChainedWork, LoadResult } from '../load/plan.ts';
import { postHead } from '../load/requests.ts';
import { figuresOf, LoadFault, runLoad } from '../load/run-load.ts';
import { oidcProviderRefreshes } from '../peers/peer-calls.ts';
import { OIDC_PROVIDER, startPeer } from '../peers/peers.ts';
import { startProcess } from '../processes.ts';
import type { Person, Site } from '../subject/site.ts';
import { storedGenerations } from '../subject/stored-sessions.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Contender, type Scenario, SUBJECT } from '../suite.ts';

const AT_ONCE = 64;
const WARM = { warmupAnswers: 5_000 } as const;
/** Beside a peer that has no commits to share. */
const FEW = 8;
const SQLITE_UPDATES = join(import.meta.dirname, '../limits/sqlite-updates.ts');
const POSTGRES_UPDATES = join(import.meta.dirname, '../limits/postgres-updates.ts');

/** Each person's session is rotated over and over by one connection. */
export function refreshWork(people: readonly Person[]): ChainedWork {
  return refreshWorkOf(people.map(({ refreshToken }) => refreshToken));
}

export function refreshWorkOf(first: readonly string[]): ChainedWork {
  return {
    kind: 'chained',
    heads: [postHead('/api/auth/refresh', ['Host: 127.0.0.1'])],
    bodyBefore: '{"refresh_token":"',
    bodyAfter: '"}',
    field: 'refresh_token',
    first,
  };
}

export const REFRESHED = { status: 200, bodyPrefix: '{"token":"eyJ' } as const;

const subject = (connections: number): Contender => ({
  name: SUBJECT,
  role: 'subject',
  measure: async ({ scope, root, database, sites, effort }) => {
    const site = await sites.copy(scope, root, database);
    const { settings, people } = site;
    // PostgreSQL needs a core too, so there is none to give away.
    const place = database === 'sqlite' ? 'server' : 'everywhere';
    const server = await startSubject(scope, { root, place, settings });
    const load = await runLoad(
      server,
      { ...effort, ...WARM, connections, work: refreshWork(people), expected: REFRESHED },
      database === 'sqlite' ? 'load' : 'everywhere',
    );
    await server.stop('SIGKILL');
    await requireKept(site, load.result);
    return { figures: figuresOf(load) };
  },
});

/** Nothing of it is kept, so nothing is looked for. */
const oidcProvider: Contender = {
  name: OIDC_PROVIDER.name,
  role: 'peer',
  measure: async ({ scope, effort }) => {
    const { server, people } = await startPeer(scope, OIDC_PROVIDER, 'server');
    const calls = oidcProviderRefreshes(people);
    return {
      figures: figuresOf(await runLoad(server, { ...effort, ...WARM, ...calls, connections: FEW })),
    };
  },
};

const bareSqlite: Contender = {
  name: 'bare better-sqlite3',
  role: 'limit',
  measure: async ({ scope, effort }) => {
    const bound = await startProcess(scope, {
      place: 'server',
      arguments: [
        SQLITE_UPDATES,
        join(scope.temporaryFolder(), DATABASE_FILE_NAME),
        ...[AT_ONCE, effort.warmupMs, effort.measureMs].map(String),
      ],
      folder: import.meta.dirname,
      worksForMs: effort.warmupMs + effort.measureMs,
    });
    return { figures: await fetchFigures(bound.url) };
  },
};

const barePool: Contender = {
  name: 'bare pg pool',
  role: 'limit',
  measure: async ({ scope, effort, createDatabase }) => {
    const bound = await startProcess(scope, {
      place: 'everywhere',
      arguments: [POSTGRES_UPDATES, ...[AT_ONCE, effort.warmupMs, effort.measureMs].map(String)],
      folder: import.meta.dirname,
      worksForMs: effort.warmupMs + effort.measureMs,
      settings: { DATABASE_URL: await createDatabase() },
    });
    return { figures: await fetchFigures(bound.url) };
  },
};

export const refreshes: readonly Scenario[] = [
  {
    name: 'refresh-8',
    title: `refresh token rotation, ${FEW} at once`,
    databases: ['sqlite'],
    isForPeers: true,
    contenders: [subject(FEW), oidcProvider],
  },
  {
    name: 'refresh',
    title: `POST /api/auth/refresh, ${AT_ONCE} at once, SQLite with one fsync a commit`,
    databases: ['sqlite'],
    contenders: [subject(AT_ONCE), bareSqlite],
  },
  {
    name: 'refresh-postgres',
    title: `POST /api/auth/refresh, ${AT_ONCE} at once, PostgreSQL`,
    databases: ['postgres'],
    quickRounds: 1,
    contenders: [subject(AT_ONCE), barePool],
  },
];

/** An answer may have been on its way when the server was killed; none may be missing. */
async function requireKept(site: Site, { acknowledged }: LoadResult): Promise<void> {
  const stored = await storedGenerations(site);
  const lost = acknowledged.filter((count, index) => {
    const generation = stored.get(site.people[index]?.username ?? '') ?? 0;
    return generation < 1 + count;
  });
  if (lost.length > 0) throw new LoadFault(`${lost.length} sessions lost acknowledged rotations`);
}
