/** PostgreSQL itself keeps the audit trail from changing, and knows up to where it is complete. */

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import pg from 'pg';
import { AuditFeed } from '../../src/core/audit-feed.ts';
import { AuditTrail } from '../../src/core/audit-trail.ts';
import type { AuditRecord } from '../../src/core/repository.ts';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';
import { addUser, DAY_MS } from './samples.ts';

after(dropTestDatabases);

const ROW = "insert into audit_events (at_ms, name, actor_kind) values (0, 'x', 'server')";

async function openWithEvents(t: TestContext): Promise<PostgresStore> {
  const store = await openPostgresStore();
  t.after(() => store.close());
  await addUser(store, 'maria');
  await addUser(store, 'bert');
  return store;
}

async function connect(t: TestContext, store: PostgresStore): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  t.after(() => client.end());
  return client;
}

const contentOf = (store: PostgresStore) => store.sql('select * from audit_events order by id');

const idsAfter = async ({ repository }: PostgresStore, afterId: number) => {
  const rows = await repository.listAuditEventsAfter({ afterId, limit: 99 });
  return rows.map((row) => row.id);
};

test('plain SQL can neither change nor delete an event, nor empty the trail', async (t) => {
  const store = await openWithEvents(t);
  const before = await contentOf(store);
  const client = await connect(t, store);
  for (const role of ['origin', 'replica']) {
    await client.query(`set session_replication_role = ${role}`);
    for (const [statement, refusal] of [
      ['update audit_events set reason = 1', /never changed/],
      ['update audit_events set id = 99 where id = 1', /never changed/],
      ['delete from audit_events', /retention alone/],
      ['truncate audit_events', /never changed/],
      ['truncate audit_events, settings cascade', /never changed/],
    ] as const) {
      await assert.rejects(client.query(statement), refusal, `${statement} as ${role}`);
    }
  }
  assert.deepEqual(await contentOf(store), before);
});

test('an event that names an id of its own gets the next one', async (t) => {
  const store = await openWithEvents(t);
  await store.sql(
    "insert into audit_events (id, at_ms, name, actor_kind) values (1, 0, 'x', 'server')",
  );
  assert.deepEqual(
    (await contentOf(store)).map((row) => row.id),
    [1, 2, 3],
  );
});

test('what the purge allows lets nothing go that is younger', async (t) => {
  const store = await openWithEvents(t);
  await store.sql(ROW);
  await store.sql('insert into settings values (?, ?)', [
    'audit_purge_before_ms',
    String(store.nowMs()),
  ]);
  await assert.rejects(store.sql('delete from audit_events where id = 1'), /retention alone/);
  await store.sql('delete from audit_events where at_ms = 0');
  assert.equal((await contentOf(store)).length, 2);
});

test('who follows the trail waits for a smaller id that is not committed yet', async (t) => {
  const store = await openWithEvents(t);
  const slow = await connect(t, store);
  await slow.query('begin');
  await slow.query(ROW);
  await addUser(store, 'carol');
  assert.deepEqual(
    (await contentOf(store)).map((row) => row.id),
    [1, 2, 4],
    'the third one is there and not committed',
  );
  const settledId = await store.repository.findSettledAuditId();
  assert.ok(settledId < 3);
  assert.ok(!(await idsAfter(store, 0)).includes(4));
  await slow.query('commit');
  assert.deepEqual(await idsAfter(store, settledId), [1, 2, 3, 4].slice(settledId));
  assert.equal(await store.repository.findSettledAuditId(), 4);
});

test('an id that was given and rolled back holds nobody up', async (t) => {
  const store = await openWithEvents(t);
  const client = await connect(t, store);
  await client.query('begin');
  await client.query(ROW);
  await client.query('rollback');
  await addUser(store, 'carol');
  assert.deepEqual(await idsAfter(store, 2), [4]);
});

test('who follows the trail while many write misses nothing', async (t) => {
  const store = await openWithEvents(t);
  let isWriting = true;
  const writing = Promise.all(
    Array.from({ length: 300 }, (_, index) => addUser(store, `user ${index}`)),
  ).finally(() => {
    isWriting = false;
  });
  const followed: number[] = [];
  for (;;) {
    const isLast = !isWriting;
    followed.push(...(await idsAfter(store, followed.at(-1) ?? 0)));
    if (isLast && followed.length >= 302) break;
  }
  await writing;
  assert.deepEqual(
    followed,
    (await contentOf(store)).map((row) => row.id),
  );
});

test('streams, lists and pages wait for a smaller id, too', async (t) => {
  const store = await openWithEvents(t);
  const end = new AbortController();
  t.after(() => end.abort());
  const feed = new AuditFeed({ repository: store.repository, pollIntervalMs: 5 });
  const followed = feed.follow({}, 0, end.signal);
  const takeUntil = async (isDone: (ids: number[]) => boolean) => {
    const ids: number[] = [];
    while (!isDone(ids)) {
      const { value } = await followed.next();
      if (value) ids.push(...value.records.map((record: AuditRecord) => record.id));
    }
    return ids;
  };
  assert.deepEqual(await takeUntil((ids) => ids.length === 2), [1, 2]);
  const slow = await connect(t, store);
  await slow.query('begin');
  await slow.query(ROW);
  await addUser(store, 'carol');
  let looks = 0;
  const isPatient = () => {
    looks += 1;
    return looks > 5;
  };
  assert.deepEqual(await takeUntil(isPatient), []);
  const trail = new AuditTrail({ repository: store.repository });
  for (const order of ['newest', 'oldest'] as const) {
    const page = await trail.list({ filter: {}, order, afterId: null, limit: 9 });
    assert.ok(page.records.every(({ id }) => id < 3));
  }
  await slow.query('commit');
  assert.deepEqual(await takeUntil((ids) => ids.length === 2), [3, 4]);
});

test('an event whose time is over goes by the purge alone', async (t) => {
  const store = await openWithEvents(t);
  store.advanceMs(500 * DAY_MS);
  await assert.rejects(store.sql('delete from audit_events where id = 1'), /retention alone/);
  const keptMs = 400 * DAY_MS;
  assert.equal(await store.repository.purgeAuditEvents({ keptMs, limit: 10 }), 2);
  assert.deepEqual(await contentOf(store), []);
});
