/**
 * Servers of the previous release and of this one side by side on one PostgreSQL, under traffic
 * whose every answer is judged: nobody notices the upgrade.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { migrateUp } from '../../src/schema-migrations.ts';
import { MIGRATION_NAMES } from '../../src/storage/migrations/catalogue.ts';
import { findAuditViolations, READ_TRAIL, trailRows } from '../fault/audit-checker.ts';
import { diceOf } from '../fault/dice.ts';
import { HistoryRecorder } from '../fault/history.ts';
import { findViolations } from '../fault/history-checker.ts';
import { probe } from '../fault/probe.ts';
import { RecordedClient, type Route, readPair } from '../fault/recorded-client.ts';
import { frugalWorkersOf, type Known, keepWorking, leaveOneByOne } from '../fault/traffic.ts';
import { call } from '../support/http-call.ts';
import { createTestDatabase, dropTestDatabases, runSql } from '../support/postgres-server.ts';
import { unpackPreviousRelease } from '../support/previous-release.ts';
import {
  runSallyport,
  type ServerProcess,
  startServerProcess,
  type TestScope,
} from '../support/server-process.ts';
import {
  requireOk,
  SITE_PASSWORD,
  type SiteUser,
  startSite,
  verify,
} from '../support/server-site.ts';
import { testConfig } from '../support/test-config.ts';
import { waitUntil } from '../support/waiting.ts';

const SETTINGS = {
  LOG_LEVEL: 'warn',
  LOGIN_FAILURES_PER_MINUTE: '1000',
  ACCOUNT_FAILURES_PER_MINUTE: '1000',
  REFRESH_GRACE_SECONDS: '60',
};
const MAX_STALE_MS = 1_000;
const PERSON = { username: 'maria@example.com', password: 'securePassword123' };
const SESSIONS = { refreshing: 6, leaving: 4 };
/** In each state of the upgrade at least so many are answered. */
const OPERATIONS = 60;
/** Of each of the clients, so that the machine has time for the servers that start. */
const PACE_MS = 200;

after(dropTestDatabases);

/** One place of a server; the process in it is replaced. */
interface Slot {
  name: string;
  process: ServerProcess;
  /** As a proxy does it with a server that is about to end. */
  isTakenOut: boolean;
}

interface Fleet {
  readonly databaseUrl: string;
  readonly previousMain: string;
  readonly settings: Record<string, string>;
  readonly slots: readonly [Slot, Slot];
  readonly managerToken: string;
  /** People who are signed in, for whoever needs one next. */
  readonly people: SiteUser[];
}

/** Two servers of the previous release, with accounts. */
async function startFleet(t: TestScope): Promise<Fleet> {
  const previousMain = await unpackPreviousRelease();
  const databaseUrl = await createTestDatabase();
  const site = await startSite(t, [databaseUrl, databaseUrl], SETTINGS, previousMain);
  const [one, other] = site.servers as [ServerProcess, ServerProcess];
  const bearer = await site.signInAdmin(one.url);
  const created = await call(one.url, 'POST', '/auth/access_token', {
    bearer,
    body: { name: 'manager', permission: 'admin' },
  });
  const managerToken = requireOk(created).json.token;
  const added = await call(one.url, 'POST', '/management/users', { bearer, body: PERSON });
  assert.equal(added.status, 201, added.text);
  const people: SiteUser[] = [];
  for (let count = 0; count < 5; count += 1) {
    people.push(await site.openSession(other.url, managerToken));
  }
  return {
    ...{ databaseUrl, previousMain, managerToken, people },
    settings: {
      ...SETTINGS,
      DATABASE_URL: databaseUrl,
      DATA_DIR: site.folders[0] ?? '',
      PARAMS_KEY: site.paramsKey,
    },
    slots: [
      { name: 'previous 1', process: one, isTakenOut: false },
      { name: 'previous 2', process: other, isTakenOut: false },
    ],
  };
}

/** What people and machines do meanwhile, until it is told to end. */
async function startTraffic(t: TestScope, { slots, databaseUrl, managerToken }: Fleet) {
  const dice = diceOf(4);
  const route = () => {
    const serving = slots.filter((slot) => !slot.isTakenOut);
    const slot = serving[Math.floor(dice() * serving.length)];
    return { url: slot?.process.url ?? '', name: slot?.name ?? '' };
  };
  const known: Known = { sessions: [], tokens: [], passwords: [SITE_PASSWORD], adminJwts: [] };
  const trailBefore = trailRows(await runSql(databaseUrl, READ_TRAIL));
  const recorder = new HistoryRecorder(() => undefined);
  const failures: string[] = [];
  const onFailure = (server: string, what: string) => {
    const isEnding = slots.some(({ name, isTakenOut }) => isTakenOut && name === server);
    if (!isEnding) failures.push(`${server} ${what}`);
  };
  const clientOf = (to: Route, paceMs = 0) =>
    new RecordedClient(recorder, to, managerToken, { paceMs, onFailure });
  const client = clientOf(route, PACE_MS);
  t.after(() => client.end());
  for (let index = 1; index <= SESSIONS.refreshing + SESSIONS.leaving; index += 1) {
    const pair = await client.signIn(PERSON.username, PERSON.password);
    assert.ok(pair !== null);
    known.sessions.push({ subject: `session ${index}`, pairs: [pair] });
  }
  const leavers = known.sessions.slice(SESSIONS.refreshing);
  const working = keepWorking(
    client,
    frugalWorkersOf(client, known, { person: PERSON, dice }),
    'w',
  );
  return {
    /** Calls of one server, which are judged like all others. */
    on: ({ name, process }: Slot) => clientOf(() => ({ url: process.url, name })),
    /** Somebody signs out, and a while passes. */
    async goesOn(): Promise<void> {
      const enough = recorder.history.operations.length + OPERATIONS;
      await leaveOneByOne(client, leavers.splice(0, 1), dice);
      const isEnough = () => recorder.history.operations.length >= enough;
      await waitUntil('traffic goes on', isEnough);
    },
    /** @returns what nobody should have met with */
    async end(): Promise<string[]> {
      client.end();
      await working;
      recorder.markRestart();
      await probe(clientOf(route), known, 't');
      const createdIds = known.tokens.flatMap(({ id }) => (id === null ? [] : [id]));
      const trail = trailRows(await runSql(databaseUrl, READ_TRAIL));
      const { history } = recorder;
      return [
        ...failures,
        ...findViolations(history),
        ...findAuditViolations(history, trailBefore, trail, createdIds),
      ];
    },
  };
}

