/** Conformance: access tokens for machines. */

import assert from 'node:assert/strict';
import { accessTokenInput, BY, tokenHashOf } from './samples.ts';
import type { OpenStore } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

export function conformsInAccessTokens(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInCreation(test);
  conformsInChanges(test);
}

function conformsInCreation(test: StoreTest): void {
  test('a created access token is found by either id, as it was given', async (store) => {
    const { repository } = store;
    store.advanceMs(345);
    const wholeSecondMs = store.nowMs() - 345;
    const created = await repository.createAccessToken(
      accessTokenInput('ci', { expiresInSeconds: 60 }),
    );
    assert.deepEqual(created, {
      id: created.id,
      publicId: 'public-ci',
      name: 'ci',
      description: 'for ci',
      permissions: 3,
      createdAtMs: wholeSecondMs,
      expiresAtMs: wholeSecondMs + 60_000,
      lastUsedAtMs: null,
      rotatedAtMs: null,
      suspendedAtMs: null,
      previous: null,
      version: 1,
    });
    assert.deepEqual(await repository.findAccessTokenById(created.id), created);
    const stored = { ...created, secretHash: tokenHashOf('ci'), previousHash: null };
    assert.deepEqual(await repository.findAccessToken('public-ci'), stored);
    assert.equal(await repository.findAccessToken('public-none'), null);
    assert.equal(await repository.findAccessTokenById(created.id + 1), null);
  });

  test('tokens are listed by id, expired ones included, never with their hash', async (store) => {
    const { repository } = store;
    const names = ['b', 'a', 'c'];
    for (const name of names) {
      const expiresInSeconds = name === 'a' ? 1 : null;
      await repository.createAccessToken(accessTokenInput(name, { expiresInSeconds }));
    }
    store.advanceMs(10_000);
    const listed = await repository.listAccessTokens();
    assert.deepEqual(
      listed.map((token) => token.name),
      names,
    );
    assert.ok(listed.every((token) => !('secretHash' in token)));
  });

  test('a public id that is taken is refused and nothing is stored', async (store) => {
    await store.repository.createAccessToken(accessTokenInput('ci'));
    await assert.rejects(store.repository.createAccessToken(accessTokenInput('ci')));
    assert.equal((await store.repository.listAccessTokens()).length, 1);
  });
}

function conformsInChanges(test: StoreTest): void {
  test('a rotation replaces the secret and nothing else', async (store) => {
    const { repository } = store;
    const input = accessTokenInput('ci', { expiresInSeconds: 60 });
    const created = await repository.createAccessToken(input);
    const other = await repository.createAccessToken(accessTokenInput('other'));
    store.advanceMs(5_000);
    const secretHash = tokenHashOf('next');
    const rotated = await repository.rotateAccessToken({ id: created.id, secretHash, by: BY });
    const record = { ...created, rotatedAtMs: store.nowMs(), version: 2 };
    assert.deepEqual(rotated, { outcome: 'rotated', record });
    const stored = await repository.findAccessToken(created.publicId);
    assert.deepEqual(stored, { ...record, secretHash, previousHash: null });
    const untouched = await repository.findAccessToken(other.publicId);
    assert.equal(untouched?.secretHash, tokenHashOf('other'));
  });

  test('an expired token is not rotated, and one that is gone is not found', async (store) => {
    const { repository } = store;
    const input = accessTokenInput('ci', { expiresInSeconds: 60 });
    const { id, publicId, expiresAtMs } = await repository.createAccessToken(input);
    const secretHash = tokenHashOf('next');
    store.advanceMs((expiresAtMs ?? 0) - store.nowMs());
    const expired = { outcome: 'expired' };
    assert.deepEqual(await repository.rotateAccessToken({ id, secretHash, by: BY }), expired);
    assert.equal((await repository.findAccessToken(publicId))?.secretHash, tokenHashOf('ci'));
    const missing = { outcome: 'not_found' };
    const none = { id: id + 1, secretHash, by: BY };
    assert.deepEqual(await repository.rotateAccessToken(none), missing);
  });

  test('a deleted token is gone, and its id is never given again', async (store) => {
    const { repository } = store;
    const { id, publicId } = await repository.createAccessToken(accessTokenInput('ci'));
    assert.equal(await repository.deleteAccessToken({ id, by: BY }), 'deleted');
    assert.equal(await repository.deleteAccessToken({ id, by: BY }), 'not_found');
    assert.equal(await repository.findAccessToken(publicId), null);
    assert.deepEqual(await repository.listAccessTokens(), []);
    const next = await repository.createAccessToken(accessTokenInput('next'));
    assert.ok(next.id > id);
  });

  test('last uses move forward for many tokens at once and never back', async (store) => {
    const { repository } = store;
    const first = await repository.createAccessToken(accessTokenInput('first'));
    const second = await repository.createAccessToken(accessTokenInput('second'));
    const lastUses = async () => {
      const rows = await store.sql('select last_used_at_ms as at from access_tokens order by id');
      return rows.map((row) => row.at);
    };
    assert.deepEqual(await lastUses(), [null, null]);
    await repository.recordAccessTokenUses([
      { id: first.id, secretHash: tokenHashOf('first'), usedAtMs: 2_000 },
      { id: second.id, secretHash: tokenHashOf('second'), usedAtMs: 3_000 },
      { id: second.id + 1, secretHash: tokenHashOf('none'), usedAtMs: 4_000 },
    ]);
    assert.deepEqual(await lastUses(), [2_000, 3_000]);
    await repository.recordAccessTokenUses([
      { id: first.id, secretHash: tokenHashOf('first'), usedAtMs: 1_000 },
      { id: second.id, secretHash: tokenHashOf('second'), usedAtMs: 5_000 },
    ]);
    assert.deepEqual(await lastUses(), [2_000, 5_000]);
    await repository.recordAccessTokenUses([]);
  });
}
