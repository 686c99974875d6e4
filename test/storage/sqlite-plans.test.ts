/** No statement that runs while people wait reads a whole table of SQLite. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { declaredSql, type ExaminedSql, examined, staleExceptions } from './declared-statements.ts';
import { openSqliteStore } from './sqlite-store.ts';

function planOf(file: string, sql: string): string[] {
  const connection = new BetterSqlite3(file);
  try {
    const query = connection.prepare(`explain query plan ${sql}`);
    const parameters = sql
      .split('?')
      .slice(1)
      .map(() => 1);
    const steps = query.all(...parameters) as { detail: string }[];
    return steps.map((step) => step.detail);
  } finally {
    connection.close();
  }
}

function costlyStepsOf(file: string, { sql, mayScan, maySort }: ExaminedSql): string[] {
  const steps = planOf(file, sql);
  return steps.filter((step) => {
    if (step.includes('TEMP B-TREE')) return !maySort && /limit \+?\?/.test(sql);
    const [, table] = /\bSCAN (?!CONSTANT ROW)(\S+)/.exec(step) ?? [];
    // What another part of the statement gives is held to the rules there.
    const isGiven = steps.includes(`CO-ROUTINE ${table}`);
    return table !== undefined && !isGiven && !mayScan.includes(table);
  });
}

test('no hot statement reads a whole table of SQLite', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const statements = declaredSql('sqlite');
  assert.ok(statements.length > 90, `only ${statements.length} statements were found`);
  const costly = statements.flatMap((one) =>
    costlyStepsOf(store.file, one).map((step) => `${step}: ${one.sql}`),
  );
  assert.deepEqual(costly, []);
});

test('no statement of SQLite is prepared anew because a parameter has another value', () => {
  // Only a bare one is planned for by its value.
  const bare = declaredSql('sqlite').filter(({ sql }) => /(?<!\+)\?/.test(sql));
  assert.deepEqual(bare, []);
});

test('what is counted as a whole is counted over an index', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  for (const table of ['users', 'sessions', 'access_tokens', 'failure_counters']) {
    const [step = ''] = planOf(store.file, `select count(*) as "count" from "${table}"`);
    assert.match(step, /USING COVERING INDEX/);
  }
});

test('every exception from the rule is of a statement that there is', () => {
  assert.deepEqual(staleExceptions(), []);
});

test('the check of query plans sees a scan, and the sort of a page, where there is one', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const costlyIn = (sql: string) => costlyStepsOf(store.file, examined(sql)).length;
  assert.equal(costlyIn('select id from sessions where last_address = ?'), 1);
  const page = 'select id from sessions where user_id = ? order by last_address limit ?';
  assert.equal(costlyIn(page), 1);
  assert.equal(costlyIn('select id from sessions where user_id = ?'), 0);
});

test('the triggers of the audit trail look rows up by an index of SQLite', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const triggers = await store.sql("select sql from sqlite_master where type = 'trigger'");
  const lookups = triggers.flatMap(({ sql }) =>
    [...String(sql).matchAll(/exists \((select 1 from audit_events where [^)]*)\)/g)].map(
      ([, lookup = '']) => lookup.replace(/\bnew\.\w+/g, '?'),
    ),
  );
  assert.equal(lookups.length, 2);
  for (const lookup of lookups) assert.deepEqual(costlyStepsOf(store.file, examined(lookup)), []);
});

test('every foreign key has an index on SQLite, so that a deletion finds what it takes along', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const keys = await store.sql(
    `select t.name as "table", k."from" as "column" from sqlite_master t
       join pragma_foreign_key_list(t.name) k where t.type = 'table'`,
  );
  assert.ok(keys.length > 0);
  for (const { table, column } of keys) {
    const lookup = examined(`select rowid from "${table}" where "${column}" = ?`);
    assert.deepEqual(costlyStepsOf(store.file, lookup), [], `${table}.${column}`);
  }
});

/** From the place where a look begins, so that a later one costs no more than the first one. */
const LOOK_PLANS = [
  /SEARCH audit_events USING INTEGER PRIMARY KEY \(rowid[<>]\?\)/,
  /audit_events USING (COVERING )?INDEX audit_events_name \(name=\? AND id[<>]\?\)/,
  /audit_events USING (COVERING )?INDEX audit_events_subject \(subject=\? AND id[<>]\?\)/,
  /audit_events USING (COVERING )?INDEX audit_events_at_ms \(at_ms>\? AND at_ms<\?\)/,
];

