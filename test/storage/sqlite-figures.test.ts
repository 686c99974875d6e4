/** Figures over a long trail: right, and by statements that each read a bounded number of rows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { IDS_A_SLICE, SignInCounter } from '../../src/core/sign-in-series.ts';
import { openSqliteStore } from './sqlite-store.ts';

const EVENTS = 200_000;

test('figures of 200,000 events are counted by statements of bounded reach', async (t) => {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const connection = new BetterSqlite3(store.file);
  // Two a second, of which the last is now.
  connection
    .prepare(
      `insert into audit_events (at_ms, name, actor_kind, subject)
       with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?)
       select ? - (? - n) * 500,
         case n % 10 when 0 then 'session.signed_in' when 1 then 'session.sign_in_failed'
           when 2 then 'sign_in.limited' when 3 then 'user.created' else 'session.refreshed' end,
         'user', '1'
       from numbers`,
    )
    .run(EVENTS, store.nowMs(), EVENTS);
  connection.close();
  const slices: number[] = [];
  const { countAuditEvents } = store.repository;
  const repository = {
    ...store.repository,
    countAuditEvents: (slice: { afterId: number; toId: number }) => {
      slices.push(slice.toId - slice.afterId);
      return countAuditEvents(slice);
    },
  };
  const counter = new SignInCounter({ repository, clock: store.clock });
  const { buckets } = await counter.count('week');
  const sum = { signedIn: 0, signInFailed: 0, limited: 0, refreshed: 0 };
  for (const { atMs, ...counts } of buckets) {
    for (const field of Object.keys(sum) as (keyof typeof sum)[]) sum[field] += counts[field];
  }
  const tenth = EVENTS / 10;
  const expected = { signedIn: tenth, signInFailed: tenth, limited: tenth, refreshed: 6 * tenth };
  assert.deepEqual(sum, expected);
  assert.ok(Math.max(...slices) <= IDS_A_SLICE);
  assert.equal(
    slices.reduce((all, slice) => all + slice, 0),
    EVENTS,
    'no row is read twice',
  );
  const counted = slices.length;
  await counter.count('week');
  assert.ok(slices.length - counted <= 2, 'what is over is not read again');
});
