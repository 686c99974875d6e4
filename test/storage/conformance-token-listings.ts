/** Conformance: access tokens in pages, by every sort and within ranges. */

import assert from 'node:assert/strict';
import {
  ACCESS_TOKEN_SORTS,
  type AccessTokenCursor,
  type AccessTokenRange,
  type AccessTokenSort,
} from '../../src/core/access-token-repository.ts';
import { accessTokenInput, BY, tokenHashOf } from './samples.ts';
import type { OpenStore, Store } from './store.ts';
import { testsWith } from './with-store.ts';

/**
 * Names in both cases, one twice, one that begins others, two that UTF-8 and UTF-16 order
 * differently; some expire, some were used, some are as old as each other.
 */
const TOKENS: readonly [name: string, expiresInSeconds: number | null, usedAtMs: number | null][] =
  [
    ['deploy', null, 5_000],
    ['CI', 300, null],
    ['ci-nightly', 100, 2_000],
    ['Zoe\uff5e', null, 2_000],
    ['zoe\u{1f600}', 100, null],
    ['ci', null, 9_000],
    ['Ärger', 200, null],
    ['ci', 300, 1_000],
  ];

const IN_ORDER: Record<string, number[]> = {
  id: [1, 2, 3, 4, 5, 6, 7, 8],
  name: [2, 6, 8, 3, 1, 4, 5, 7],
  created_at: [1, 2, 3, 4, 5, 6, 7, 8],
  expires_at: [3, 5, 7, 2, 8, 1, 4, 6],
  last_used_at: [2, 5, 7, 8, 3, 4, 1, 6],
};

async function fill(store: Store): Promise<void> {
  const { repository } = store;
  for (const [index, [name, expiresInSeconds, usedAtMs]] of TOKENS.entries()) {
    const input = { ...accessTokenInput(`${index}`, { expiresInSeconds }), name };
    const { id, createdAtMs } = await repository.createAccessToken(input);
    if (index % 3 === 2 && expiresInSeconds === null) store.advanceMs(1_000);
    assert.ok(createdAtMs > 0);
    if (usedAtMs === null) continue;
    const use = { id, secretHash: tokenHashOf(`${index}`), usedAtMs };
    await repository.recordAccessTokenUses([use]);
  }
}

async function idsOf(store: Store, sort: AccessTokenSort, limit: number, range?: AccessTokenRange) {
  const ids: number[] = [];
  let after: AccessTokenCursor | undefined;
  for (;;) {
    const input = { sort, limit, ...(range && { range }), ...(after && { after }) };
    const page = await store.repository.listAccessTokenPage(input);
    ids.push(...page.map(({ token }) => token.id));
    if (page.length < limit) return ids;
    after = page.at(-1)?.cursor;
  }
}

export function conformsInTokenListings(openStore: OpenStore): void {
  const test = testsWith(openStore);

  for (const sort of ACCESS_TOKEN_SORTS) {
    test(`access tokens by ${sort} come each once and in order, whatever the page`, async (store) => {
      await fill(store);
      const ascending = IN_ORDER[sort.replace('-', '')] ?? [];
      const expected = sort.startsWith('-') ? ascending.toReversed() : ascending;
      for (const limit of [1, 2, 3, 8, 99]) {
        assert.deepEqual(await idsOf(store, sort, limit), expected, `pages of ${limit}`);
      }
    });
  }

  test('a range bounds both ends of a listing, whatever its cursor says', async (store) => {
    await fill(store);
    const range = { from: 'ci', to: 'd' };
    assert.deepEqual(await idsOf(store, 'name', 2, range), [2, 6, 8, 3]);
    assert.deepEqual(await idsOf(store, '-name', 2, range), [3, 8, 6, 2]);
    const ids = async (sort: AccessTokenSort, key: string, id: number) => {
      const input = { sort, range, after: { sort, key, id }, limit: 99 };
      return (await store.repository.listAccessTokenPage(input)).map(({ token }) => token.id);
    };
    assert.deepEqual(await ids('name', 'a', 9), [2, 6, 8, 3]);
    assert.deepEqual(await ids('name', 'ci', 6), [8, 3]);
    assert.deepEqual(await ids('name', 'zoe', 1), []);
    assert.deepEqual(await ids('-name', 'zoe', 1), [3, 8, 6, 2]);
    assert.deepEqual(await ids('-name', 'ci', 6), [2]);
    assert.deepEqual(await ids('-name', 'a', 9), []);
  });

  test('a page begins behind its cursor also when that token is gone', async (store) => {
    await fill(store);
    const input = { sort: 'name', limit: 2 } as const;
    const after = (await store.repository.listAccessTokenPage(input)).at(-1)?.cursor;
    assert.deepEqual(after, { sort: 'name', key: 'ci', id: 6 });
    await store.repository.deleteAccessToken({ id: 6, by: BY });
    const rest = await store.repository.listAccessTokenPage({ ...input, after });
    assert.deepEqual(
      rest.map(({ token }) => token.id),
      [8, 3],
    );
  });
}