test('every look through the audit trail is one range of an index, in its order', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const looks = declaredSql('sqlite')
    .map(({ sql }) => sql)
    .filter((sql) => /from "audit_events" .*(limit \+\? offset \+\?$|cast\()/.test(sql))
    .filter((sql) => !sql.includes('once_key'));
  assert.equal(looks.length, 2 * (6 + 1));
  for (const sql of looks) {
    const steps = planOf(store.file, sql);
    const walks = steps.filter((step) => !/^(CO-ROUTINE|SCAN) walked$/.test(step));
    const isRange = LOOK_PLANS.some((plan) => walks.length === 1 && plan.test(walks[0] ?? ''));
    assert.ok(isRange, `${steps.join('; ')}: ${sql}`);
  }
});

const TOKEN_PLANS = [
  /access_tokens USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/,
  ...['name', 'creation', 'expiry', 'last_use'].flatMap((index) => [
    new RegExp(`access_tokens USING INDEX access_tokens_by_${index} \\(\\S+>\\? AND \\S+<\\?\\)`),
    new RegExp(`access_tokens USING INDEX access_tokens_by_${index} \\(\\S+=\\? AND id[<>]\\?\\)`),
  ]),
];

test('every page of access tokens is one range of an index, in its order', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const listings = declaredSql('sqlite')
    .map(({ sql }) => sql)
    .filter((sql) => /^select "id", "public_id", .* from "access_tokens" .*order by/.test(sql))
    .filter((sql) => sql.endsWith('limit +?'));
  assert.equal(listings.length, 10 + 8);
  const plans = listings.map((sql) => planOf(store.file, sql));
  for (const plan of TOKEN_PLANS) {
    assert.ok(
      plans.some((steps) => steps.some((step) => plan.test(step))),
      `${plan}`,
    );
  }
  for (const steps of plans) {
    assert.equal(steps.length, 1, steps.join('; '));
    const isRange = TOKEN_PLANS.some((plan) => plan.test(steps[0] ?? ''));
    assert.ok(isRange, steps.join('; '));
  }
});

/** Each with the ends of its range, so that a later page costs no more than the first one. */
const LISTING_PLANS = [
  /users USING INDEX users_by_id \(role=\? AND is_enabled=\? AND id[<>]\?\)/,
  /users USING INDEX users_by_username \(role=\? AND is_enabled=\? AND username_key>\? AND username_key<\?\)/,
  /users USING INDEX users_by_creation \(role=\? AND is_enabled=\? AND created_at_ms[<>]\?\)/,
  /users USING INDEX users_by_creation \(role=\? AND is_enabled=\? AND created_at_ms=\? AND id[<>]\?\)/,
  /users USING INDEX users_by_last_sign_in \(role=\? AND is_enabled=\? AND <expr>[<>]\?\)/,
  /users USING INDEX users_by_last_sign_in \(role=\? AND is_enabled=\? AND <expr>=\? AND id[<>]\?\)/,
  /sessions USING INDEX sessions_unended \(\(created_at_ms,id\)<\(\?,\?\)\)/,
  /sessions USING INDEX sessions_unended_by_user \(user_id=\? AND \(created_at_ms,id\)<\(\?,\?\)\)/,
];

test('every page of users and sessions is one range of an index, in its order', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const listings = declaredSql('sqlite')
    .map(({ sql }) => sql)
    .filter((sql) => /^select "(users|sessions)"\."id", .* order by .* limit \+\?$/.test(sql));
  assert.equal(listings.length, 12 + 4);
  const plans = listings.map((sql) => planOf(store.file, sql));
  for (const plan of LISTING_PLANS) {
    assert.ok(
      plans.some((steps) => steps.some((step) => plan.test(step))),
      `${plan}`,
    );
  }
  for (const [index, steps] of plans.entries()) {
    const isRange = steps.some((step) => LISTING_PLANS.some((plan) => plan.test(step)));
    assert.ok(isRange, `${steps.join('; ')}: ${listings[index]}`);
    assert.ok(!steps.some((step) => step.includes('TEMP B-TREE')), steps.join('; '));
  }
});
