/** The OpenAPI document: valid, complete, and strict enough that answers can be held against it. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { DocumentCheck, startCheckedServer } from '../support/checked-call.ts';
import type { CallAnswer } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const OPERATIONS: Record<string, string[]> = {
  '/auth/admin/exists': ['get'],
  '/auth/admin': ['post'],
  '/auth/admin/reset-password': ['post'],
  '/auth/admin/login': ['post'],
  '/auth/enabled': ['patch'],
  '/auth/access_token': ['post'],
  '/auth/access_tokens': ['get'],
  '/auth/access_token/{token_id}/rotate': ['post'],
  '/auth/access_token/{token_id}': ['delete'],
  '/auth/api_key': ['post'],
  '/auth/api_keys': ['get'],
  '/auth/api_key/{token_id}/rotate': ['post'],
  '/auth/api_key/{token_id}': ['delete'],
  '/api/auth/google': ['post'],
  '/api/auth/login': ['post'],
  '/api/auth/refresh': ['post'],
  '/api/auth/verify': ['get'],
  '/api/auth/logout': ['post'],
  '/health': ['get'],
  '/ready': ['get'],
  '/openapi.json': ['get'],
  '/auth/login': ['post'],
  '/auth/refresh': ['post'],
  '/auth/logout': ['post'],
  '/management/users': ['get', 'post'],
  '/management/users/{id}': ['delete', 'get', 'patch'],
  '/management/users/{id}/sessions': ['delete'],
  '/management/sessions': ['get'],
  '/management/sessions/{id}': ['delete'],
  '/management/access-tokens': ['get', 'post'],
  '/management/access-tokens/self': ['get'],
  '/management/access-tokens/{id}': ['delete', 'get', 'patch'],
  '/management/access-tokens/{id}/previous': ['delete'],
  '/management/access-tokens/{id}/rotation': ['post'],
  '/management/stats': ['get'],
  '/account/profile': ['get'],
  '/account/sessions': ['delete', 'get'],
  '/account/sessions/{id}': ['delete'],
  '/account/password': ['put'],
  '/account/audit-events': ['get'],
  '/management/users/{id}/password': ['put'],
  '/management/settings': ['get'],
  '/management/settings/auth': ['put'],
  '/management/providers/{id}/test': ['post'],
  '/management/console/start': ['get'],
  '/management/console/session': ['delete', 'get', 'post'],
  '/management/console/session/confirmation': ['post'],
  '/management/console-sessions': ['get'],
  '/management/console-sessions/{id}': ['delete'],
  '/management/users/import': ['post'],
  '/management/users/export': ['get'],
  '/management/audit-events': ['get'],
  '/management/audit-events/export': ['get'],
  '/management/audit-events/stream': ['get'],
  '/management/figures': ['get'],
};

/** Statuses by the contracts, beside those that any route can answer. */
const STATUSES: Record<string, number[]> = {
  'get /auth/admin/exists': [200],
  'post /auth/admin': [200, 403, 409],
  'post /auth/admin/reset-password': [200, 403, 404],
  'post /auth/admin/login': [200, 401, 429],
  'patch /auth/enabled': [200, 401],
  'post /auth/access_token': [200, 401, 403],
  'get /auth/access_tokens': [200, 401, 403],
  'post /auth/access_token/{token_id}/rotate': [200, 401, 403, 404],
  'delete /auth/access_token/{token_id}': [200, 401, 403, 404],
  'post /api/auth/login': [200, 401, 429],
  'post /api/auth/refresh': [200, 401],
  'get /api/auth/verify': [200, 401],
  'post /api/auth/logout': [200, 401],
  'get /management/users': [200, 401, 403],
  'post /management/users': [201, 401, 403, 409],
  'get /management/users/{id}': [200, 401, 403, 404],
  'patch /management/users/{id}': [200, 401, 403, 404, 409, 412, 428],
  'delete /management/users/{id}': [200, 401, 403, 404, 409, 412, 428],
  'delete /management/users/{id}/sessions': [200, 401, 403, 404],
  'get /management/sessions': [200, 401, 403],
  'delete /management/sessions/{id}': [200, 401, 403, 404],
  'get /management/access-tokens': [200, 401, 403],
  'post /management/access-tokens': [201, 401, 403],
  'get /management/access-tokens/self': [200, 401],
  'get /management/access-tokens/{id}': [200, 401, 403, 404],
  'patch /management/access-tokens/{id}': [200, 401, 403, 404, 412, 428],
  'delete /management/access-tokens/{id}': [200, 401, 403, 404, 412, 428],
  'delete /management/access-tokens/{id}/previous': [200, 401, 403, 404, 412, 428],
  'post /management/access-tokens/{id}/rotation': [200, 401, 403, 404, 409, 412, 428],
  'get /management/stats': [200, 401, 403],
  'get /account/profile': [200, 401, 403],
  'get /account/sessions': [200, 401, 403],
  'delete /account/sessions': [200, 401, 403],
  'delete /account/sessions/{id}': [200, 401, 403, 404],
  'put /account/password': [200, 401, 403, 429],
  'get /account/audit-events': [200, 401, 403],
  'put /management/users/{id}/password': [200, 401, 403, 404, 412, 428],
  'get /management/settings': [200, 401, 403],
  'put /management/settings/auth': [200, 401, 403, 412, 428],
  'post /management/providers/{id}/test': [200, 401, 403, 404],
  'get /management/console/start': [200],
  'get /management/console/session': [200, 401, 403],
  'post /management/console/session': [200, 401, 403, 429],
  'delete /management/console/session': [200, 401, 403],
  'post /management/console/session/confirmation': [200, 401, 403, 429],
  'get /management/console-sessions': [200, 401, 403],
  'delete /management/console-sessions/{id}': [200, 401, 403, 404],
  'post /management/users/import': [200, 401, 403],
  'get /management/users/export': [200, 401, 403],
  'get /management/audit-events': [200, 401, 403],
  'get /management/audit-events/export': [200, 401, 403],
  'get /management/audit-events/stream': [200, 401, 403],
  'get /management/figures': [200, 401, 403],
};

