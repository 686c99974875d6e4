/**
 * A PostgreSQL that stops, dies, stands still or is hard to reach under a server that works: every
 * answer is right or a refusal in time, and nobody has to start the server again.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CallAnswer, call } from '../support/http-call.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { runSql } from '../support/postgres-server.ts';
import {
  logout,
  refresh,
  requireOk,
  type ServerSite,
  type SiteUser,
  startSite,
  verify,
} from '../support/server-site.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/waiting.ts';

/** What docs/operating/scaling.md promises. */
const MAX_MEMORY_MS = 500;
const MAX_STALE_MS = 1_000;
const MAX_ANSWER_MS = 6_000;
const MAX_RECOVERY_MS = 5_000;
/** The pool and the listener. */
const MAX_CONNECTIONS = 11;
/** What a busy machine may add to an answer. */
const SLACK_MS = 3_000;

const ends: (() => void)[] = [];
const scope = { after: (end: () => void) => void ends.push(end) };
let postgres: OwnPostgres;
let proxy: TcpProxy;
let site: ServerSite;
/** Reaches the database directly; the other one by the wire that tests cut. */
let near = '';
let far = '';
let adminJwt = '';

before(async () => {
  postgres = await startOwnPostgres();
  proxy = await startTcpProxy(scope, '127.0.0.1', postgres.port);
  const urls = [postgres.url(), postgres.url('127.0.0.1', proxy.port)];
  // The first one creates the admin, so both are there when it does.
  site = await startSite(scope, urls, { LOG_LEVEL: 'silent', REFRESH_GRACE_SECONDS: '60' });
  [near = '', far = ''] = site.urls;
  adminJwt = await site.signInAdmin(near);
});
after(async () => {
  for (const server of site?.servers ?? []) await server.stop('SIGKILL');
  for (const end of ends) end();
  await postgres?.destroy();
});

interface TimedAnswer {
  readonly call: 'verify' | 'refresh' | 'create';
  readonly status: number;
  readonly startedMs: number;
  readonly answeredMs: number;
}

