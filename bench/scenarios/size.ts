/**
 * A million users, sessions and access tokens beside a thousand: what grows with them. Credentials
 * are asked for in two ways. `warm`: a thousand of them, over and over, as people at work do; at
 * both sizes they are in the server's memory. `cold`: a hundred thousand of the million in turn,
 * more than the server keeps in memory, so that each check looks its credential up; of the
 * thousand there are no more than those.
 */

import type { SessionPair } from '../fill/filled-sessions.ts';
import type { DrawnWork, ExpectedAnswer } from '../load/plan.ts';
import { figuresOf, runLoad } from '../load/run-load.ts';
import type { MeasuredProcess } from '../processes.ts';
import type { FilledSite } from '../subject/filled-site.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Contender, type Figures, type Round, type Scenario, SUBJECT } from '../suite.ts';
import { ACCESS_TOKEN_CHECK, checkRequestOf, SESSION_CHECK } from './credential-checks.ts';
import { footprintOf } from './footprint.ts';
import { REFRESHED, refreshWorkOf } from './refreshes.ts';

const MANY = 1_000_000;
/** What a quick run has the time to make. */
const QUICK_MANY = 20_000;
const FEW = 1_000;
const CONNECTIONS = 32;
const REFRESHES_AT_ONCE = 64;
const WARM_CREDENTIALS = 1_000;
/** Twice as many as a server keeps in memory. */
const COLD_CREDENTIALS = 100_000;
const WARM = { warmupAnswers: 10_000 } as const;
/** How many sessions are asked for before the memory is read. */
const REMEMBERED = 50_000;
/** At least for this long, and at most for four times as long. */
const REMEMBER_MS = 6_000;

type Measure = (round: Round, site: FilledSite) => Promise<Figures>;

function scenario(name: string, title: string, quickRounds: number, measure: Measure): Scenario {
  const contender = (who: string, role: Contender['role'], isLarge: boolean): Contender => ({
    name: who,
    role,
    measure: async (round) => {
      const many = round.isQuick ? QUICK_MANY : MANY;
      const users = isLarge ? many : FEW;
      const site = await round.filledSites.get(round.database, users);
      return { figures: { ...(await measure(round, site)), users } };
    },
  });
  return {
    name,
    title,
    databases: ['sqlite', 'postgres'],
    quickRounds,
    contenders: [contender(SUBJECT, 'subject', true), contender('a thousand', 'limit', false)],
  };
}

function checkSessions(credentials: number): Measure {
  return async (round, site) => {
    const sessions = await site.readSessions(credentials);
    const tokens = sessions.map(({ accessToken }) => accessToken);
    return check(round, site, drawnFrom(SESSION_CHECK, tokens), SESSION_CHECK.expected);
  };
}

function checkAccessTokens(credentials: number): Measure {
  return async (round, site) => {
    const tokens = site.accessTokens.slice(0, credentials);
    return check(round, site, drawnFrom(ACCESS_TOKEN_CHECK, tokens), ACCESS_TOKEN_CHECK.expected);
  };
}

function drawnFrom(call: typeof SESSION_CHECK, credentials: readonly string[]): DrawnWork {
  const [before = '', after = ''] = checkRequestOf(call, MARK).split(MARK);
  return { kind: 'drawn', before, credentials, after };
}

/** Stands where the credential will be. */
const MARK = '<credential>';

async function check(
  { scope, root, effort }: Round,
  { settings }: FilledSite,
  work: DrawnWork,
  expected: ExpectedAnswer,
): Promise<Figures> {
  const server = await startSubject(scope, { root, place: 'server', settings });
  const plan = { ...effort, ...WARM, connections: CONNECTIONS, work, expected };
  const figures = figuresOf(await runLoad(server, plan));
  await server.stop();
  return figures;
}

async function refresh({ scope, root, database, effort }: Round, site: FilledSite) {
  const sessions = await site.readSessions(REFRESHES_AT_ONCE);
  const work = refreshWorkOf(sessions.map(({ refreshToken }) => refreshToken));
  // PostgreSQL needs a core too, so there is none to give away.
  const isAlone = database === 'sqlite';
  const server = await startSubject(scope, {
    ...{ root, place: isAlone ? 'server' : 'everywhere' },
    settings: site.settings,
  });
  const plan = { ...effort, connections: REFRESHES_AT_ONCE, work, expected: REFRESHED };
  const load = await runLoad(server, plan, isAlone ? 'load' : 'everywhere');
  // In order: the next measurement finds the log written back.
  await server.stop();
  return figuresOf(load);
}

/** Also what is resident once the server has seen as many sessions as it keeps, unless in haste. */
async function start(round: Round, site: FilledSite): Promise<Figures> {
  const { scope, root, isQuick } = round;
  const sessions = isQuick ? null : await site.readSessions(REMEMBERED);
  const { settings } = site;
  const server = await startSubject(scope, { root, place: 'everywhere', settings });
  const { figures } = await footprintOf(server);
  const usedBytes = sessions === null ? null : await residentAfter(server, sessions);
  await server.stop();
  return { ...figures, ...(usedBytes !== null && { usedMb: usedBytes / 2 ** 20 }) };
}

/** Null on a machine that is too busy to ask for all of them in the time there is. */
async function residentAfter(
  server: MeasuredProcess,
  sessions: readonly SessionPair[],
): Promise<number | null> {
  const tokens = sessions.map(({ accessToken }) => accessToken);
  const { result } = await runLoad(server, {
    ...{ connections: CONNECTIONS, warmupMs: REMEMBER_MS, warmupAnswers: tokens.length },
    ...{ measureMs: 500, expected: SESSION_CHECK.expected },
    work: drawnFrom(SESSION_CHECK, tokens),
  });
  const asked = result.acknowledged.reduce((sum, count) => sum + count, 0);
  return asked < tokens.length ? null : server.residentBytes();
}

export const sizes: readonly Scenario[] = [
  scenario(
    'size-verify',
    'GET /api/auth/verify among a million sessions, a thousand of them in use',
    1,
    checkSessions(WARM_CREDENTIALS),
  ),
  scenario(
    'size-verify-cold',
    'GET /api/auth/verify among a million sessions, more in use than memory holds',
    0,
    checkSessions(COLD_CREDENTIALS),
  ),
  scenario(
    'size-access-token',
    'check of an access token among a million, a thousand of them in use',
    0,
    checkAccessTokens(WARM_CREDENTIALS),
  ),
  scenario(
    'size-access-token-cold',
    'check of an access token among a million, more in use than memory holds',
    0,
    checkAccessTokens(COLD_CREDENTIALS),
  ),
  scenario(
    'size-refresh',
    `POST /api/auth/refresh among a million sessions, ${REFRESHES_AT_ONCE} at once`,
    1,
    refresh,
  ),
  scenario('size-start', 'start and memory with a million users', 1, start),
];
