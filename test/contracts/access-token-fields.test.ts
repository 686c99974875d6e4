/** Contract 1: every field of a new access token, with its bounds and its refusals. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, UNAUTHORIZED } from '../support/expect-answer.ts';
import type { CallAnswer } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const PATHS = ['/auth/access_token', '/auth/api_key'];
const LONGEST_LIFE = 3_153_600_000;
const good = { name: 'n', permission: 'read' };

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

/** The answers to one body in both spellings. */
async function create(body: object | string): Promise<CallAnswer[]> {
  return Promise.all(PATHS.map((path) => server.call('POST', path, { bearer, body })));
}

async function expectRefused(body: object | string, message: string): Promise<void> {
  for (const answer of await create(body)) {
    expectAnswer(answer, adminRefusal(400, message), JSON.stringify(body).slice(0, 100));
  }
}

test('a missing field is named, the first of them in the order of the contract', async () => {
  for (const blank of [undefined, null, '', ' ', '\t\n']) {
    await expectRefused({ ...good, name: blank }, 'Missing required field: name');
    await expectRefused({ ...good, permission: blank }, 'Missing required field: permission');
  }
  await expectRefused({}, 'Missing required field: name');
  await expectRefused({ will_expire: 5 }, 'Missing required field: name');
});

test('a field of the wrong type is named', async () => {
  const wrong: Record<string, unknown[]> = {
    name: [5, true, [], ['n'], {}],
    permission: [4, false, [], ['read'], { read: true }],
    description: [5, true, [], {}],
    will_expire: ['true', 1, 0, [], {}, ''],
    expires_in_seconds: ['60', '', true, [60], {}],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const body = { ...good, will_expire: true, expires_in_seconds: 60, [field]: value };
      await expectRefused(body, `Invalid field: ${field}`);
    }
  }
});

const PERMISSIONS: [given: string, answered: string][] = [
  ['read', 'read'],
  ['write', 'write'],
  ['admin', 'admin'],
  ['admin,write,read', 'read,write,admin'],
  ['write,read', 'read,write'],
  ['admin,read', 'read,admin'],
  [' admin , write ', 'write,admin'],
  ['read,read,  read', 'read'],
  ['\tread\n,\nadmin', 'read,admin'],
];

test('permissions come in any order with spaces and repeats and are answered in one', async () => {
  for (const [permission, answered] of PERMISSIONS) {
    for (const { status, json } of await create({ ...good, permission })) {
      assert.equal(status, 200, permission);
      assert.equal(json.permission, answered);
    }
  }
});

test('a list with anything but the three permissions is invalid', async () => {
  const lists = [
    'none',
    'Read',
    'READ',
    'read;write',
    'read write',
    'read,',
    ',read',
    'read,,admin',
  ];
  for (const permission of [...lists, ',', 'read,root', '1', '7', 'readwrite', '__proto__']) {
    await expectRefused({ ...good, permission }, 'Invalid field: permission');
  }
});

test('each permission stands for itself: only the admin bit manages tokens', async () => {
  for (const [permission, answered] of PERMISSIONS) {
    const [answer] = await create({ ...good, permission });
    const list = await server.call('GET', '/auth/api_keys', { bearer: answer?.json.token });
    if (answered.includes('admin')) assert.equal(list.status, 200, permission);
    else expectAnswer(list, adminRefusal(403, 'Admin permission required'), permission);
  }
});

test('a lifetime is a whole number of seconds from one to a hundred years', async () => {
  for (const seconds of [1, 60, 60.0, LONGEST_LIFE - 1, LONGEST_LIFE]) {
    const nowMs = server.clock.nowMs();
    for (const { status, json } of await create({
      ...good,
      will_expire: true,
      expires_in_seconds: seconds,
    })) {
      assert.equal(status, 200);
      assert.equal(json.will_expire, true);
      assert.equal(Date.parse(json.expired_at), nowMs + seconds * 1000);
    }
  }
  for (const seconds of [
    '0',
    '-1',
    '1.5',
    '0.5',
    String(LONGEST_LIFE + 1),
    '1e300',
    '1e999',
    '-0',
  ]) {
    const expiry = `"will_expire":true,"expires_in_seconds":${seconds}`;
    const body = `{"name":"n","permission":"read",${expiry}}`;
    await expectRefused(body, 'Invalid field: expires_in_seconds');
  }
});

test('a token that is meant to expire says when, and one that says when is meant to', async () => {
  const field = 'expires_in_seconds';
  await expectRefused({ ...good, will_expire: true }, `Missing required field: ${field}`);
  await expectRefused(
    { ...good, will_expire: true, [field]: null },
    `Missing required field: ${field}`,
  );
  for (const will_expire of [undefined, null, false]) {
    await expectRefused({ ...good, will_expire, [field]: 60 }, `Invalid field: ${field}`);
  }
  for (const will_expire of [undefined, null, false]) {
    for (const { json } of await create({ ...good, will_expire, [field]: null })) {
      assert.equal(json.expired_at, null);
      assert.equal(json.will_expire, false);
    }
  }
});

test('times are whole seconds in UTC, and what is shown is what holds', async () => {
  const aside = await startCheckedServer();
  try {
    const admin = await aside.signInAdmin();
    aside.clock.advanceMs(999);
    const body = { name: 'n', permission: 'admin', will_expire: true, expires_in_seconds: 10 };
    const { json } = await aside.call('POST', '/auth/access_token', { bearer: admin, body });
    assert.equal(json.created_at, '2026-04-02T08:30:00Z');
    assert.equal(json.expired_at, '2026-04-02T08:30:10Z');
    const list = () => aside.call('GET', '/auth/access_tokens', { bearer: json.token });
    aside.clock.advanceMs(10_000 - 999 - 1);
    assert.equal((await list()).status, 200);
    aside.clock.advanceMs(1);
    expectAnswer(await list(), UNAUTHORIZED);
  } finally {
    await aside.close();
  }
});

test('names and descriptions are kept as given, up to their longest', async () => {
  const texts = [' x ', 'Ünïcödé 😀', '"quoted" \\ </script>', 'a\nb', "'; drop table users; --"];
  for (const text of [...texts, '😀'.repeat(255)]) {
    for (const { json } of await create({ ...good, name: text, description: text })) {
      assert.equal(json.name, text);
      assert.equal(json.description, text);
    }
  }
  for (const { json } of await create({ ...good, description: null })) {
    assert.equal(json.description, '');
  }
  await expectRefused({ ...good, name: 'x'.repeat(256) }, 'Invalid field: name');
  await expectRefused({ ...good, description: 'x'.repeat(4097) }, 'Invalid field: description');
});

test('texts that the databases would store differently are refused', async () => {
  for (const text of ['a\0b', 'a\ud800', '\udc00a']) {
    await expectRefused({ ...good, name: text }, 'Invalid field: name');
    await expectRefused({ ...good, description: text }, 'Invalid field: description');
  }
});

test('fields that the contract does not know are ignored, also those of the answer', async () => {
  const unknown = { id: 4711, token: 'x', api_key: 'x', created_at: 0, expired_at: 'x', role: 'x' };
  const tricky =
    '{"name":"n","permission":"read","__proto__":{"permission":"admin"},"constructor":{}}';
  for (const body of [{ ...unknown, ...good }, tricky]) {
    for (const { status, json } of await create(body)) {
      assert.equal(status, 200);
      assert.equal(json.permission, 'read');
      assert.notEqual(json.id, 4711);
      assert.equal(json.created_at, '2026-04-02T08:30:00Z');
    }
  }
});
