/** `GET /management/access-tokens/self`: what a token is told about itself, and until when. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAccessToken, openSession } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { exchange } from '../support/raw-exchange.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const PATH = '/management/access-tokens/self';
const REFUSED = {
  ...problemRefusal(401, 'bearer_invalid'),
  headers: {
    'content-type': 'application/problem+json; charset=utf-8',
    'www-authenticate': 'Bearer',
  },
};

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

const ask = (bearer?: string, of: TestServer = server) => of.call('GET', PATH, { bearer });
/** Twice, so that the answer is one from memory where there is such a one. */
const isKnown = async (token: string, of: TestServer = server) => {
  const statuses = [(await ask(token, of)).status, (await ask(token, of)).status];
  assert.equal(statuses[0], statuses[1]);
  return statuses[0] === 200;
};
const rotate = async (id: number, overlapSeconds: number, of: TestServer = server) => {
  const by = {};
  const rotated = await of.sallyport.accessTokens.rotateWithOverlap({ id, overlapSeconds, by });
  assert.ok(rotated.outcome === 'rotated');
  return rotated.token.raw;
};

test('any access token is told what it is, whatever its permission', async () => {
  for (const permission of ['read', 'write', 'admin', 'read,write,admin']) {
    const { id, token } = await createAccessToken(server, permission, { name: 'of "a" test' });
    const text = JSON.stringify({ id, name: 'of "a" test', permission, expires_at: null });
    for (let round = 0; round < 3; round += 1) {
      expectAnswer(await ask(token), { status: 200, text, without: ['www-authenticate'] });
    }
  }
  const life = { will_expire: true, expires_in_seconds: 60 };
  const { token, ...fields } = await createAccessToken(server, 'read', life);
  const { json } = await ask(token);
  assert.equal(json.expires_at, (fields as unknown as { expired_at: string }).expired_at);
});

test('an answer from memory has the bytes of one that was looked up', async () => {
  const names = ['plain', '"quoted" \\ and / more', '🦉 Žofie', 'line\nbreak\u2028and\u007f'];
  for (const name of names) {
    const { token } = await createAccessToken(server, 'read', { name });
    const lines = ['Host: sallyport.test', `Authorization: Bearer ${token}`, 'Connection: close'];
    const askRaw = async (version: string, ...more: string[]) => {
      const bytes = [`GET ${PATH} HTTP/${version}`, ...lines, ...more, '', ''].join('\r\n');
      const { text } = await exchange(server.url, bytes);
      return text.replace(/^Date: .*\r\n/im, '');
    };
    const lookedUp = await askRaw('1.1');
    assert.match(lookedUp, /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(await askRaw('1.1'), lookedUp, name);
    // A header that has to do with web pages keeps it on the usual way.
    assert.equal(await askRaw('1.1', 'Origin: https://app.test'), lookedUp, name);
    assert.equal(await askRaw('1.0'), lookedUp, name);
  }
});

test('every other credential is refused, and that is recorded', async () => {
  const { token: jwt } = await openSession(server);
  const bearers = [undefined, 'garbage', `vdai_${'a'.repeat(50)}`, jwt, await server.signInAdmin()];
  for (const bearer of bearers) expectAnswer(await ask(bearer), REFUSED, bearer);
  const { text } = await ask();
  assert.match(text, /with a live access token, whatever its permission/);
  assert.equal(server.events.at(-1)?.name, 'bearer.rejected');
});

test('it is answered also while auth enforcement is off', async () => {
  const { token } = await createAccessToken(server, 'read');
  await server.sallyport.authSwitch.set(false, {});
  const known = await isKnown(token);
  const refused = await ask('garbage');
  await server.sallyport.authSwitch.set(true, {});
  assert.ok(known);
  expectAnswer(refused, REFUSED);
});

describe('a token that was answered from memory', () => {
  test('is refused at once when it is deleted or rotated', async () => {
    const { id, token } = await createAccessToken(server, 'read');
    assert.ok(await isKnown(token));
    const next = await rotate(id, 0);
    assert.ok(!(await isKnown(token)));
    assert.ok(await isKnown(next));
    await server.sallyport.accessTokens.delete(id, {});
    assert.ok(!(await isKnown(next)));
  });

  test('goes on in an overlap, until that is ended or its time is over', async () => {
    const { id, token: first } = await createAccessToken(server, 'read');
    assert.ok(await isKnown(first));
    const second = await rotate(id, 60);
    assert.ok((await isKnown(first)) && (await isKnown(second)));
    await server.sallyport.accessTokens.endOverlap({ id, by: {} });
    assert.deepEqual([await isKnown(first), await isKnown(second)], [false, true]);
    const third = await rotate(id, 60);
    assert.ok((await isKnown(second)) && (await isKnown(third)));
    const record = await server.sallyport.accessTokens.find(id);
    server.clock.advanceMs((record?.previous?.expiresAtMs ?? 0) - server.clock.nowMs() - 1);
    assert.ok(await isKnown(second));
    server.clock.advanceMs(1);
    assert.deepEqual([await isKnown(second), await isKnown(third)], [false, true]);
  });

  test('is refused from the very instant of its expiry', async () => {
    const life = { will_expire: true, expires_in_seconds: 60 };
    const { id, token } = await createAccessToken(server, 'read', life);
    assert.ok(await isKnown(token));
    const record = await server.sallyport.accessTokens.find(id);
    server.clock.advanceMs((record?.expiresAtMs ?? 0) - server.clock.nowMs() - 1);
    assert.ok(await isKnown(token));
    server.clock.advanceMs(1);
    assert.ok(!(await isKnown(token)));
  });

  test('has its new name at once, and the uses of it are recorded', async () => {
    const { id, token } = await createAccessToken(server, 'read');
    assert.ok(await isKnown(token));
    await server.sallyport.accessTokens.flushUses();
    server.clock.advanceMs(5_000);
    assert.ok(await isKnown(token));
    await server.sallyport.accessTokens.flushUses();
    const found = await server.sallyport.accessTokens.find(id);
    assert.equal(found?.lastUsedAtMs, server.clock.nowMs());
    await server.sallyport.accessTokens.change({ id, name: 'renamed', by: {} });
    assert.equal((await ask(token)).json.name, 'renamed');
  });

  test('is refused when a restore has suspended it', async () => {
    const alone = await startTestServer();
    try {
      const { token } = await createAccessToken(alone, 'read');
      assert.ok(await isKnown(token, alone));
      await alone.sallyport.repository.concludeRestore({ suspendsAccessTokens: true, by: {} });
      assert.ok(!(await isKnown(token, alone)));
    } finally {
      await alone.close();
    }
  });

  test('is refused when another server has ended it', async () => {
    const { id, token } = await createAccessToken(server, 'read');
    const other = await startTestServer({ folder: server.folder, clock: server.clock });
    try {
      assert.ok(await isKnown(token));
      const next = await rotate(id, 60, other);
      await server.sallyport.database.foreignChanges.settle();
      assert.deepEqual([await isKnown(token), await isKnown(next)], [true, true]);
      await other.sallyport.accessTokens.endOverlap({ id, by: {} });
      await server.sallyport.database.foreignChanges.settle();
      assert.deepEqual([await isKnown(token), await isKnown(next)], [false, true]);
      await other.sallyport.accessTokens.delete(id, {});
      await server.sallyport.database.foreignChanges.settle();
      assert.ok(!(await isKnown(next)));
    } finally {
      await other.close();
    }
  });
});
