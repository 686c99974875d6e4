/** The database itself refuses to change the audit trail, whoever asks it in SQL. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { addUser, DAY_MS } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

const NEVER = {
  'update audit_events set reason = 1': /audit events are never changed/,
  'update audit_events set id = 99 where id = 1': /audit events are never changed/,
  'update or replace audit_events set id = 1 where id = 2': /audit events are never changed/,
  'delete from audit_events': /audit events are deleted by retention alone/,
  'delete from audit_events where id = 1': /audit events are deleted by retention alone/,
  "replace into audit_events (id, at_ms, name, actor_kind) values (1, 0, 'x', 'server')":
    /audit events are never replaced/,
  "insert or replace into audit_events (at_ms, name, actor_kind, once_key) values (0, 'x', 'y', 'k')":
    /audit events are never replaced/,
  "insert into audit_events (id, at_ms, name, actor_kind) values (1, 0, 'x', 'y') on conflict do update set name = 'x'":
    /audit events are never/,
} satisfies Record<string, RegExp>;

async function openWithEvents(t: TestContext): Promise<SqliteStore> {
  const store = await openSqliteStore();
  t.after(() => store.close());
  await addUser(store, 'maria');
  await addUser(store, 'bert');
  await store.sql(
    "insert into audit_events (at_ms, name, actor_kind, once_key) values (0, 'x', 'y', 'k')",
  );
  return store;
}

const contentOf = (store: SqliteStore) => store.sql('select * from audit_events order by id');

test('plain SQL can neither change, delete nor replace an event', async (t) => {
  const store = await openWithEvents(t);
  const before = await contentOf(store);
  for (const [statement, refusal] of Object.entries(NEVER)) {
    await assert.rejects(store.sql(statement), refusal, statement);
  }
  assert.deepEqual(await contentOf(store), before);
});

test('nor can another process, whatever settings its connection has', async (t) => {
  const store = await openWithEvents(t);
  const before = await contentOf(store);
  const program = `
    import BetterSqlite3 from 'better-sqlite3';
    const db = new BetterSqlite3(process.argv[1]);
    for (const recursive of [0, 1]) {
      db.pragma('recursive_triggers = ' + recursive);
      for (const sql of JSON.parse(process.argv[2])) {
        try { db.exec(sql); console.log('done: ' + sql); } catch {}
      }
    }`;
  const args = ['--input-type=module', '-e', program, store.file];
  const statements = JSON.stringify(Object.keys(NEVER));
  const result = spawnSync(process.execPath, [...args, statements], { encoding: 'utf8' });
  assert.deepEqual([result.status, result.stdout], [0, ''], result.stderr);
  assert.deepEqual(await contentOf(store), before);
});

test('an event whose time is over goes by the purge alone', async (t) => {
  const store = await openWithEvents(t);
  store.advanceMs(500 * DAY_MS);
  await assert.rejects(store.sql('delete from audit_events where id = 1'), /retention alone/);
  const keptMs = 400 * DAY_MS;
  assert.equal(await store.repository.purgeAuditEvents({ keptMs, limit: 10 }), 3);
  assert.deepEqual(await contentOf(store), []);
});

test('what the purge allows lets nothing go that is younger', async (t) => {
  const store = await openWithEvents(t);
  const connection = new BetterSqlite3(store.file);
  t.after(() => connection.close());
  connection.exec(`insert into settings values ('audit_purge_before_ms', '${store.nowMs()}');`);
  assert.throws(() => connection.exec('delete from audit_events where id = 1'), /retention alone/);
  connection.exec('delete from audit_events where at_ms = 0');
  assert.equal((await contentOf(store)).length, 2);
});
