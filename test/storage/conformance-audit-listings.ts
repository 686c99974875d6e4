/** Conformance: the audit trail as operators look through it, in bounded looks. */

import assert from 'node:assert/strict';
import type { AuditFilter } from '../../src/core/audit-filters.ts';
import { matchesAuditFilter } from '../../src/core/audit-filters.ts';
import { AuditTrail, TIME_SLACK_MS } from '../../src/core/audit-trail.ts';
import type { SecurityEvent } from '../../src/core/events.ts';
import type { AuditRecord } from '../../src/core/repository.ts';
import { ROWS_A_LOOK } from '../../src/storage/audit-listings.ts';
import { originAt } from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

export function conformsInAuditListings(openStore: OpenStore): void {
  const test = testsWith(openStore);
  filters(test);
  walksInPages(test);
  staysBounded(test);
}

/** Events that differ in everything that can be asked for, one a second. */
async function variety(store: Store): Promise<AuditRecord[]> {
  const origins = [originAt('198.51.100.7'), originAt('2001:db8::1')];
  const actors = [
    { kind: 'user', id: 1 },
    { kind: 'user', id: 2 },
    { kind: 'access_token', id: 1 },
    { kind: 'admin' },
  ] as const;
  const names = ['user.password_change_failed', 'session.sign_in_failed'] as const;
  for (let n = 0; n < 24; n += 1) {
    const event: SecurityEvent = {
      name: names[n % 2] ?? names[0],
      actor: actors[n % 4] ?? actors[0],
      origin: origins[n % 3 === 0 ? 0 : 1] ?? originAt('::1'),
      ...(n % 5 > 0 && { subject: n % 5 === 4 ? ('admin' as const) : n % 5 }),
      ...(n % 3 > 0 && { sessionId: `session ${n % 3}` }),
      ...(n % 4 === 1 && { accessTokenId: 7 }),
    };
    await store.repository.recordRefusal(event);
    store.advanceMs(1_000);
  }
  return store.repository.listAuditEventsAfter({ afterId: 0, limit: 99 });
}

const FILTERS: AuditFilter[] = [
  {},
  { name: 'session.sign_in_failed' },
  { subject: '2' },
  { subject: 'admin', name: 'user.password_change_failed' },
  { actorKind: 'user' },
  { actorKind: 'user', actorId: '1' },
  { actorId: '1' },
  { sessionId: 'session 2' },
  { accessTokenId: 7 },
  { address: '198.51.100.7', subject: '3' },
  { address: '2001:db8::1', name: 'session.sign_in_failed', actorKind: 'admin' },
  { address: '203.0.113.99' },
];

/** All that match, in pages of `limit`. */
async function idsOf(
  { repository }: Store,
  filter: AuditFilter,
  order: 'newest' | 'oldest',
  limit: number,
): Promise<number[]> {
  const trail = new AuditTrail({ repository });
  const ids: number[] = [];
  let afterId: number | null = null;
  do {
    const page = await trail.list({ filter, order, afterId, limit });
    assert.ok(page.records.length <= limit);
    ids.push(...page.records.map(({ id }) => id));
    afterId = page.nextId;
  } while (afterId !== null);
  return ids;
}

async function exportedIds({ repository }: Store, filter: AuditFilter): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of new AuditTrail({ repository }).between(filter)) ids.push(id);
  return ids;
}

function filters(test: StoreTest): void {
  test('every filter finds what it says, in lists, exports and streams alike', async (store) => {
    const all = await variety(store);
    const sinceMs = (all[5] as AuditRecord).atMs;
    const untilMs = (all[19] as AuditRecord).atMs;
    for (const plain of FILTERS) {
      for (const filter of [plain, { ...plain, sinceMs }, { ...plain, sinceMs, untilMs }]) {
        const expected = all.filter((row) => matchesAuditFilter(row, filter)).map(({ id }) => id);
        const name = JSON.stringify(filter);
        assert.deepEqual(await idsOf(store, filter, 'oldest', 3), expected, name);
        assert.deepEqual(await idsOf(store, filter, 'newest', 4), expected.toReversed(), name);
        assert.deepEqual(await exportedIds(store, filter), expected, name);
      }
    }
    const timed = all.filter((row) => matchesAuditFilter(row, { sinceMs, untilMs }));
    assert.deepEqual(
      timed.map(({ id }) => id),
      all.slice(5, 19).map(({ id }) => id),
    );
    assert.equal(all.filter((row) => matchesAuditFilter(row, FILTERS[9] ?? {})).length, 2);
  });
}

