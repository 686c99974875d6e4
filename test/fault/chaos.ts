/**
 * Servers that are killed and ended, a PostgreSQL that stands still, dies and starts again, wires
 * that are cut, and all the while traffic whose every answer is judged. `npm run chaos` goes on for
 * twenty minutes, `npm run chaos -- 5 --seed 7` for five.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Config } from '../../src/config.ts';
import { runSql } from '../support/postgres-server.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';
import { waitUntil } from '../support/waiting.ts';
import { findAuditViolations, READ_TRAIL, trailRows } from './audit-checker.ts';
import { furnish, openSessions, PERSON, SETTINGS } from './cast.ts';
import { describeReport, Totals } from './chaos-report.ts';
import { type ChaosSite, openSite, type Slot } from './chaos-site.ts';
import { type Dice, diceOf } from './dice.ts';
import { HistoryRecorder } from './history.ts';
import { findViolations } from './history-checker.ts';
import { probe } from './probe.ts';
import { RecordedClient } from './recorded-client.ts';
import { type Known, type KnownSession, keepWorking, leaveOneByOne, workersOf } from './traffic.ts';

const SERVERS = 3;
const ROUND_MS = 15_000;
const MAX_FAULT_MS = 7_000;
const MAX_QUIET_MS = 2_500;
const WATCH_MS = 1_300;
/** In each round: six that refresh, ten that leave, the others leave and are watched. */
const SESSIONS = { refreshing: 6, leaving: 10, watched: 10 };
const SESSION_COUNT = SESSIONS.refreshing + SESSIONS.leaving + SESSIONS.watched;
const MAX_WAIT_MS = 60_000;

/** Each ends what it began, so that the next one finds everything in order. */
type Fault = (site: ChaosSite, slot: Slot, forMs: number) => Promise<void>;

const FAULTS: Record<string, Fault> = {
  'server killed': async (site, slot, forMs) => endServer(site, slot, 'SIGKILL', forMs),
  'server ended': async (site, slot, forMs) => endServer(site, slot, 'SIGTERM', forMs),
  'server parted from PostgreSQL': async (_, { wire }, forMs) => {
    wire.part();
    await wait(forMs);
    wire.join();
  },
  'PostgreSQL paused': async ({ postgres }, _, forMs) => {
    postgres.pause();
    await wait(forMs);
    postgres.resume();
  },
  'PostgreSQL killed': async ({ postgres }, _, forMs) => {
    await postgres.kill();
    await wait(forMs / 2);
    await postgres.start();
  },
  'PostgreSQL restarted': async ({ postgres }) => {
    await postgres.stop();
    await postgres.start();
  },
};

async function endServer(site: ChaosSite, slot: Slot, signal: NodeJS.Signals, forMs: number) {
  const ending = slot.process;
  slot.process = null;
  await ending?.stop(signal);
  await wait(forMs / 2);
  await site.start(slot);
}

/** The way to any server that runs; to a closed port when none does. */
function routeToAny(site: ChaosSite, dice: Dice) {
  return () => {
    const running = site.slots.filter((slot) => slot.process !== null);
    return routeTo(running[Math.floor(dice() * running.length)])();
  };
}

const routeTo = (slot: Slot | undefined) => () => ({
  url: slot?.process?.url ?? 'http://127.0.0.1:1',
  name: slot?.name ?? 'none',
});

async function runRound(
  site: ChaosSite,
  totals: Totals,
  { round, dice, managerToken, adminPassword }: Round,
): Promise<string> {
  const known: Known = { sessions: [], tokens: [], passwords: [adminPassword], adminJwts: [] };
  known.sessions.push(...(await openSessions(configOf(site), SESSION_COUNT)));
  const trailBefore = trailRows(await runSql(site.databaseUrl, READ_TRAIL));
  const recorder = new HistoryRecorder(() => undefined);
  const client = new RecordedClient(recorder, routeToAny(site, dice), managerToken);
  const traffic = startTraffic(site, client, known, { round, dice });
  await letFaultsLoose(site, totals, dice);
  totals.longestRecoveryMs = Math.max(totals.longestRecoveryMs, await untilWell(site));
  client.end();
  await traffic;
  await untilQuiet(site);
  recorder.markRestart();
  const probing = client.by(routeToAny(site, dice));
  const password = (await probe(probing, known, `t${round}`)) ?? adminPassword;
  const createdIds = known.tokens.flatMap(({ id }) => (id === null ? [] : [id]));
  const trail = trailRows(await runSql(site.databaseUrl, READ_TRAIL));
  const { history } = recorder;
  const audited = findAuditViolations(history, trailBefore, trail, createdIds);
  totals.add(history, [...findViolations(history), ...audited]);
  return password;
}

