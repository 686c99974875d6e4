/**
 * No statement that runs while people wait reads a whole table of PostgreSQL, however many rows
 * there are. Asked is the planner, on tables that are large enough for it to care.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { lockSession, lockUser } from '../../src/storage/locks.ts';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { declaredSql, type ExaminedSql, examined } from './declared-statements.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';

/** Far more than the planner would read rather than go through an index. */
const ROWS = 30_000;
/** A small page: what is a small share here is a small share of a million with a large one. */
const LIMIT = 20;
/** These hold a handful of rows for ever. */
const SMALL_TABLES = ['admins', 'password_kinds', 'settings'];

/** By generate_series, in the shape that the tables have in use. */
const FILL = [
  `insert into users (username, username_key, password_hash, password_kind, role, is_enabled,
     origin, created_at_ms, last_sign_in_at_ms)
   select 'user ' || n, md5(n::text), 'hash', 'bcrypt:10',
     case when n % 100 = 0 then 'ADMIN' else 'STANDARD' end, case when n % 50 = 1 then 0 else 1 end,
     'operator', n, case when n % 10 = 0 then null else n end
   from generate_series(1, ${ROWS}) n`,
  `insert into user_identities (issuer, subject, user_id, provider_id, created_at_ms)
   select 'https://issuer.example', md5(id::text), id, 'google', id from users`,
  `insert into sessions (id, user_id, generation, role_issued, created_at_ms, rotated_at_ms,
     access_expires_at_s, refresh_expires_at_s, ended_at_ms, end_reason, created_address,
     last_address, user_agent)
   select md5(n::text), 1 + n % ${ROWS}, 1, 'STANDARD', n, n, n, n,
     case when n % 10 = 0 then n end, case when n % 10 = 0 then 'signed_out' end, 'a', 'a', 'a'
   from generate_series(1, ${2 * ROWS}) n`,
  `insert into access_tokens (public_id, secret_hash, name, description, permissions,
     created_at_ms, expires_at_ms, last_used_at_ms, previous_expires_at_ms)
   select md5(n::text), 'hash', 'name ' || n, '', 7, n, case when n % 3 = 0 then n end, n,
     case when n % 5 = 0 then n end
   from generate_series(1, ${ROWS}) n`,
  `insert into console_sessions (id, secret_hash, kind, user_id, issued_under, created_at_ms,
     last_seen_at_ms, password_entered_at_ms, expires_at_ms, address, user_agent)
   select md5(n::text), md5('secret' || n), case when n % 100 = 0 then 'admin' else 'user' end,
     case when n % 100 > 0 then n end, 1, n, n, n, n, 'a', 'a'
   from generate_series(1, ${ROWS}) n`,
  `insert into failure_counters (key, failed_at_ms, strikes, blocked_until_ms, failures_in_a_row,
     expires_at_ms)
   select 'address:' || md5(n::text), '[]', 0, 0, 0, n from generate_series(1, ${ROWS}) n`,
  `insert into known_addresses (account_key, address_key, last_sign_in_at_ms)
   select 'user:' || n, 'address', n from generate_series(1, ${ROWS}) n`,
  `insert into audit_events (at_ms, name, actor_kind, subject, once_key)
   select n, (array['session.signed_in', 'session.refreshed', 'user.created'])[1 + n % 3], 'user',
     case when n % 4 > 0 then (n % 1000)::text end, case when n % 4 = 0 then md5(n::text) end
   from generate_series(1, ${ROWS}) n`,
  "insert into password_kinds (kind) values ('bcrypt:10')",
  'analyze',
];

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Index Name'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

interface Filled {
  readonly store: PostgresStore;
  readonly client: pg.Client;
}

/** The tests only ask, so one is enough for all. */
let filling: Promise<Filled> | undefined;

async function filledDatabase(): Promise<pg.Client> {
  filling ??= fill();
  return (await filling).client;
}

async function fill(): Promise<Filled> {
  const store = await openPostgresStore();
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  for (const sql of FILL) await client.query(sql);
  return { store, client };
}

after(async () => {
  const filled = await filling;
  await filled?.client.end();
  await filled?.store.close();
  await dropTestDatabases();
});

/**
 * The plan for values that are not known: the one that PostgreSQL goes over to when it costs no
 * more than those for single values. What is the same in every call is known, and so is how many
 * rows a page has: without that, it might be half of the table.
 */
