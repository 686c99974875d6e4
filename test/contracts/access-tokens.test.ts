/** Contract 1: the four token calls, in both spellings of the same records. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAccessToken } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, UNAUTHORIZED } from '../support/expect-answer.ts';
import type { TestServer } from '../support/test-server.ts';

const SPELLINGS = [
  { path: '/auth/access_token', rawField: 'token', otherField: 'api_key' },
  { path: '/auth/api_key', rawField: 'api_key', otherField: 'token' },
];
const NOT_FOUND = adminRefusal(404, 'Access token not found');

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

/** Whether a raw value opens the token calls. */
async function opens(raw: string): Promise<boolean> {
  return (await server.call('GET', '/auth/access_tokens', { bearer: raw })).status === 200;
}

async function listed(id: number) {
  const { json } = await server.call('GET', '/auth/access_tokens', { bearer });
  return json.find((record: { id: number }) => record.id === id);
}

for (const { path, rawField, otherField } of SPELLINGS) {
  describe(path, () => {
    const create = (body: object) => server.call('POST', path, { bearer, body });
    const full = { name: 'Deploy', permission: 'admin', description: 'of the pipeline' };

    test('create answers with the record and its raw value, in this order', async () => {
      const answer = await create({ ...full, will_expire: true, expires_in_seconds: 3600 });
      const fields = [
        '"id":\\d+',
        '"name":"Deploy"',
        '"description":"of the pipeline"',
        `"${rawField}":"vdai_\\w+"`,
        '"created_at":"2026-04-02T08:30:00Z"',
        '"expired_at":"2026-04-02T09:30:00Z"',
        '"will_expire":true',
        '"permission":"admin"',
      ];
      const text = new RegExp(`^\\{${fields.join(',')}\\}$`);
      expectAnswer(answer, { status: 200, text, headers: { 'cache-control': 'no-store' } });
      assert.ok(await opens(answer.json[rawField]));
    });

    test('what is left out is empty or does not expire', async () => {
      const { json } = await create({ name: 'Plain', permission: 'read' });
      assert.equal(json.description, '');
      assert.equal(json.expired_at, null);
      assert.equal(json.will_expire, false);
      assert.equal(otherField in json, false);
    });

    test('list has all of them by id, expired ones too, and no raw value', async () => {
      const expiring = await create({ ...full, will_expire: true, expires_in_seconds: 1 });
      const lasting = await create(full);
      server.clock.advanceSeconds(2);
      const list = await server.call('GET', `${path}s`, { bearer });
      expectAnswer(list, { status: 200 });
      const ids = list.json.map((record: { id: number }) => record.id);
      assert.deepEqual(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      for (const created of [expiring.json, lasting.json]) {
        const { [rawField]: raw, ...rest } = created;
        const found = list.json.find((record: { id: number }) => record.id === created.id);
        assert.deepEqual(found, rest);
        assert.deepEqual(Object.keys(found), Object.keys(rest));
        assert.doesNotMatch(list.text, new RegExp(raw));
      }
      server.clock.advanceSeconds(-2);
    });

    test('rotate gives a new raw value, keeps the rest and ends the old value', async () => {
      const { json: created } = await create(full);
      server.clock.advanceSeconds(1);
      const answer = await server.call('POST', `${path}/${created.id}/rotate`, { bearer });
      server.clock.advanceSeconds(-1);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { ...created, [rawField]: answer.json[rawField] });
      assert.deepEqual(Object.keys(answer.json), Object.keys(created));
      assert.notEqual(answer.json[rawField], created[rawField]);
      assert.equal(await opens(created[rawField]), false);
      assert.ok(await opens(answer.json[rawField]));
    });

    test('an expired token cannot be rotated, from the second in which it expires', async () => {
      const body = { ...full, will_expire: true, expires_in_seconds: 2 };
      const { json: created } = await create(body);
      const rotate = () => server.call('POST', `${path}/${created.id}/rotate`, { bearer });
      server.clock.advanceMs(1999);
      const { json: last } = await rotate();
      assert.ok(await opens(last[rawField]));
      server.clock.advanceMs(1);
      expectAnswer(await rotate(), adminRefusal(400, 'Cannot rotate an expired access token'));
      const dead = await server.call('GET', `${path}s`, { bearer: last[rawField] });
      expectAnswer(dead, UNAUTHORIZED);
      server.clock.advanceSeconds(-2);
    });

    test('delete ends the token and forgets the record', async () => {
      const { json: created } = await create(full);
      const remove = () => server.call('DELETE', `${path}/${created.id}`, { bearer });
      expectAnswer(await remove(), {
        status: 200,
        text: '{"status":"success","message":"Access token deleted successfully"}',
      });
      assert.equal(await opens(created[rawField]), false);
      assert.equal(await listed(created.id), undefined);
      expectAnswer(await remove(), NOT_FOUND);
      const rotate = await server.call('POST', `${path}/${created.id}/rotate`, { bearer });
      expectAnswer(rotate, NOT_FOUND);
    });

    test('an expired token can be deleted', async () => {
      const { json } = await create({ ...full, will_expire: true, expires_in_seconds: 1 });
      server.clock.advanceSeconds(1);
      const answer = await server.call('DELETE', `${path}/${json.id}`, { bearer });
      server.clock.advanceSeconds(-1);
      assert.equal(answer.status, 200);
    });

    test('what is not the id of a record is not found', async () => {
      const texts = [
        '',
        '0',
        '-1',
        '+1',
        '1.0',
        '1e3',
        'abc',
        '1x',
        '%201',
        '1%2F2',
        '0x1',
        'null',
      ];
      for (const id of [...texts, '999999', '9'.repeat(15), '9'.repeat(30), '1'.repeat(2000)]) {
        const rotate = await server.call('POST', `${path}/${id}/rotate`, { bearer });
        expectAnswer(rotate, NOT_FOUND, id);
        expectAnswer(await server.call('DELETE', `${path}/${id}`, { bearer }), NOT_FOUND, id);
      }
    });

    test('rotate and delete ignore a body and its type', async () => {
      const bodies = [
        { body: 'not JSON', headers: { 'content-type': 'text/html' } },
        { body: '{"name":"x"}', headers: { 'content-type': ';;;' } },
        { body: Buffer.from([0xff, 0xfe]), headers: { 'content-encoding': 'gzip' } },
        { body: 'x'.repeat(100_000), headers: { 'content-type': 'application/json' } },
      ];
      for (const options of bodies) {
        const { json } = await create(full);
        const rotate = await server.call('POST', `${path}/${json.id}/rotate`, {
          bearer,
          ...options,
        });
        assert.equal(rotate.json.name, 'Deploy');
        const remove = await server.call('DELETE', `${path}/${json.id}`, { bearer, ...options });
        assert.equal(remove.status, 200);
      }
    });
  });
}