type Traffic = Awaited<ReturnType<typeof startTraffic>>;

/** Ended in order while requests are under way, and started again as this release. */
async function replace(t: TestScope, { settings }: Fleet, slot: Slot, name: string): Promise<void> {
  slot.isTakenOut = true;
  const { code } = await slot.process.stop();
  assert.equal(code, 0);
  Object.assign(slot, { name, process: await startServerProcess(t, settings) });
  slot.isTakenOut = false;
}

/** Good on both, often enough to be kept there; ended on `from`, and soon refused on `to`. */
async function assertEndReaches<One>(
  [from, to]: readonly [One, One],
  ask: (one: One) => Promise<{ status: number | null }>,
  end: (one: One) => Promise<{ status: number | null }>,
): Promise<void> {
  for (const one of [from, to, from, to]) assert.equal((await ask(one)).status, 200);
  assert.equal((await end(from)).status, 200);
  const isRefused = async () => (await ask(to)).status === 401;
  await waitUntil('what one has ended ends on the other', isRefused, MAX_STALE_MS);
}

async function assertEndsReach(
  { people, managerToken: bearer }: Fleet,
  traffic: Traffic,
  slots: readonly [Slot, Slot],
): Promise<void> {
  const clients = [traffic.on(slots[0]), traffic.on(slots[1])] as const;
  const [leaving, disabled] = people.splice(0, 2) as [SiteUser, SiteUser];
  const { username, token } = leaving;
  await assertEndReaches(
    clients,
    (client) => client.verify(username, token),
    (client) => client.logout(username, token),
  );
  const headers = { 'if-match': '*' };
  const disable = { bearer, headers, body: { enabled: false } };
  await assertEndReaches(
    slots,
    ({ process }) => verify(process.url, disabled.token),
    ({ process }) => call(process.url, 'PATCH', `/management/users/${disabled.id}`, disable),
  );
  const name = `t of ${slots[0].name}`;
  const { operation, id } = await clients[0].createToken(name);
  await assertEndReaches(
    clients,
    (client) => client.useToken(name, operation.output),
    (client) => client.deleteToken(name, id ?? 0),
  );
}

/** One session goes to and fro; asked at once, both give the one successor. */
async function assertSessionIsOne({ slots, people }: Fleet, traffic: Traffic): Promise<void> {
  const clients = slots.map(traffic.on);
  const { username, refresh_token } = people.pop() as SiteUser;
  let pair = { access: '', refresh: refresh_token };
  for (let turn = 0; turn < 6; turn += 1) {
    const asked = turn % 3 === 2 ? clients : clients.slice(turn % 2, (turn % 2) + 1);
    const answers = await Promise.all(asked.map((one) => one.refresh(username, pair.refresh)));
    assert.equal(new Set(answers.map(({ status, output }) => `${status} ${output}`)).size, 1);
    pair = readPair(answers[0]?.output ?? '');
    for (const client of clients) {
      assert.equal((await client.verify(username, pair.access)).status, 200);
    }
  }
}

test('the previous release is replaced server by server under traffic; nobody notices', async (t) => {
  const fleet = await startFleet(t);
  const { slots, settings, databaseUrl, previousMain } = fleet;
  const applied = await runSql(databaseUrl, 'select name from kysely_migration order by name');
  const missing = MIGRATION_NAMES.slice(applied.length);
  assert.ok(missing.length > 0, 'the schema of the previous release is already that of this one');
  const traffic = await startTraffic(t, fleet);
  await traffic.goesOn();

  assert.deepEqual(await migrateUp(testConfig(settings)), missing);
  await traffic.goesOn();

  await replace(t, fleet, slots[0], 'this 1');
  await traffic.goesOn();
  await assertSessionIsOne(fleet, traffic);
  for (const pair of [slots, [...slots].reverse() as [Slot, Slot]] as const) {
    await assertEndsReach(fleet, traffic, pair);
  }
  await replace(t, fleet, slots[1], 'this 2');
  await traffic.goesOn();
  assert.deepEqual(await traffic.end(), []);

  const refused = await runSallyport(['serve'], { ...settings, PORT: '0' }, previousMain);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^sallyport: \S+ was written by a newer release [^\n]*\n$/);
});
