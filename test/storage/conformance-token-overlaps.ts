/** Conformance: rotations with an overlap, the end of one, and versions of access tokens. */

import assert from 'node:assert/strict';
import type { Repository } from '../../src/core/repository.ts';
import { accessTokenInput, BY, tokenHashOf } from './samples.ts';
import { callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

type Rotation = Awaited<ReturnType<Repository['rotateAccessToken']>>;

export function conformsInTokenOverlaps(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInOverlaps(test);
  conformsInVersions(test);
  conformsInUses(test);
}

function rotation(id: number, word: string, overlapSeconds: number) {
  return { id, secretHash: tokenHashOf(word), overlapSeconds, by: BY };
}

async function newToken(store: Store, expiresInSeconds: number | null = null) {
  return store.repository.createAccessToken(accessTokenInput('ci', { expiresInSeconds }));
}

function conformsInOverlaps(test: StoreTest): void {
  test('a rotation with an overlap keeps the old value until its end', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    store.advanceMs(5_000);
    const rotated = await repository.rotateAccessToken(rotation(id, 'next', 60));
    assert.ok(rotated.outcome === 'rotated');
    const expiresAtMs = Math.ceil(store.nowMs() / 1000) * 1000 + 60_000;
    assert.deepEqual(rotated.record.previous, { expiresAtMs, lastUsedAtMs: null });
    const stored = await repository.findAccessToken(publicId);
    assert.equal(stored?.secretHash, tokenHashOf('next'));
    assert.equal(stored?.previousHash, tokenHashOf('ci'));
    assert.equal(stored?.previous?.expiresAtMs, expiresAtMs);
    store.advanceMs(expiresAtMs - store.nowMs() - 1);
    assert.notEqual((await repository.findAccessTokenById(id))?.previous, null);
    store.advanceMs(1);
    assert.equal((await repository.findAccessTokenById(id))?.previous, null);
  });

  test('an overlap never outlives the token', async (store) => {
    const { id, expiresAtMs } = await newToken(store, 100);
    const rotated = await store.repository.rotateAccessToken(rotation(id, 'next', 3_600));
    assert.ok(rotated.outcome === 'rotated');
    assert.equal(rotated.record.previous?.expiresAtMs, expiresAtMs);
  });

  test('a rotation during an overlap leaves two values at most, and one without ends all', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    await repository.rotateAccessToken(rotation(id, 'second', 3_600));
    await repository.rotateAccessToken(rotation(id, 'third', 60));
    const stored = await repository.findAccessToken(publicId);
    const values = [stored?.secretHash, stored?.previousHash];
    assert.deepEqual(values, [tokenHashOf('third'), tokenHashOf('second')]);
    await repository.rotateAccessToken(rotation(id, 'fourth', 0));
    const last = await repository.findAccessToken(publicId);
    assert.deepEqual([last?.secretHash, last?.previousHash], [tokenHashOf('fourth'), null]);
    const rows = await store.sql('select previous_secret_hash as hash from access_tokens');
    assert.deepEqual(rows, [{ hash: null }], 'a dead value is not kept');
  });

  test('a server that knows no overlaps ends one by rotating the token', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    await repository.rotateAccessToken(rotation(id, 'second', 3_600));
    await store.sql('update access_tokens set secret_hash = ?', [tokenHashOf('elsewhere')]);
    const stored = await repository.findAccessToken(publicId);
    assert.deepEqual([stored?.previous, stored?.previousHash], [null, null]);
  });

  test('an overlap can be ended, once', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    const end = () => repository.endAccessTokenOverlap({ id, by: BY });
    assert.equal((await end()).outcome, 'unchanged');
    await repository.rotateAccessToken(rotation(id, 'second', 3_600));
    const ended = await end();
    assert.ok(ended.outcome === 'changed');
    assert.equal(ended.record.previous, null);
    assert.equal((await repository.findAccessToken(publicId))?.previousHash, null);
    assert.equal((await end()).outcome, 'unchanged');
    const none = { id: id + 1, by: BY };
    assert.deepEqual(await repository.endAccessTokenOverlap(none), { outcome: 'not_found' });
  });

  test('an overlap whose time is over is forgotten by housekeeping, and moves nothing', async (store) => {
    const { repository } = store;
    const { id } = await newToken(store);
    await repository.rotateAccessToken(rotation(id, 'second', 60));
    const hashes = () =>
      store.sql('select previous_secret_hash as hash, version from access_tokens');
    await repository.purgeExpired(10);
    assert.deepEqual(await hashes(), [{ hash: tokenHashOf('ci'), version: 2 }]);
    store.advanceMs(62_000);
    assert.equal(await repository.purgeExpired(10), 1);
    assert.deepEqual(await hashes(), [{ hash: null, version: 2 }]);
  });

  test('of rotations at once one comes last, and it alone says which two values live', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    const calls = Array.from({ length: 8 }, (_, n) =>
      callOf('rotateAccessToken', rotation(id, `value ${n}`, 3_600)),
    );
    const rotated = resultsOf<Rotation>(await store.contend(dealOut(calls)));
    const versions = rotated.map((one) => (one.outcome === 'rotated' ? one.record.version : 0));
    assert.deepEqual(versions.sort(), [2, 3, 4, 5, 6, 7, 8, 9]);
    await store.settled();
    const stored = await store.forgetful.findAccessToken(publicId);
    assert.notEqual(stored?.previousHash, null);
    assert.notEqual(stored?.previousHash, stored?.secretHash);
    assert.notEqual(stored?.previousHash, tokenHashOf('ci'));
    assert.equal((await repository.findAccessTokenById(id))?.version, 9);
  });
}