async function planOf(client: pg.Client, { sql, constants }: ExaminedSql): Promise<Plan> {
  await client.query('set plan_cache_mode = force_generic_plan');
  await client.query(`prepare examined as ${withKnownValues(sql, constants)}`);
  try {
    const { rows } = await client.query(
      'select cardinality(parameter_types) as count from pg_prepared_statements where name = $1',
      ['examined'],
    );
    const nulls = Array.from({ length: rows[0].count }, () => 'null').join(', ');
    const call = nulls === '' ? 'examined' : `examined(${nulls})`;
    const explained = await client.query(`explain (format json) execute ${call}`);
    return explained.rows[0]['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('deallocate examined');
  }
}

/** The parameters behind what is filled in move up. */
function withKnownValues(sql: string, constants: ReadonlyMap<number, unknown>): string {
  const paged = sql.replace(/\blimit \$(\d+)/g, (whole, position) =>
    constants.has(Number(position)) ? whole : `limit ${LIMIT}`,
  );
  let next = 0;
  return paged.replace(/\$(\d+)/g, (_, position) => {
    const value = constants.get(Number(position));
    if (value !== undefined) return literal(value);
    next += 1;
    return `$${next}`;
  });
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** What of a plan grows with its table. */
function costlyStepsOf(plan: Plan, statement: ExaminedSql, parent?: Plan): string[] {
  const { 'Node Type': kind, 'Relation Name': table = '', 'Index Cond': condition } = plan;
  // The first rows of an index, without looking for those that fit.
  const isFirstOnes = parent?.['Node Type'] === 'Limit' && plan.Filter === undefined;
  const isWholeIndex = /^Index/.test(kind) && condition === undefined && !isFirstOnes;
  const isWhole = (kind === 'Seq Scan' || isWholeIndex) && !SMALL_TABLES.includes(table);
  // A page that is sorted is taken from all that could be on it.
  const isSortedPage = kind === 'Sort' && parent?.['Node Type'] === 'Limit';
  return [
    ...(isWhole && !statement.mayScan.includes(table) ? [`${kind} of ${table}`] : []),
    ...(isSortedPage && !statement.maySort ? ['Sort of a page'] : []),
    ...(plan.Plans ?? []).flatMap((one) => costlyStepsOf(one, statement, plan)),
  ];
}

async function findCostly(client: pg.Client, statements: readonly ExaminedSql[]) {
  const found: string[] = [];
  for (const statement of statements) {
    const plan = await planOf(client, statement);
    found.push(...costlyStepsOf(plan, statement).map((step) => `${step}: ${statement.sql}`));
  }
  return found;
}

test('no hot statement reads a whole table of PostgreSQL', async () => {
  const client = await filledDatabase();
  const { rows } = await client.query(
    `select relname as name from pg_class where relkind = 'r' and reltuples < $1
       and relnamespace = 'public'::regnamespace and relname not like 'kysely%'`,
    [ROWS],
  );
  const small = rows.map(({ name }) => name).sort();
  assert.deepEqual(small, SMALL_TABLES, 'a table of which the planner thinks it is small');
  const locks = [lockUser(1), lockSession('session')].map((lock) => {
    const step = lock.next().value;
    assert.ok(step?.kind === 'lock');
    return examined(step.lock.sql);
  });
  assert.deepEqual(await findCostly(client, [...declaredSql('postgres'), ...locks]), []);
});

test('every look through the audit trail walks one index of PostgreSQL, in its order', async () => {
  const client = await filledDatabase();
  const looks = declaredSql('postgres').filter(
    ({ sql }) =>
      /from "audit_events" .*(limit \$\d+ offset \$\d+$|cast\()/.test(sql) &&
      !sql.includes('once_key'),
  );
  assert.equal(looks.length, 2 * (6 + 1));
  for (const look of looks) {
    const plan = await planOf(client, look);
    let walk = plan;
    const kinds: string[] = [];
    for (; walk.Plans?.[0] !== undefined; walk = walk.Plans[0]) kinds.push(walk['Node Type']);
    assert.ok(!kinds.includes('Sort'), look.sql);
    const found = `${walk['Index Name']} ${walk['Index Cond']}`;
    const [, drive] = /from "audit_events" where "(name|subject|id|at_ms)"/.exec(look.sql) ?? [];
    const index = drive === 'id' ? 'audit_events_pkey' : `audit_events_${drive}`;
    assert.ok(found.startsWith(index), `${found}: ${look.sql}`);
    assert.match(found, /[(,] ?(id|at_ms|ROW\(\w+, id\)) [<>]/, look.sql);
  }
});

test('the check of plans sees a scan, and the sort of a page, where there is one', async () => {
  const client = await filledDatabase();
  const costly = await findCostly(client, [
    examined('select id from sessions where last_address = $1'),
    examined('select id from sessions where user_id = $1 order by last_address limit $2'),
    examined('select id from sessions where user_id = $1'),
  ]);
  assert.deepEqual(
    costly.map((found) => found.split(':')[0]),
    ['Seq Scan of sessions', 'Sort of a page'],
  );
});

test('every foreign key has an index on PostgreSQL, so that a deletion finds what it takes along', async () => {
  const store = await openPostgresStore();
  try {
    const bare = await store.sql(
      `select conrelid::regclass::text || ': ' || conname as name from pg_constraint c
       where contype = 'f' and not exists (
         select 1 from pg_index i where i.indrelid = c.conrelid and i.indpred is null
           and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`,
    );
    assert.deepEqual(bare, []);
  } finally {
    await store.close();
  }
});
