/** Conformance: what a database from a backup goes through before it is used. */

import assert from 'node:assert/strict';
import {
  accessTokenInput,
  addUser,
  adminInput,
  BY,
  openSession,
  reserve,
  tokenHashOf,
} from './samples.ts';
import type { OpenStore } from './store.ts';
import { testsWith } from './with-store.ts';

export function conformsInRestores(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('a restored database has no live session', async (store) => {
    const { repository } = store;
    await openSession(store, await addUser(store, 'maria'), { sessionId: 'one' });
    const concluded = await repository.concludeRestore({ suspendsAccessTokens: false, by: BY });
    assert.deepEqual(concluded, { endedSessions: 1, suspendedAccessTokens: 0 });
    assert.equal((await repository.findSession('one'))?.endedAtMs, store.nowMs());
    const [row] = await store.sql("select end_reason from sessions where id = 'one'");
    assert.equal(row?.end_reason, 'database_restored');
  });

  test('the generation of admin JWTs is beyond all that may have been in use', async (store) => {
    const { repository } = store;
    await repository.createOnlyAdmin(adminInput('first'));
    await repository.concludeRestore({ suspendsAccessTokens: false, by: BY });
    const first = (await repository.findAdmin())?.tokenGeneration ?? 0;
    assert.ok(first >= Math.floor(store.nowMs() / 1000), `${first}`);
    await repository.concludeRestore({ suspendsAccessTokens: false, by: BY });
    assert.ok(((await repository.findAdmin())?.tokenGeneration ?? 0) > first);
  });

  test('a suspended token is listed, is not found by who presents it, and can be accepted', async (store) => {
    const { repository } = store;
    const { id, publicId } = await repository.createAccessToken(accessTokenInput('ci'));
    const concluded = await repository.concludeRestore({ suspendsAccessTokens: true, by: BY });
    assert.equal(concluded.suspendedAccessTokens, 1);
    assert.equal(await repository.findAccessToken(publicId), null);
    assert.equal((await repository.listAccessTokens())[0]?.suspendedAtMs, store.nowMs());
    assert.equal(await repository.acceptSuspendedAccessTokens({ by: BY }), 1);
    assert.equal((await repository.findAccessToken(publicId))?.id, id);
    assert.equal(await repository.acceptSuspendedAccessTokens({ by: BY }), 0);
  });

  test('a suspended token that is rotated works again, and no other one', async (store) => {
    const { repository } = store;
    const { id, publicId } = await repository.createAccessToken(accessTokenInput('ci'));
    const other = await repository.createAccessToken(accessTokenInput('other'));
    await repository.concludeRestore({ suspendsAccessTokens: true, by: BY });
    await repository.rotateAccessToken({ id, secretHash: tokenHashOf('next'), by: BY });
    assert.equal((await repository.findAccessToken(publicId))?.secretHash, tokenHashOf('next'));
    assert.equal(await repository.findAccessToken(other.publicId), null);
  });

  test('a restore leaves the limits on guessing as they are', async (store) => {
    await addUser(store, 'maria');
    await reserve(store, 'user:maria');
    await store.repository.concludeRestore({ suspendsAccessTokens: true, by: BY });
    const [row] = await store.sql('select count(*) as count from failure_counters');
    assert.ok(Number(row?.count) > 0);
  });
}