let server: TestServer;
// biome-ignore lint/suspicious/noExplicitAny: the document is looked into at every depth
let document: any;
before(async () => {
  server = await startCheckedServer();
  document = (await server.call('GET', '/openapi.json')).json;
});
after(() => server.close());

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
});

test('it describes every route, and none that is not there', () => {
  const described = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.keys(operations as object).sort(),
  ]);
  assert.deepEqual(Object.fromEntries(described), OPERATIONS);
});

describe('each operation', () => {
  for (const [name, specific] of Object.entries(STATUSES)) {
    const [method = '', path = ''] = name.split(' ');

    test(`${name} describes the statuses of its contract and those of every route`, () => {
      const { responses, requestBody } = document.paths[path][method];
      const general = [400, 408, 431, 500, 503, ...(requestBody ? [413, 415] : [])];
      const expected = [...specific, ...general].sort((a, b) => a - b).map(String);
      assert.deepEqual(Object.keys(responses).sort(), expected);
    });
  }

  test('says what credential it needs', () => {
    const tokens = [{ adminJwt: [] }, { accessToken: [] }];
    assert.deepEqual(document.paths['/auth/access_tokens'].get.security, tokens);
    assert.deepEqual(document.paths['/auth/enabled'].patch.security, [{ adminJwt: [] }]);
    assert.deepEqual(document.paths['/api/auth/verify'].get.security, [{ userJwt: [] }]);
    assert.equal(document.paths['/auth/admin/login'].post.security, undefined);
    assert.equal(document.paths['/api/auth/login'].post.security, undefined);
  });

  test('says what body it needs', () => {
    const bodyOf = (path: string) => document.paths[path].post.requestBody;
    const schemaOf = (path: string) => bodyOf(path).content['application/json'].schema;
    assert.deepEqual(schemaOf('/auth/admin/login').required, ['password']);
    assert.deepEqual(schemaOf('/api/auth/login').required, ['username', 'password']);
    assert.deepEqual(schemaOf('/api/auth/login').properties.username, {
      type: 'string',
      minLength: 3,
      maxLength: 50,
    });
    assert.equal(bodyOf('/api/auth/login').required, true);
    assert.equal(bodyOf('/api/auth/logout').required, false);
    assert.equal(bodyOf('/auth/access_token/{token_id}/rotate'), undefined);
  });

  test('shares the refusals of its contract', () => {
    const text = JSON.stringify(document.paths);
    assert.equal(text.includes('"error"'), false, 'no error schema stands in a path');
    const refusal = { $ref: '#/components/responses/AdminApi403' };
    assert.deepEqual(document.paths['/auth/admin'].post.responses[403], refusal);
    assert.ok(document.components.responses.UserApi405.headers.Allow.required);
    assert.ok(document.components.responses.AdminApi429.headers['Retry-After'].required);
  });
});

