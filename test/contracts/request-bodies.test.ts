/** How bodies are read: JSON in UTF-8 of at most 64 KiB, on every call that has one. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createUser } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, userRefusal } from '../support/expect-answer.ts';
import type { CallOptions } from '../support/http-call.ts';
import { exchange } from '../support/raw-exchange.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const MAX_BYTES = 64 * 1024;

interface BodyCall {
  readonly method: string;
  readonly path: string;
  /** The first field that a body without any lacks. */
  readonly field: string;
}

const ADMIN_CALLS: BodyCall[] = [
  { method: 'POST', path: '/auth/admin', field: 'password' },
  { method: 'POST', path: '/auth/admin/reset-password', field: 'password' },
  { method: 'POST', path: '/auth/admin/login', field: 'password' },
  { method: 'PATCH', path: '/auth/enabled', field: 'enabled' },
  { method: 'POST', path: '/auth/access_token', field: 'name' },
  { method: 'POST', path: '/auth/api_key', field: 'name' },
];
const USER_CALLS = ['/api/auth/login', '/api/auth/refresh', '/api/auth/logout'];

const NOT_AN_OBJECT = ['null', 'true', '5', '"password"', '[]', '[{"password":"x"}]'];
const NOT_JSON: (string | Buffer)[] = [
  '   ',
  '{',
  '{"password":"x"',
  "{'password':'x'}",
  '{"password":"x"}}',
  '{"password":"x",}',
  '{"password":NaN}',
  '{"password":"a\nb"}',
  'password=x',
  '\ufeff{"password":"x"}',
  '['.repeat(60_000),
  Buffer.from('{"password":"\xff"}', 'latin1'),
  Buffer.from('{"password":"\xc0\xaf"}', 'latin1'),
  Buffer.from('{"password":"\xed\xa0\x80"}', 'latin1'),
  Buffer.from('{"password":"x"}', 'utf16le'),
];

const OTHER_TYPES = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/vnd.api+json',
  'application/json, text/plain',
  'application/json; charset=iso-8859-1',
  'application/json; charset=utf-16',
  'json',
  ';',
  '/',
];
const JSON_TYPES = [
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/json; profile=x',
];

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

describe('calls of the admin API', () => {
  for (const { method, path, field } of ADMIN_CALLS) {
    const send = (options: CallOptions) => server.call(method, path, { bearer, ...options });
    const name = `${method} ${path}`;

    test(`${name}: without a body or with an empty one a field is missing`, async () => {
      const missing = adminRefusal(400, `Missing required field: ${field}`);
      for (const body of [undefined, '', '{}', ' {\n} ']) {
        expectAnswer(await send({ body }), missing, JSON.stringify(body));
      }
      const headers = { 'content-type': 'application/json' };
      expectAnswer(await send({ body: '', headers }), missing);
    });

    test(`${name}: what is not a JSON object in UTF-8 is no body`, async () => {
      for (const body of [...NOT_AN_OBJECT, ...NOT_JSON]) {
        const answer = await send({ body });
        expectAnswer(answer, adminRefusal(400, 'Invalid JSON body'), String(body).slice(0, 40));
      }
    });

    test(`${name}: another type than JSON is refused, and so is a coded body`, async () => {
      const refusal = adminRefusal(415, 'Unsupported media type');
      for (const type of OTHER_TYPES) {
        const answer = await send({ body: '{}', headers: { 'content-type': type } });
        expectAnswer(answer, refusal, type);
      }
      for (const coding of ['gzip', 'br', 'deflate', 'x', 'identity, gzip']) {
        const body = gzipSync('{}');
        expectAnswer(
          await send({ body, headers: { 'content-encoding': coding } }),
          refusal,
          coding,
        );
      }
    });

    test(`${name}: 64 KiB are read, one byte more is not`, async () => {
      const padded = (bytes: number) => '{}'.padEnd(bytes, ' ');
      expectAnswer(await send({ body: padded(MAX_BYTES) }), { status: 400 });
      const large = await send({ body: padded(MAX_BYTES + 1) });
      const refusal = adminRefusal(413, 'Request body too large');
      expectAnswer(large, { ...refusal, headers: { connection: 'close' } });
    });
  }

  test('JSON may say so in any case, with a charset, or not at all', async () => {
    const body = JSON.stringify({ password: ADMIN_PASSWORD });
    for (const type of [undefined, ...JSON_TYPES]) {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const answer = await server.call('POST', '/auth/admin/login', { body, headers });
      assert.equal(answer.status, 200, type);
    }
  });
});

describe('calls of the user API', () => {
  const refusal = userRefusal(400, 'invalid request body');

  for (const path of USER_CALLS) {
    test(`POST ${path}: what is not a JSON object in UTF-8 is no body`, async () => {
      for (const body of [...NOT_AN_OBJECT, ...NOT_JSON]) {
        const answer = await server.call('POST', path, { body });
        expectAnswer(answer, refusal, String(body).slice(0, 40));
      }
    });

    test(`POST ${path}: 64 KiB are read, one byte more is not`, async () => {
      const padded = (bytes: number) => '{}'.padEnd(bytes, ' ');
      const fits = await server.call('POST', path, { body: padded(MAX_BYTES) });
      assert.equal(fits.status, path.endsWith('logout') ? 401 : 400);
      const large = await server.call('POST', path, { body: padded(MAX_BYTES + 1) });
      expectAnswer(large, userRefusal(413, 'Request body too large'));
    });

    test(`POST ${path}: a coded body is refused`, async () => {
      const headers = { 'content-encoding': 'gzip' };
      const answer = await server.call('POST', path, { body: gzipSync('{}'), headers });
      expectAnswer(answer, userRefusal(415, 'Unsupported media type'));
    });
  }

  test('the body is JSON whatever its type says, and without one', async () => {
    const user = await createUser(server);
    const body = JSON.stringify({ username: user.username, password: user.password });
    for (const type of [undefined, ...JSON_TYPES, ...OTHER_TYPES, '', '\t', '"']) {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const answer = await server.call('POST', '/api/auth/login', { body, headers });
      assert.equal(answer.status, 200, type);
    }
  });
});

test('the limit holds for bodies that do not say how long they are', async () => {
  for (const [path, form] of [
    ['/auth/admin/login', '{"status":"error","message":"Request body too large"}'],
    ['/api/auth/login', '{"error":"Request body too large"}'],
  ]) {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const answer = await exchange(server.url, `${head}${chunk.repeat(17)}0\r\n\r\n`);
    assert.equal(answer.status, 413);
    assert.equal(answer.body, form);
    assert.match(answer.text, /\r\nconnection: close\r\n/i);
  }
});

test('a body in chunks is read like any other', async () => {
  const body = JSON.stringify({ password: ADMIN_PASSWORD });
  const pieces = body.match(/.{1,5}/g) ?? [];
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
  const fields = 'Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  const head = `POST /auth/admin/login HTTP/1.1\r\n${fields}`;
  const answer = await exchange(server.url, `${head}${chunks}0\r\n\r\n`);
  assert.equal(answer.status, 200);
});