function walksInPages(test: StoreTest): void {
  test('pages repeat and leave out nothing while events come in', async (store) => {
    const before = (await variety(store)).map(({ id }) => id);
    const trail = new AuditTrail({ repository: store.repository });
    const seen: number[] = [];
    let afterId: number | null = null;
    do {
      const listing = { filter: {}, order: 'newest', afterId, limit: 5 } as const;
      const page = await trail.list(listing);
      seen.push(...page.records.map(({ id }) => id));
      afterId = page.nextId;
      await store.repository.recordRefusal({ name: 'session.sign_in_failed' });
    } while (afterId !== null);
    assert.deepEqual(seen, before.toReversed());
  });

  test('a page that ends where the trail ends names no next one', async (store) => {
    await variety(store);
    const trail = new AuditTrail({ repository: store.repository });
    for (const order of ['newest', 'oldest'] as const) {
      const page = await trail.list({ filter: {}, order, afterId: null, limit: 24 });
      assert.deepEqual([page.records.length, page.nextId], [24, null]);
      const listing = { filter: {}, order, afterId: null, limit: 23 };
      const shorter = await trail.list(listing);
      assert.equal(shorter.records.length, 23);
      const rest = await trail.list({ ...listing, afterId: shorter.nextId });
      assert.deepEqual([rest.records.length, rest.nextId], [1, null]);
    }
  });

  test('a clock that was set back a little hides nothing from a listing by time', async (store) => {
    const enter = () => store.repository.recordRefusal({ name: 'session.sign_in_failed' });
    const startMs = store.nowMs();
    await enter();
    store.advanceMs(3 * TIME_SLACK_MS);
    await enter();
    store.advanceMs(-TIME_SLACK_MS + 1);
    await enter();
    store.advanceMs(3 * TIME_SLACK_MS);
    await enter();
    const late = { sinceMs: startMs + 3 * TIME_SLACK_MS };
    assert.deepEqual(await idsOf(store, late, 'newest', 9), [4, 2]);
    const early = { untilMs: startMs + 3 * TIME_SLACK_MS };
    assert.deepEqual(await idsOf(store, early, 'newest', 9), [3, 1]);
    assert.deepEqual(await exportedIds(store, {}), [1, 3, 2, 4], 'an export goes by time');
  });
}

function staysBounded(test: StoreTest): void {
  test('events are counted by name between two ids', async (store) => {
    const { repository } = store;
    const names = ['session.sign_in_failed', 'user.password_change_failed', 'sign_in.limited'];
    for (let n = 0; n < 9; n += 1) {
      const name = names[n % 3] as SecurityEvent['name'];
      await repository.recordRefusal({ name, limitKey: String(n) });
    }
    const count = async (afterId: number, toId: number) => {
      const counted = await repository.countAuditEvents({ afterId, toId });
      return Object.fromEntries(counted.map((one) => [one.name, one.count]));
    };
    assert.deepEqual(await count(0, 9), { 'session.sign_in_failed': 3, 'sign_in.limited': 3 });
    assert.deepEqual(await count(1, 4), { 'session.sign_in_failed': 1, 'sign_in.limited': 1 });
    assert.deepEqual(await count(9, 20), {});
  });

  test('a look at many rows for a few that match ends, and goes on there', async (store) => {
    const { repository } = store;
    const count = 2 * ROWS_A_LOOK + 10;
    const value = "(1, 'session.refreshed', 'user', '1')";
    for (let made = 0; made < count; made += 670) {
      const values = Array.from({ length: Math.min(670, count - made) }, () => value).join();
      await store.sql(
        `insert into audit_events (at_ms, name, actor_kind, subject) values ${values}`,
      );
    }
    const nobody = { address: '203.0.113.99' };
    const walks: AuditFilter[] = [nobody, { ...nobody, subject: '1' }];
    for (const filter of [...walks, { ...nobody, name: 'session.refreshed' } as const]) {
      const input = { filter, order: 'oldest', toId: count, limit: 5 } as const;
      const first = await repository.lookForAuditEvents({ ...input, fromId: 0 });
      assert.deepEqual(first, { records: [], lookedTo: ROWS_A_LOOK });
      const last = await repository.lookForAuditEvents({ ...input, fromId: 2 * ROWS_A_LOOK });
      assert.deepEqual(last, { records: [], lookedTo: null });
      const down = { ...input, order: 'newest', toId: 1 } as const;
      const newest = await repository.lookForAuditEvents({ ...down, fromId: count + 1 });
      assert.deepEqual(newest, { records: [], lookedTo: count + 1 - ROWS_A_LOOK });
    }
    const between = { after: { atMs: 0, id: 0 }, untilMs: 2, filter: nobody, limit: 5 };
    const look = await repository.listAuditEventsBetween(between);
    assert.deepEqual(look, { records: [], lookedTo: { atMs: 1, id: ROWS_A_LOOK } });
  });
}