describe('the check of live answers', () => {
  const good = { status: 'ok' };
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/json; charset=utf-8',
  };
  const answer = (status: number, body: unknown, more: object = {}): CallAnswer => {
    const text = JSON.stringify(body);
    const length = { 'content-length': String(Buffer.byteLength(text)) };
    return { status, text, json: body, headers: { ...headers, ...length, ...more } };
  };
  const check = (made: CallAnswer, path = '/health', method = 'GET') =>
    new DocumentCheck(document).answer(method, path, made);

  test('lets a described answer pass', () => {
    check(answer(200, good));
    check(answer(404, { error: 'x' }), '/nothing');
    check(answer(404, { status: 'error', message: 'x' }), '/auth/admin/nothing');
    check(answer(503, { error: 'x' }, { 'retry-after': '1' }));
  });

  const bad: [what: string, made: () => CallAnswer, path?: string][] = [
    ['a status that is not described', () => answer(201, good)],
    ['a field more', () => answer(200, { ...good, more: 1 })],
    ['a field less', () => answer(200, {})],
    ['another value', () => answer(200, { status: 'OK' })],
    ['another type', () => answer(200, [good])],
    ['the error of the other contract', () => answer(404, { error: 'x' }), '/auth/admin/x'],
    ['a missing Retry-After', () => answer(503, { error: 'x' })],
    ['a negative Retry-After', () => answer(503, { error: 'x' }, { 'retry-after': '-1' })],
    ['a missing Allow', () => answer(405, { error: 'x' }), '/api/auth/login'],
    ['no charset', () => answer(200, good, { 'content-type': 'application/json' })],
    ['a wrong length', () => answer(200, good, { 'content-length': '1' })],
    ['a cache that may keep it', () => answer(200, good, { 'cache-control': 'private' })],
    ['no nosniff', () => answer(200, good, { 'x-content-type-options': undefined })],
  ];
  for (const [what, made, path] of bad) {
    test(`stops ${what}`, () => {
      assert.throws(() => check(made(), path), assert.AssertionError);
    });
  }

  test('stops a time that is not whole seconds in UTC', () => {
    const record = {
      id: 1,
      name: 'n',
      description: '',
      created_at: '2026-04-02T08:30:00Z',
      expired_at: null,
      will_expire: false,
      permission: 'read',
    };
    check(answer(200, [record]), '/auth/access_tokens');
    for (const created_at of ['2026-04-02T08:30:00.000Z', '2026-04-02T10:30:00+02:00', 'x']) {
      const made = answer(200, [{ ...record, created_at }]);
      assert.throws(() => check(made, '/auth/access_tokens'), assert.AssertionError);
    }
  });
});