function conformsInVersions(test: StoreTest): void {
  test('name and description change, alone and together, and the version moves once', async (store) => {
    const { repository } = store;
    const created = await newToken(store);
    const { id } = created;
    const change = (texts: { name?: string; description?: string }) =>
      repository.changeAccessToken({ id, by: BY, ...texts });
    const renamed = { ...created, name: 'nightly', version: 2 };
    assert.deepEqual(await change({ name: 'nightly' }), { outcome: 'changed', record: renamed });
    assert.deepEqual(await change({ name: 'nightly' }), { outcome: 'unchanged', record: renamed });
    const described = { ...renamed, name: 'ci', description: '', version: 3 };
    const both = await change({ name: 'ci', description: '' });
    assert.deepEqual(both, { outcome: 'changed', record: described });
    assert.deepEqual(await repository.findAccessTokenById(id), described);
    const none = await repository.changeAccessToken({ id: id + 1, by: BY, name: 'x' });
    assert.deepEqual(none, { outcome: 'not_found' });
  });

  test('a change of another version than the present one does nothing', async (store) => {
    const { repository } = store;
    const { id, publicId } = await newToken(store);
    await repository.rotateAccessToken(rotation(id, 'second', 3_600));
    const before = await repository.findAccessToken(publicId);
    const stale = { id, expectedVersion: 1, by: BY };
    const refused = { outcome: 'stale' };
    const rotated = { ...rotation(id, 'third', 0), ...stale };
    assert.deepEqual(await repository.rotateAccessToken(rotated), refused);
    assert.deepEqual(await repository.endAccessTokenOverlap(stale), refused);
    assert.deepEqual(await repository.changeAccessToken({ ...stale, name: 'x' }), refused);
    assert.equal(await repository.deleteAccessToken(stale), 'stale');
    assert.deepEqual(await repository.findAccessToken(publicId), before);
    const present = { ...stale, expectedVersion: 2 };
    assert.equal(
      (await repository.changeAccessToken({ ...present, name: 'x' })).outcome,
      'changed',
    );
    assert.equal(await repository.deleteAccessToken({ ...present, expectedVersion: 3 }), 'deleted');
  });

  test('of many who change one version, one does', async (store) => {
    const { id } = await newToken(store);
    const calls = Array.from({ length: 8 }, (_, n) =>
      callOf('changeAccessToken', { id, expectedVersion: 1, name: `name ${n}`, by: BY }),
    );
    const outcomes = resultsOf<{ outcome: string }>(await store.contend(dealOut(calls)));
    const counted = outcomes.map(({ outcome }) => outcome).sort();
    assert.deepEqual(counted, ['changed', ...Array(7).fill('stale')]);
  });
}

function conformsInUses(test: StoreTest): void {
  test('uses of both values are recorded apart, also one from before the rotation', async (store) => {
    const { repository } = store;
    const { id } = await newToken(store);
    const [old, next] = [tokenHashOf('ci'), tokenHashOf('next')];
    await repository.recordAccessTokenUses([{ id, secretHash: old, usedAtMs: 1_000 }]);
    await repository.rotateAccessToken(rotation(id, 'next', 3_600));
    const uses = async () => {
      const token = await repository.findAccessTokenById(id);
      return [token?.lastUsedAtMs, token?.previous?.lastUsedAtMs];
    };
    assert.deepEqual(await uses(), [null, 1_000]);
    await repository.recordAccessTokenUses([
      { id, secretHash: old, usedAtMs: 3_000 },
      { id, secretHash: next, usedAtMs: 2_000 },
      { id, secretHash: tokenHashOf('dead'), usedAtMs: 9_000 },
    ]);
    assert.deepEqual(await uses(), [2_000, 3_000]);
    await repository.recordAccessTokenUses([
      { id, secretHash: old, usedAtMs: 2_500 },
      { id, secretHash: next, usedAtMs: 2_500 },
    ]);
    assert.deepEqual(await uses(), [2_500, 3_000]);
    await repository.rotateAccessToken(rotation(id, 'last', 0));
    await repository.recordAccessTokenUses([{ id, secretHash: next, usedAtMs: 9_000 }]);
    assert.deepEqual(await uses(), [null, undefined]);
  });
}