/** Light load on one server until `end` is called: checks, refreshes and changes, all written down. */
function startLoad(url: string, person: SiteUser) {
  const answers: TimedAnswer[] = [];
  let isOver = false;
  let pair = { token: person.token, refresh_token: person.refresh_token };
  const repeat = async (name: TimedAnswer['call'], ask: () => Promise<CallAnswer>) => {
    while (!isOver) {
      const startedMs = performance.now();
      const { status } = await ask();
      answers.push({ call: name, status, startedMs, answeredMs: performance.now() });
      // Others want their turn too: a refusal takes no time.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const body = { name: 'under load', permission: 'read' };
  const workers = [
    ...[1, 2, 3].map(() => repeat('verify', () => verify(url, person.token))),
    repeat('refresh', async () => {
      const answer = await refresh(url, pair.refresh_token);
      if (answer.status === 200) pair = answer.json;
      return answer;
    }),
    repeat('create', () => call(url, 'POST', '/auth/access_token', { bearer: adminJwt, body })),
  ];
  return {
    answers,
    pair: () => pair,
    end: async () => {
      isOver = true;
      await Promise.all(workers);
    },
  };
}

const connections = () =>
  runSql(
    postgres.url(),
    `select pid, state from pg_stat_activity
     where application_name = 'sallyport' and client_port is not null`,
  );

/** Every call works again in time, on the same process, and no connection is left behind. */
async function assertRecovers(url: string, person: SiteUser, sinceMs: number): Promise<void> {
  const isWell = async () => {
    const asked = [call(url, 'GET', '/ready'), verify(url, person.token)];
    return (await Promise.all(asked)).every(({ status }) => status === 200);
  };
  await waitUntil('it works again', isWell, MAX_RECOVERY_MS - (performance.now() - sinceMs));
  const bound = MAX_CONNECTIONS * site.urls.length;
  const isTidy = async () => (await connections()).length <= bound;
  await waitUntil('no connection is left behind', isTidy, MAX_RECOVERY_MS);
}

function assertRightOrRefused(answers: readonly TimedAnswer[]): void {
  const odd = answers.filter(({ status }) => status !== 200 && status !== 503);
  assert.deepEqual(odd, []);
  const slow = answers.filter((one) => one.answeredMs - one.startedMs > MAX_ANSWER_MS + SLACK_MS);
  assert.deepEqual(slow, []);
}

const kindsOf = (answers: readonly TimedAnswer[], status: number) =>
  [...new Set(answers.filter((one) => one.status === status).map((one) => one.call))].sort();
const ALL_KINDS = ['create', 'refresh', 'verify'];

for (const [what, take, giveBack] of [
  ['is stopped and started', () => postgres.stop(), () => postgres.start()],
  ['is killed and started', () => postgres.kill(), () => postgres.start()],
  ['is paused and goes on', async () => postgres.pause(), async () => postgres.resume()],
] as const) {
  test(`under a database that ${what} answers are right or 503, and it recovers`, async (t) => {
    const person = await site.openSession(near, adminJwt);
    const load = startLoad(near, person);
    t.after(async () => {
      postgres.resume();
      await postgres.start();
      await load.end();
    });
    const seen = (status: number, fromMs: number) => () =>
      kindsOf(
        load.answers.filter((one) => one.startedMs >= fromMs),
        status,
      ).length === 3;
    await waitUntil('everything works', seen(200, 0));
    await take();
    const goneMs = performance.now();
    await waitUntil('everything is refused', seen(503, goneMs));
    const refusedMs = performance.now();
    const live = await call(near, 'GET', '/health');
    assert.equal(live.status, 200);
    await giveBack();
    const backMs = performance.now();
    const meanwhile = load.answers.filter(({ answeredMs }) => answeredMs < refusedMs);
    const late = meanwhile.filter(
      (one) => one.status === 200 && one.startedMs > goneMs + MAX_MEMORY_MS,
    );
    assert.deepEqual(late, [], 'from memory for half a second at most');
    await assertRecovers(near, person, backMs);
    await waitUntil('all calls work again', seen(200, backMs), MAX_RECOVERY_MS);
    await load.end();
    assertRightOrRefused(load.answers);
    assert.deepEqual(kindsOf(load.answers, 200), ALL_KINDS);
    // The last pair that was acknowledged is the one that goes on.
    requireOk(await verify(near, load.pair().token));
    requireOk(await refresh(near, load.pair().refresh_token));
    assert.equal(site.servers[0]?.child.exitCode, null);
  });
}

test("a transition that PostgreSQL refuses for another one's sake runs again", async () => {
  const person = await site.openSession(near, adminJwt);
  // A sequence goes on even where the transaction that asked it is rolled back.
  await runSql(
    postgres.url(),
    `create sequence refusals;
     create function refuse_twice() returns trigger language plpgsql as $$ begin
       if nextval('refusals') <= 2 then raise exception using errcode = '40001'; end if;
       return new;
     end $$;
     create trigger refuse before update on sessions
       for each row execute function refuse_twice()`,
  );
  requireOk(await refresh(near, person.refresh_token));
  const [asked] = await runSql(postgres.url(), 'select last_value::int as times from refusals');
  await runSql(postgres.url(), 'drop trigger refuse on sessions');
  assert.equal(asked?.times, 3);
});

test('a connection that is half open keeps no answer alive, and is replaced', async () => {
  const [person, leaver] = [
    await site.openSession(near, adminJwt),
    await site.openSession(near, adminJwt),
  ];
  for (const { token } of [person, leaver, person, leaver]) requireOk(await verify(far, token));
  proxy.hold();
  const heldMs = performance.now();
  requireOk(await logout(near, leaver.token));
  const leftMs = performance.now();
  const late: number[] = [];
  await waitUntil(
    'the sign-out is known, or nothing is',
    async () => {
      const startedMs = performance.now();
      const { status } = await verify(far, leaver.token);
      if (status === 200 && startedMs > leftMs + MAX_STALE_MS) late.push(startedMs - leftMs);
      assert.ok(status === 200 || status === 401 || status === 503, `${status}`);
      return status === 401;
    },
    2 * MAX_ANSWER_MS,
  );
  assert.deepEqual(late, []);
  const isRight = async () => (await verify(far, person.token)).status === 200;
  await waitUntil('it asks on a new connection', isRight, 2 * MAX_ANSWER_MS);
  const beats = `select 1 from pg_stat_activity where application_name = 'sallyport'
    and query like '%pg_notify%' and state_change > now() - interval '1 second'`;
  const doBothBeat = async () => (await runSql(postgres.url(), beats)).length === 2;
  await waitUntil('it listens on a new connection', doBothBeat, 2 * MAX_ANSWER_MS);
  assert.ok(performance.now() - heldMs < 4 * MAX_ANSWER_MS);
});

test('a database that is parted from one server leaves the other one alone', async () => {
  const person = await site.openSession(near, adminJwt);
  requireOk(await verify(far, person.token));
  proxy.part();
  const isRefused = async () => (await verify(far, person.token)).status === 503;
  await waitUntil('the parted one refuses', isRefused, 2 * MAX_ANSWER_MS);
  requireOk(await verify(near, person.token));
  requireOk(await refresh(near, person.refresh_token));
  proxy.join();
  await assertRecovers(far, person, performance.now());
});

test('a database far away makes answers slow and never wrong', async (t) => {
  const { token } = await site.openSession(near, adminJwt);
  requireOk(await verify(far, token));
  proxy.delay(300);
  t.after(() => proxy.delay(0));
  for (let count = 0; count < 3; count += 1) requireOk(await verify(far, token));
  requireOk(await logout(near, token));
  const isRefused = async () => (await verify(far, token)).status === 401;
  await waitUntil('the sign-out is known', isRefused, MAX_STALE_MS + 600);
});
