/** Refreshes that PostgreSQL is asked for at the same time, and what none of them has from others. */

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import pg from 'pg';
import { PostgresGroups } from '../../src/storage/postgres-groups.ts';
import type { CompiledStatement, Row } from '../../src/storage/transition.ts';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { waitUntil } from '../support/waiting.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';
import { addUser, openSession, rotationInput } from './samples.ts';

after(dropTestDatabases);

const STATEMENT: CompiledStatement = { name: 'any', sql: 'any', bind: () => [] };
const BUSY = new Error('busy');

/** Groups whose statements end when the test says so. */
function heldGroups({ maxWaiting = 1_000, deadlineMs = 5_000 } = {}) {
  const sent: { values: Row; end: (rows: Row[]) => void; fail: (error: Error) => void }[] = [];
  const groups = new PostgresGroups({
    run: (_, values) =>
      new Promise((end, fail) => {
        sent.push({ values, end, fail });
      }),
    busy: () => BUSY,
    maxWaiting,
    deadlineMs,
  });
  const ask = (who: number) => groups.ask(STATEMENT, { who });
  return { sent, ask };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('who asks at the same time is in one statement, and gets the row of the own place', async () => {
  const { sent, ask } = heldGroups();
  const answers = upTo(3).map(ask);
  await turn();
  assert.deepEqual(
    sent.map(({ values }) => values),
    [{ who: [1, 2, 3] }],
  );
  sent[0]?.end([
    { place: 3, is: 'third' },
    { place: 1, is: 'first' },
  ]);
  const rows = await Promise.all(answers);
  assert.deepEqual(
    rows.map((row) => row?.is),
    ['first', undefined, 'third'],
  );
});

test('a crowd is asked for in two groups of 64 at most, and the rest when one is over', async () => {
  const { sent, ask } = heldGroups();
  const answers = Promise.all(upTo(200).map(ask));
  for (const _ of upTo(5)) await turn();
  const sizes = () => sent.map(({ values }) => (values.who as number[]).length);
  assert.deepEqual(sizes(), [64, 64]);
  sent[1]?.end([]);
  for (const _ of upTo(5)) await turn();
  assert.deepEqual(sizes(), [64, 64, 64]);
  sent[0]?.end([]);
  for (const _ of upTo(5)) await turn();
  assert.deepEqual(sizes(), [64, 64, 64, 8]);
  for (const { end } of sent) end([]);
  assert.equal((await answers).length, 200);
});

test('a group that fails takes nothing of the others with it', async () => {
  const { sent, ask } = heldGroups();
  const first = ask(1);
  await turn();
  const second = ask(2);
  await turn();
  sent[0]?.fail(new Error('the connection was lost'));
  sent[1]?.end([{ place: 1, is: 'second' }]);
  await assert.rejects(first, /the connection was lost/);
  assert.equal((await second)?.is, 'second');
});

test('one too many, and who has waited for too long, is told that the database is busy', async () => {
  const full = heldGroups({ maxWaiting: 2 });
  for (const who of [1, 2]) void full.ask(who);
  await assert.rejects(full.ask(3), BUSY);
  const late = heldGroups({ deadlineMs: 0 });
  await assert.rejects(late.ask(1), BUSY);
  assert.equal(late.sent.length, 0);
});

async function openTwoSessions(t: TestContext): Promise<PostgresStore> {
  const store = await openPostgresStore();
  t.after(() => store.close());
  const user = await addUser(store, 'maria');
  for (const sessionId of ['free', 'held']) await openSession(store, user, { sessionId });
  return store;
}

test('a session that somebody else holds keeps no other one waiting', async (t) => {
  const store = await openTwoSessions(t);
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  t.after(() => client.end());
  await client.query("begin; select 1 from sessions where id = 'held' for update");
  let isHeldRotated = false;
  const held = store.repository.rotateRefreshToken(rotationInput('held', 1)).then((rotation) => {
    isHeldRotated = true;
    return rotation.outcome;
  });
  const free = await store.repository.rotateRefreshToken(rotationInput('free', 1));
  assert.equal(free.outcome, 'rotated');
  await waitUntil('the other one waits for its session', async () => {
    const { rows } = await client.query('select 1 from pg_locks where not granted');
    return rows.length > 0;
  });
  assert.equal(isHeldRotated, false);
  await client.query('rollback');
  assert.equal(await held, 'rotated');
});

test('what PostgreSQL refuses of one refresh is refused to that one alone', async (t) => {
  const store = await openTwoSessions(t);
  // It keeps no zero in a text.
  const impossible = store.repository.rotateRefreshToken(rotationInput('held\0', 1));
  const others = ['free', 'held'].map((id) =>
    store.repository.rotateRefreshToken(rotationInput(id, 1)),
  );
  await assert.rejects(impossible, /invalid byte sequence/);
  const outcomes = (await Promise.all(others)).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['rotated', 'rotated']);
});

test('of one refresh token that is presented twice at once both get the same successor', async (t) => {
  const store = await openTwoSessions(t);
  const twice = [1, 1].map((generation) =>
    store.repository.rotateRefreshToken(rotationInput('free', generation)),
  );
  const [first, second] = await Promise.all(twice);
  assert.deepEqual([first?.outcome, second?.outcome].sort(), ['retried', 'rotated']);
  assert.deepEqual(
    first?.outcome !== 'not_live' && first?.outcome !== 'reused' && first?.tokens,
    second?.outcome !== 'not_live' && second?.outcome !== 'reused' && second?.tokens,
  );
});
