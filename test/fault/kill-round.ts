/**
 * Rounds of traffic in which the server is killed at a random moment and started again on the
 * same folder. `npm run kill-test -- --rounds 200 [--seed 7]` runs many of them.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Config } from '../../src/config.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';
import { forgetPlace, placeSettings } from '../support/test-database.ts';
import { findAuditViolations, readTrail } from './audit-checker.ts';
import { furnish, openSessions, PERSON, SETTINGS } from './cast.ts';
import { type Dice, diceOf } from './dice.ts';
import { type History, HistoryRecorder } from './history.ts';
import { findViolations } from './history-checker.ts';
import { probe } from './probe.ts';
import { RecordedClient } from './recorded-client.ts';
import { type Known, runTraffic } from './traffic.ts';

const PREPARED_SESSIONS = 14;
const MAX_EVENTS_BEFORE_KILL = 700;
const MAX_TURNS_BEFORE_KILL = 20;

export interface KillReport {
  readonly rounds: number;
  readonly operations: number;
  readonly unanswered: number;
  /** Each line names its round. */
  readonly violations: readonly string[];
}

/** Rounds end their servers themselves, so there is nothing to do when a test is over. */
async function startQuietly(folder: string): Promise<ServerProcess> {
  const settings = { ...(await placeSettings(folder)), LOG_LEVEL: 'silent', ...SETTINGS };
  return startServerProcess({ after: () => undefined }, settings);
}

/** Runs rounds until one has a violation, on a folder of its own. */
export async function runKillRounds(options: {
  rounds: number;
  seed: number;
  onRound?: (round: number) => void;
}): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'));
  const dice = diceOf(options.seed);
  const totals = { rounds: 0, operations: 0, unanswered: 0, violations: [] as string[] };
  const site: Site = {
    folder,
    managerToken: await furnish(await configOf(folder)),
    adminPassword: ADMIN_PASSWORD,
    server: await startQuietly(folder),
  };
  try {
    while (totals.rounds < options.rounds && totals.violations.length === 0) {
      totals.rounds += 1;
      const { history, auditViolations } = await runRound(site, `r${totals.rounds}-`, dice);
      totals.operations += history.operations.length;
      totals.unanswered += history.operations.filter((one) => one.end === null).length;
      const violations = [...findViolations(history), ...auditViolations];
      totals.violations.push(...violations.map((line) => `round ${totals.rounds}: ${line}`));
      options.onRound?.(totals.rounds);
    }
    return totals;
  } finally {
    await site.server.stop('SIGKILL');
    await forgetPlace(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What goes on from round to round. */
interface Site {
  readonly folder: string;
  readonly managerToken: string;
  adminPassword: string;
  server: ServerProcess;
}

async function runRound(
  site: Site,
  round: string,
  dice: Dice,
): Promise<{ history: History; auditViolations: string[] }> {
  const passwords = [site.adminPassword];
  const known: Known = { sessions: [], tokens: [], passwords, adminJwts: [] };
  known.sessions.push(...(await openSessions(await configOf(site.folder), PREPARED_SESSIONS)));
  const trailBefore = await readTrail(site.folder);
  let eventsLeft = Math.ceil(dice() * MAX_EVENTS_BEFORE_KILL);
  const turns = Math.floor(dice() * MAX_TURNS_BEFORE_KILL);
  let killed: Promise<void> | null = null;
  const recorder = new HistoryRecorder(() => {
    eventsLeft -= 1;
    if (eventsLeft === 0)
      killed = turnTheLoop(turns).then(async () => void (await site.server.stop('SIGKILL')));
  });
  const client = new RecordedClient(recorder, site.server.url, site.managerToken);
  await runTraffic(client, known, { person: PERSON, round, dice });
  if (killed === null) throw new Error('the traffic ended before the server was killed');
  await killed;
  site.server = await startQuietly(site.folder);
  client.moveTo(site.server.url);
  recorder.markRestart();
  site.adminPassword = (await probe(client, known, `t${round}`)) ?? site.adminPassword;
  const { history } = recorder;
  const createdIds = known.tokens.flatMap(({ id }) => (id === null ? [] : [id]));
  const trail = await readTrail(site.folder);
  return {
    history,
    auditViolations: findAuditViolations(history, trailBefore, trail, createdIds),
  };
}

/** The same as that of the server, for what is done past it. */
async function configOf(folder: string): Promise<Config> {
  return testConfig({ ...(await placeSettings(folder)), ...SETTINGS });
}

async function turnTheLoop(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const startedMs = performance.now();
  const onRound = (round: number) => {
    if (round % 10 === 0) process.stderr.write(`${round} rounds\n`);
  };
  const report = await runKillRounds({ rounds: Number(values.rounds), seed, onRound });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const { rounds, operations, unanswered, violations } = report;
  process.stdout.write(
    `${rounds} rounds with seed ${seed} in ${seconds} s: ${operations} operations, ` +
      `${unanswered} without an answer, ${violations.length} violations\n`,
  );
  for (const violation of violations) process.stdout.write(`${violation}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
