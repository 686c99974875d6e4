/** Where a session is kept, and what happens when that fails or somebody else writes there. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { webStorage } from '../../packages/client/src/index.ts';
import { sharedText, startClient } from '../support/client-harness.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

test('a page that is loaded again goes on with the stored session', async () => {
  const { tab } = sharedText('reloaded');
  const first = await startClient(server, { storage: tab() });
  await first.client.signIn(first);
  first.client.close();
  const second = await startClient(server, { storage: tab(), as: first });
  assert.equal(second.client.session, 'unknown');
  assert.equal(await second.client.load(), 'signed_in');
  assert.equal((await second.client.verify()).username, first.username);
  second.client.close();
});

test('signing in and out in one tab shows in the other', async () => {
  const { tab } = sharedText('shown');
  const one = await startClient(server, { storage: tab() });
  const two = await startClient(server, { storage: tab(), as: one });
  const changes: string[] = [];
  await two.client.load();
  two.client.onSessionChange(({ state, cause }) => changes.push(`${state} ${cause}`));
  await one.client.signIn(one);
  await waitUntil('the session', () => two.client.session === 'signed_in');
  await one.client.signOut();
  await waitUntil('its end', () => two.client.session === 'signed_out');
  assert.deepEqual(changes, ['signed_in elsewhere', 'signed_out elsewhere']);
  one.client.close();
  two.client.close();
});

test('a storage that cannot be written leaves a session that works in memory', async () => {
  const { kept, tab } = sharedText('full');
  let isFull = false;
  const storage = {
    ...tab(),
    write: async (text: string | null) => {
      if (isFull) throw new Error('quota exceeded');
      kept.text = text;
    },
  };
  const { client, ...user } = await startClient(server, { storage });
  assert.deepEqual(await client.signIn(user), { isStored: true });
  const before = kept.text;
  isFull = true;
  await client.refresh();
  assert.equal(kept.text, before);
  server.clock.advanceSeconds(3600);
  // The stored predecessor, presented now, would end the session.
  assert.equal((await client.verify()).username, user.username);
  isFull = false;
  await client.refresh();
  assert.notEqual(kept.text, before);
  client.close();
});

test('a storage that cannot be read is told, and signing in still works', async () => {
  const storage = {
    read: () => Promise.reject(new Error('forbidden')),
    write: () => Promise.reject(new Error('forbidden')),
  };
  const { client, ...user } = await startClient(server, { storage });
  await assert.rejects(client.load(), { code: 'storage_failed' });
  assert.deepEqual(await client.signIn(user), { isStored: false });
  await client.refresh();
  assert.equal((await client.verify()).username, user.username);
});

test('what is no session in the storage is nobody signed in', async () => {
  for (const text of ['', 'null', '{"version":1}', '{"version":2,"token":"a"}', '[]']) {
    const storage = { read: () => text, write: () => undefined };
    const { client } = await startClient(server, { storage });
    assert.equal(await client.load(), 'signed_out', text);
  }
});

test('web storage keeps one item under its key', async () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  const { client, ...user } = await startClient(server, {
    storage: webStorage({ storage, key: 'shop' }),
  });
  await client.signIn(user);
  assert.deepEqual([...items.keys()], ['shop']);
  await client.signOut();
  assert.equal(items.size, 0);
  client.close();
});
