/**
 * Contract 1: "404, 405 · locality or auth-off 403 · 401 · 403 · 413, 415 · 400 · 429 · the work".
 * Each request breaks two rules; the earlier one answers.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAccessToken, createUser } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import {
  adminRefusal,
  type ExpectedAnswer,
  expectAnswer,
  UNAUTHORIZED,
  userRefusal,
} from '../support/expect-answer.ts';
import type { CallOptions } from '../support/http-call.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const NOT_LOCAL = { 'x-real-ip': '198.51.100.7' };
const TEXT = { 'content-type': 'text/plain' };
const JSON_TYPE = { 'content-type': 'application/json' };
const LARGE = 'x'.repeat(64 * 1024 + 1);

const NO_METHOD = adminRefusal(405, 'Method not allowed');
const NO_PATH = adminRefusal(404, 'Not found');
const LOCAL_ONLY = adminRefusal(403, 'This endpoint can only be called from localhost');
const NO_PERMISSION = adminRefusal(403, 'Admin permission required');
const TOO_LARGE = adminRefusal(413, 'Request body too large');
const NO_TYPE = adminRefusal(415, 'Unsupported media type');
const NO_JSON = adminRefusal(400, 'Invalid JSON body');

type Row = [what: string, call: string, options: CallOptions, expected: ExpectedAnswer];

function runRows(rows: Row[], serverOf: () => TestServer): void {
  for (const [what, call, options, expected] of rows) {
    const [method = '', path = ''] = call.split(' ');
    test(`${call}: ${what}`, async () => {
      expectAnswer(await serverOf().call(method, path, options), expected);
    });
  }
}

let server: TestServer;
let off: TestServer;
let limited: TestServer;
let reader: string;
let manager: string;

before(async () => {
  server = await startCheckedServer();
  off = await startCheckedServer({ settings: { AUTH_ENABLED: 'false' } });
  limited = await startCheckedServer({ settings: { LOGIN_FAILURES_PER_MINUTE: '1' } });
  manager = await server.signInAdmin();
  reader = (await createAccessToken(server, 'read,write')).token;
  await limited.signInAdmin();
  const wrong = { password: 'wrong password' };
  await limited.call('POST', '/auth/admin/login', { body: wrong });
});
after(() => Promise.all([server.close(), off.close(), limited.close()]));

describe('calls for localhost', () => {
  for (const path of ['/auth/admin', '/auth/admin/reset-password']) {
    const post = `POST ${path}`;
    runRows(
      [
        ['path before locality', `${post}/x`, { headers: NOT_LOCAL }, NO_PATH],
        ['method before locality', `GET ${path}`, { headers: NOT_LOCAL }, NO_METHOD],
        ['locality before size', post, { headers: NOT_LOCAL, body: LARGE }, LOCAL_ONLY],
        ['locality before type', post, { headers: { ...NOT_LOCAL, ...TEXT } }, LOCAL_ONLY],
        ['locality before fields', post, { headers: NOT_LOCAL, body: '{}' }, LOCAL_ONLY],
        ['size before JSON', post, { headers: JSON_TYPE, body: LARGE }, TOO_LARGE],
        ['type before JSON', post, { headers: TEXT, body: '{' }, NO_TYPE],
        ['JSON before fields', post, { headers: JSON_TYPE, body: '{"password":' }, NO_JSON],
      ],
      () => server,
    );
  }

  test('the policy before whether there is an admin already', async () => {
    const answer = await server.call('POST', '/auth/admin', { body: { password: 'short' } });
    expectAnswer(answer, adminRefusal(400, 'Password must be at least 12 characters long'));
  });
});

describe('the auth switch', () => {
  const patch = 'PATCH /auth/enabled';
  runRows(
    [
      ['path before credentials', 'PATCH /auth/enabled/x', {}, NO_PATH],
      ['method before credentials', 'POST /auth/enabled', {}, NO_METHOD],
      ['credentials before size', patch, { headers: JSON_TYPE, body: LARGE }, UNAUTHORIZED],
      ['credentials before type', patch, { headers: TEXT, body: '{}' }, UNAUTHORIZED],
      ['credentials before JSON', patch, { headers: JSON_TYPE, body: '{' }, UNAUTHORIZED],
    ],
    () => server,
  );

  test('type before fields', async () => {
    const options = { bearer: manager, headers: TEXT, body: '{"enabled":5}' };
    expectAnswer(await server.call('PATCH', '/auth/enabled', options), NO_TYPE);
  });
});

for (const [path, name] of [
  ['/auth/access_token', 'Access token API'],
  ['/auth/api_key', 'API key management API'],
] as const) {
  describe(`token calls under ${path}`, () => {
    const isOff = adminRefusal(403, `${name} requires auth_enabled=true`);
    const calls = [`POST ${path}`, `GET ${path}s`, `POST ${path}/7/rotate`, `DELETE ${path}/7`];

    runRows(
      [
        ['path before auth-off', `GET ${path}s/x`, {}, NO_PATH],
        ['method before auth-off', `PUT ${path}`, {}, NO_METHOD],
        ...calls.map((call): Row => ['auth-off before credentials', call, {}, isOff]),
        ['auth-off before type', `POST ${path}`, { headers: TEXT, body: '{}' }, isOff],
        ['auth-off before size', `POST ${path}`, { headers: JSON_TYPE, body: LARGE }, isOff],
      ],
      () => off,
    );

    test('auth-off before a good credential', async () => {
      const bearer = await off.signInAdmin();
      for (const call of calls) {
        const [method = '', target = ''] = call.split(' ');
        expectAnswer(await off.call(method, target, { bearer }), isOff);
      }
    });

    runRows(
      [
        ['path before credentials', `GET ${path}s/x`, {}, NO_PATH],
        ['method before credentials', `GET ${path}/7`, {}, NO_METHOD],
        [
          'credentials before size',
          `POST ${path}`,
          { headers: JSON_TYPE, body: LARGE },
          UNAUTHORIZED,
        ],
        ['credentials before type', `POST ${path}`, { headers: TEXT, body: '{' }, UNAUTHORIZED],
        ['credentials before fields', `POST ${path}`, { body: {} }, UNAUTHORIZED],
        ['credentials before the record', `POST ${path}/999/rotate`, {}, UNAUTHORIZED],
        ['credentials before the id', `DELETE ${path}/x`, {}, UNAUTHORIZED],
      ],
      () => server,
    );

    test('permission before size, type, fields, record and id', async () => {
      const rows: [call: string, options: CallOptions][] = [
        [`POST ${path}`, { headers: JSON_TYPE, body: LARGE }],
        [`POST ${path}`, { headers: TEXT, body: '{}' }],
        [`POST ${path}`, { body: {} }],
        [`POST ${path}/999/rotate`, {}],
        [`DELETE ${path}/x`, {}],
      ];
      for (const [call, options] of rows) {
        const [method = '', target = ''] = call.split(' ');
        const answer = await server.call(method, target, { bearer: reader, ...options });
        expectAnswer(answer, NO_PERMISSION, call);
      }
    });

    test('size and type before JSON and fields', async () => {
      const bearer = manager;
      const large = await server.call('POST', path, { bearer, headers: JSON_TYPE, body: LARGE });
      expectAnswer(large, TOO_LARGE);
      expectAnswer(await server.call('POST', path, { bearer, headers: TEXT, body: '{' }), NO_TYPE);
    });
  });
}

describe('sign-in while limited', () => {
  const login = 'POST /auth/admin/login';
  const limit = adminRefusal(429, 'Too many requests. Please try again later.');
  const right = { password: ADMIN_PASSWORD };
  runRows(
    [
      ['method before the limit', 'GET /auth/admin/login', {}, NO_METHOD],
      ['size before the limit', login, { headers: JSON_TYPE, body: LARGE }, TOO_LARGE],
      ['type before the limit', login, { headers: TEXT, body: '{}' }, NO_TYPE],
      ['JSON before the limit', login, { headers: JSON_TYPE, body: '{' }, NO_JSON],
      ['fields before the limit', login, { body: { password: ' ' } }, { status: 400 }],
      ['the limit before the right password', login, { body: right }, limit],
    ],
    () => limited,
  );

  test('the same for users', async () => {
    const { username, password } = await createUser(limited);
    const post = (body: object | string) => limited.call('POST', '/api/auth/login', { body });
    expectAnswer(
      await limited.call('GET', '/api/auth/login'),
      userRefusal(405, 'Method not allowed'),
    );
    expectAnswer(await post(LARGE), userRefusal(413, 'Request body too large'));
    expectAnswer(await post('{'), userRefusal(400, 'invalid request body'));
    expectAnswer(await post({ username }), userRefusal(400, 'invalid request body'));
    const hashed = limited.engine.jobs.length;
    expectAnswer(
      await post({ username, password }),
      userRefusal(429, 'Too many requests. Please try again later.'),
    );
    assert.equal(limited.engine.jobs.length, hashed, 'nothing is hashed while limited');
  });
});