interface Round {
  /** Unlike that of any other round, and no beginning of one. */
  readonly round: string;
  readonly dice: Dice;
  readonly managerToken: string;
  readonly adminPassword: string;
}

async function startTraffic(
  site: ChaosSite,
  client: RecordedClient,
  known: Known,
  { round, dice }: Pick<Round, 'round' | 'dice'>,
): Promise<void> {
  const { refreshing, leaving } = SESSIONS;
  const leavers = known.sessions.slice(refreshing, refreshing + leaving);
  const watched = known.sessions.slice(refreshing + leaving);
  const workers = workersOf(client, known, { person: PERSON, dice });
  const left = async () => {
    for (const session of leavers) {
      if (client.isOver) return;
      await leaveOneByOne(client, [session], dice);
      await wait(ROUND_MS / leaving / 2);
    }
  };
  const watch = async () => {
    for (const session of watched) if (!client.isOver) await watchEnd(site, client, session, dice);
  };
  await Promise.all([keepWorking(client, workers, round), left(), watch()]);
}

/** Kept in the memory of all servers, ended on one of them, and asked for everywhere after that. */
async function watchEnd(
  site: ChaosSite,
  client: RecordedClient,
  session: KnownSession,
  dice: Dice,
) {
  const { subject, pairs } = session;
  const access = pairs[0]?.access ?? '';
  const ways = site.slots.map((slot) => {
    const way = client.by(routeTo(slot));
    return { verify: () => way.verify(subject, access), logout: () => way.logout(subject, access) };
  });
  const everywhere = () => Promise.all(ways.map(({ verify }) => verify()));
  await everywhere();
  await everywhere();
  if (client.isOver) return;
  await ways[Math.floor(dice() * ways.length)]?.logout();
  const untilMs = performance.now() + WATCH_MS;
  while (performance.now() < untilMs && !client.isOver) {
    await everywhere();
    await wait(20);
  }
}

async function letFaultsLoose(site: ChaosSite, totals: Totals, dice: Dice): Promise<void> {
  const untilMs = performance.now() + ROUND_MS;
  const names = Object.keys(FAULTS);
  while (performance.now() < untilMs) {
    await wait(dice() * MAX_QUIET_MS);
    const name = names[Math.floor(dice() * names.length)] ?? '';
    const slot = site.slots[Math.floor(dice() * SERVERS)];
    if (slot === undefined) continue;
    // Most are short, some are longer than every timeout.
    await FAULTS[name]?.(site, slot, MAX_FAULT_MS * dice() ** 2 + 100);
    totals.faults.set(name, (totals.faults.get(name) ?? 0) + 1);
  }
}

/** @returns how long it took until every server could work again */
async function untilWell(site: ChaosSite): Promise<number> {
  const sinceMs = performance.now();
  const isWell = async () => {
    const asked = site.slots.map(({ process }) => fetch(`${process?.url}/ready`));
    return (await Promise.all(asked)).every(({ status }) => status === 200);
  };
  await waitUntil('all servers are ready', isWell, MAX_WAIT_MS);
  return performance.now() - sinceMs;
}

/** What was under way when somebody gave up may still be done: until nothing is under way. */
async function untilQuiet(site: ChaosSite): Promise<void> {
  const open = `select 1 from pg_stat_activity where application_name = 'sallyport'
    and query not like '%pg_notify%' and state <> 'idle'`;
  const isQuiet = async () => (await runSql(site.databaseUrl, open)).length === 0;
  await waitUntil('nothing is under way', isQuiet, MAX_WAIT_MS);
}

/** The same as that of the servers, for what is done past them. */
function configOf(site: ChaosSite): Config {
  return testConfig({ ...site.settings, DATABASE_URL: site.databaseUrl });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' } },
});
const minutes = Number(positionals[0] ?? 20);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const dice = diceOf(seed);
const startedMs = performance.now();
const site = await openSite(SERVERS, SETTINGS);
const totals = new Totals();
try {
  const managerToken = await furnish(configOf(site));
  await Promise.all(site.slots.map((slot) => site.start(slot)));
  let adminPassword = ADMIN_PASSWORD;
  const isTimeLeft = () => performance.now() - startedMs < minutes * 60_000;
  while (totals.rounds === 0 || (isTimeLeft() && totals.violations.length === 0)) {
    totals.rounds += 1;
    const round = `r${totals.rounds}-`;
    adminPassword = await runRound(site, totals, { round, dice, managerToken, adminPassword });
    process.stderr.write(`round ${totals.rounds}\n`);
  }
} finally {
  await site.close();
}
const tookMs = performance.now() - startedMs;
process.stdout.write(describeReport(totals, { seed, tookMs, wires: site.wiresAre }));
process.exitCode = totals.violations.length === 0 ? 0 : 1;