test('both spellings work on the same records', async () => {
  const first = await createAccessToken(server, 'admin');
  const listedAsKey = await server.call('GET', '/auth/api_keys', { bearer: first.token });
  const listedAsToken = await server.call('GET', '/auth/access_tokens', { bearer: first.token });
  assert.equal(listedAsKey.text, listedAsToken.text);
  const asKey = await server.call('POST', `/auth/api_key/${first.id}/rotate`, { bearer });
  assert.equal(await opens(first.token), false);
  const asToken = await server.call('POST', `/auth/access_token/${first.id}/rotate`, { bearer });
  assert.equal(await opens(asKey.json.api_key), false);
  assert.ok(await opens(asToken.json.token));
  const removed = await server.call('DELETE', `/auth/api_key/${first.id}`, { bearer });
  assert.equal(removed.status, 200);
});

test('an access token with the admin bit manages tokens, itself among them', async () => {
  const own = await createAccessToken(server, 'admin');
  const body = { name: 'made by a token', permission: 'read,write,admin' };
  const made = await server.call('POST', '/auth/api_key', { bearer: own.token, body });
  assert.equal(made.status, 200);
  const path = `/auth/access_token/${own.id}`;
  const rotated = await server.call('POST', `${path}/rotate`, { bearer: own.token });
  expectAnswer(await server.call('DELETE', path, { bearer: own.token }), UNAUTHORIZED);
  const { token } = rotated.json;
  assert.equal((await server.call('DELETE', path, { bearer: token })).status, 200);
  expectAnswer(await server.call('GET', '/auth/api_keys', { bearer: token }), UNAUTHORIZED);
});

test('fifty tokens have fifty ids and fifty values', async () => {
  // Signed in once: fifty sign-ins at once may be more than one address can have under way.
  const body = { name: 'one of fifty', permission: 'read' };
  const make = async () => (await server.call('POST', '/auth/access_token', { bearer, body })).json;
  const made: { id: number; token: string }[] = await Promise.all(Array.from({ length: 50 }, make));
  assert.equal(new Set(made.map(({ id }) => id)).size, 50);
  assert.equal(new Set(made.map(({ token }) => token)).size, 50);
});

test('no raw value is stored, logged or reported', async () => {
  const { token } = await createAccessToken(server, 'admin');
  await opens(token);
  const { text } = await server.call('GET', '/auth/access_tokens', { bearer });
  const secret = token.slice(-32);
  assert.equal(
    (text + server.logLines.join() + JSON.stringify(server.events)).includes(secret),
    false,
  );
});
