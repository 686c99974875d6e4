/** Access tokens by state and prefix, and what a page of them may cost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AccessTokenListing,
  accessTokenStateOf,
  listAccessTokenPage,
} from '../../src/core/access-token-listings.ts';
import type {
  AccessTokenCursor,
  AccessTokenRecord,
  AccessTokenRepository,
} from '../../src/core/access-token-repository.ts';
import { isRefusal, type ListingRule } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

const clock = new FakeClock();
const DAY_MS = 24 * 60 * 60 * 1000;
type Input = Parameters<AccessTokenRepository['listAccessTokenPage']>[0];

/** By id; those that `expiresAtMsOf` says expire. */
function tokensOf(count: number, expiresAtMsOf: (id: number) => number | null) {
  const asked: Input[] = [];
  const listPage = async (input: Input) => {
    asked.push(input);
    const afterId = input.after?.id ?? 0;
    const left = Math.min(input.limit, count - afterId);
    return Array.from({ length: left }, (_, index) => {
      const id = afterId + index + 1;
      const token = { id, expiresAtMs: expiresAtMsOf(id), suspendedAtMs: null };
      return {
        token: token as AccessTokenRecord,
        cursor: { sort: input.sort, key: id, id },
      };
    });
  };
  const list = (listing: AccessTokenListing) =>
    listAccessTokenPage({ repository: { listAccessTokenPage: listPage }, clock }, listing);
  return { asked, list };
}

test('a page where hardly any fit looks at some thousands and goes on from there', async () => {
  const { asked, list } = tokensOf(1_000_000, (id) => (id === 12_345 ? clock.nowMs() : null));
  let cursor: AccessTokenCursor | null = null;
  const pages: number[][] = [];
  do {
    const before = asked.length;
    const page = await list({ state: 'expired', sort: 'id', limit: 10, cursor });
    const read = asked.slice(before).reduce((sum, { limit }) => sum + limit, 0);
    assert.ok(read <= 6_011, `${read} rows for one page`);
    pages.push(page.tokens.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (pages.flat().length === 0 && cursor !== null);
  assert.deepEqual(pages.flat(), [12_345]);
  assert.equal(pages.length, 3);
});

test('all that fit come once, however the pages fall', async () => {
  const { list } = tokensOf(3_000, (id) => (id % 7 === 0 ? clock.nowMs() - 1 : null));
  for (const limit of [1, 5, 200]) {
    const ids: number[] = [];
    let cursor: AccessTokenCursor | null = null;
    do {
      const page = await list({ state: 'expired', sort: 'id', limit, cursor });
      assert.ok(page.tokens.length <= limit);
      ids.push(...page.tokens.map(({ id }) => id));
      cursor = page.nextCursor;
      if (limit === 1 && ids.length === 20) break;
    } while (cursor !== null);
    const expected = Array.from({ length: 428 }, (_, index) => 7 * (index + 1));
    assert.deepEqual(ids, limit === 1 ? expected.slice(0, 20) : expected);
  }
});

test('what has expired or will soon is read as a range, in its order', async () => {
  const nowMs = clock.nowMs();
  const { asked, list } = tokensOf(0, () => null);
  const ranges = async (listing: Omit<AccessTokenListing, 'limit'>) => {
    await list({ ...listing, limit: 10 });
    const { sort, range } = asked.at(-1) ?? {};
    return [sort, range?.from, range?.to];
  };
  assert.deepEqual(await ranges({ state: 'expired' }), ['expires_at', 0, nowMs + 1]);
  const week = nowMs + 1 + 7 * DAY_MS;
  assert.deepEqual(await ranges({ state: 'expiring' }), ['expires_at', nowMs + 1, week]);
  assert.deepEqual(await ranges({ state: 'expired', sort: '-expires_at' }), [
    '-expires_at',
    0,
    nowMs + 1,
  ]);
  assert.deepEqual(await ranges({}), ['id', undefined, undefined]);
  const [sort, from] = await ranges({ prefix: 'Ä-CI' });
  assert.deepEqual([sort, from], ['name', 'Ä-ci']);
});

test('a listing that is not done says what about it', async () => {
  const { list } = tokensOf(1, () => null);
  const cursor = { sort: 'id', key: 1, id: 1 } as const;
  const refused: [AccessTokenListing, ListingRule][] = [
    [{ limit: 0 }, 'out_of_bounds'],
    [{ limit: 201 }, 'out_of_bounds'],
    [{ prefix: 'a', sort: 'id', limit: 1 }, 'prefix_by_name'],
    [{ sort: '-id', cursor, limit: 1 }, 'other_listing'],
    [{ state: 'expiring', cursor, limit: 1 }, 'other_listing'],
  ];
  for (const [listing, rule] of refused) {
    await assert.rejects(list(listing), (error) => {
      assert.ok(isRefusal(error, 'listing_rejected'));
      assert.equal(error.details.rule, rule);
      return true;
    });
  }
});

test('an expired token is expired, suspended or not, at the very instant', () => {
  const nowMs = clock.nowMs();
  const stateOf = (expiresAtMs: number | null, suspendedAtMs: number | null) =>
    accessTokenStateOf({ expiresAtMs, suspendedAtMs }, nowMs);
  assert.equal(stateOf(null, null), 'live');
  assert.equal(stateOf(nowMs + 1, null), 'live');
  assert.equal(stateOf(nowMs, null), 'expired');
  assert.equal(stateOf(nowMs, 1), 'expired');
  assert.equal(stateOf(nowMs + 1, 1), 'suspended');
});
