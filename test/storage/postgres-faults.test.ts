/** A lost connection, a held lock, a silent server: refused in time, never reported as done. */

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { isRefusal } from '../../src/core/errors.ts';
import { lockUser } from '../../src/storage/locks.ts';
import { PostgresDatabase } from '../../src/storage/postgres.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { dropTestDatabases, runSql } from '../support/postgres-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/waiting.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';
import { addUser, openSession, rotationInput, UNHEARD, userInput } from './samples.ts';

after(dropTestDatabases);

const isUnavailable = (error: unknown) => isRefusal(error, 'storage_unavailable');
const isBusy = (error: unknown) => isRefusal(error, 'storage_busy');

async function openStore(t: TestContext, busyDeadlineMs = 5_000): Promise<PostgresStore> {
  const store = await openPostgresStore({ busyDeadlineMs });
  t.after(() => store.close());
  return store;
}

/** The same database behind a wire that the test holds. */
async function openBehindProxy(t: TestContext, store: PostgresStore, busyDeadlineMs = 5_000) {
  const url = new URL(store.url);
  const proxy = await startTcpProxy(t, url.hostname, Number(url.port));
  url.port = String(proxy.port);
  const options = { clock: store.clock, busyDeadlineMs };
  const database = await PostgresDatabase.open(url.href, options);
  t.after(() => database.close());
  return { proxy, repository: createRepository(database, UNHEARD) };
}

/** Another program that has locked the table of users until it is told to let go. */
async function holdUsers(store: PostgresStore): Promise<() => Promise<void>> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: tellHeld } = Promise.withResolvers<void>();
  const holding = store.database.write(function* () {
    yield { kind: 'lock', lock: { name: 'all', sql: 'lock table users' }, values: [] };
    tellHeld();
    while (!isReleased) yield { kind: 'lock', lock: { name: 'on', sql: 'select 1' }, values: [] };
  });
  let isReleased = false;
  void released.then(() => {
    isReleased = true;
  });
  await held;
  return async () => {
    release();
    await holding;
  };
}

const connectionsOf = async (store: PostgresStore) =>
  runSql(
    store.url,
    `select state, pid from pg_stat_activity
     where datname = current_database() and application_name = 'sallyport'`,
  );

test('a commit whose answer is lost is not reported as done', async (t) => {
  const store = await openStore(t);
  const { proxy, repository } = await openBehindProxy(t, store);
  await repository.ping();
  proxy.cutAt('commit');
  await assert.rejects(repository.createUser(userInput('maria')), isUnavailable);
  proxy.cutAt(null);
  // Whether it happened nobody could know; asking again tells.
  const again = await repository.createUser(userInput('maria'));
  assert.ok(['created', 'username_taken'].includes(again.outcome));
});

test('a connection that is lost before the commit has changed nothing', async (t) => {
  const store = await openStore(t);
  const { proxy, repository } = await openBehindProxy(t, store);
  await repository.ping();
  proxy.cutAt('insert into "users"');
  await assert.rejects(repository.createUser(userInput('maria')), isUnavailable);
  proxy.cutAt(null);
  assert.equal((await repository.createUser(userInput('maria'))).outcome, 'created');
});

test('a server that says nothing any more is given up in time', async (t) => {
  const store = await openStore(t);
  const { proxy, repository } = await openBehindProxy(t, store, 300);
  await repository.ping();
  proxy.hold();
  await assert.rejects(repository.createUser(userInput('maria')), isUnavailable);
});

test('connections that the server ends are replaced, and none is left behind', async (t) => {
  const store = await openStore(t);
  await openSession(store, await addUser(store, 'maria'));
  const release = await holdUsers(store);
  const rotations = Array.from({ length: 5 }, () =>
    store.repository.createUser(userInput('bert')).catch((error: unknown) => error),
  );
  const waiting = `select 1 from pg_locks where not granted`;
  await waitUntil('they wait', async () => (await runSql(store.url, waiting)).length === 5);
  await runSql(
    store.url,
    `select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where not granted and a.datname = current_database()`,
  );
  assert.ok((await Promise.all(rotations)).every(isUnavailable));
  await release();
  assert.equal((await store.repository.createUser(userInput('bert'))).outcome, 'created');
  const connections = await connectionsOf(store);
  assert.ok(connections.length <= 10);
  assert.ok(connections.every(({ state }) => state === 'idle'));
});

test('a wait for a lock ends as busy, and the connection is good for the next', async (t) => {
  const store = await openStore(t, 300);
  const release = await holdUsers(store);
  await assert.rejects(store.repository.createUser(userInput('maria')), isBusy);
  await release();
  assert.equal((await store.repository.createUser(userInput('maria'))).outcome, 'created');
});

test('more callers than can wait are refused at once, and the others are served', async (t) => {
  const store = await openStore(t, 20_000);
  await openSession(store, await addUser(store, 'maria'));
  const release = await holdUsers(store);
  let refused = 0;
  const calls = Array.from({ length: 1_100 }, (_, index) =>
    store.repository.createUser(userInput(`user ${index}`)).catch((error: unknown) => {
      assert.ok(isBusy(error));
      refused += 1;
    }),
  );
  await waitUntil('the last ones were refused', () => refused > 50);
  await release();
  await Promise.all(calls);
  const { length } = await store.repository.listUsers({ afterId: 0, limit: 9_999 });
  assert.equal(length - 1, 1_100 - refused);
});

test('two transitions that wait for each other both succeed', async (t) => {
  const store = await openStore(t);
  const [one, two] = [await addUser(store, 'one'), await addUser(store, 'two')];
  const { promise: bothHold, resolve } = Promise.withResolvers<void>();
  let holding = 0;
  let runs = 0;
  const lockBoth = (first: number, second: number) =>
    store.database.write(function* () {
      runs += 1;
      yield* lockUser(first);
      holding += 1;
      if (holding === 2) resolve();
      // Until the other has its first lock, too.
      while (holding < 2) yield* lockUser(first);
      yield* lockUser(second);
    });
  await Promise.all([lockBoth(one.id, two.id), lockBoth(two.id, one.id), bothHold]);
  assert.ok(runs > 2, 'one of them was refused and ran again');
});

test('retries at once are retries by the clock of the database too', async (t) => {
  const store = await openStore(t);
  const database = await PostgresDatabase.open(store.url);
  t.after(() => database.close());
  const repository = createRepository(database, UNHEARD);
  const user = await addUser(store, 'maria');
  store.advanceMs(Date.now() - store.nowMs());
  for (let round = 0; round < 10; round += 1) {
    const sessionId = `session ${round}`;
    await openSession(store, user, { sessionId });
    const calls = Array.from({ length: 40 }, () =>
      repository.rotateRefreshToken(rotationInput(sessionId, 1)),
    );
    const outcomes = (await Promise.all(calls)).map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === 'rotated').length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'retried').length, 39);
  }
});

test('commits are kept also where the database was told not to wait for them', async (t) => {
  const store = await openStore(t);
  const { pathname } = new URL(store.url);
  await store.sql(`alter database ${pathname.slice(1)} set synchronous_commit = off`);
  t.after(() => store.sql(`alter database ${pathname.slice(1)} reset synchronous_commit`));
  const database = await PostgresDatabase.open(store.url);
  t.after(() => database.close());
  // Divides by zero where it is off.
  const sql = "select 1 / (current_setting('synchronous_commit') = 'on')::int";
  await database.read(function* () {
    yield { kind: 'lock', lock: { name: 'is-on', sql }, values: [] };
  });
});
