/** Which path and method is which call: 404, 405 with Allow, and no way around a guard. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAccessToken } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import {
  adminRefusal,
  DEAD_TOKEN,
  expectAnswer,
  problemRefusal,
  UNAUTHORIZED,
  userRefusal,
} from '../support/expect-answer.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const ALLOWED: Record<string, string> = {
  '/auth/admin/exists': 'GET, HEAD',
  '/auth/admin': 'POST',
  '/auth/admin/reset-password': 'POST',
  '/auth/admin/login': 'POST',
  '/auth/enabled': 'PATCH',
  '/auth/access_token': 'POST',
  '/auth/access_tokens': 'GET, HEAD',
  '/auth/access_token/7': 'DELETE',
  '/auth/access_token/7/rotate': 'POST',
  '/auth/access_token/': 'DELETE',
  '/auth/access_token//rotate': 'POST',
  '/auth/api_key': 'POST',
  '/auth/api_keys': 'GET, HEAD',
  '/auth/api_key/7': 'DELETE',
  '/auth/api_key/7/rotate': 'POST',
  '/': 'GET, HEAD',
  '/auth/login': 'GET, HEAD, POST',
  '/auth/refresh': 'POST',
  '/auth/logout': 'POST',
  '/account/password': 'GET, HEAD, POST, PUT',
  '/account/sessions/end': 'DELETE, POST',
  '/account/sessions/end-others': 'DELETE, POST',
  '/account/sessions': 'DELETE, GET, HEAD',
  '/account/sessions/x': 'DELETE',
  '/account/profile': 'GET, HEAD',
  '/account/audit-events': 'GET, HEAD',
  '/api/auth/login': 'POST',
  '/api/auth/refresh': 'POST',
  '/api/auth/verify': 'GET, HEAD',
  '/api/auth/logout': 'POST',
  '/management/users': 'GET, HEAD, POST',
  '/management/users/7': 'DELETE, GET, HEAD, PATCH',
  '/management/users/7/sessions': 'DELETE',
  '/management/users/7/password': 'PUT',
  '/management/settings': 'GET, HEAD',
  '/management/settings/auth': 'PUT',
  '/management/providers/x/test': 'POST',
  '/management/console/start': 'GET, HEAD',
  '/management/console/session': 'DELETE, GET, HEAD, POST',
  '/management/console/session/confirmation': 'POST',
  '/management/console-sessions': 'GET, HEAD',
  '/management/console-sessions/x': 'DELETE',
  '/management/sessions': 'GET, HEAD',
  '/management/sessions/x': 'DELETE',
  '/management/access-tokens': 'GET, HEAD, POST',
  '/management/access-tokens/7': 'DELETE, GET, HEAD, PATCH',
  '/management/access-tokens/7/rotation': 'POST',
  '/management/access-tokens/7/previous': 'DELETE',
  '/management/stats': 'GET, HEAD',
  '/management/audit-events': 'GET, HEAD',
  '/management/audit-events/export': 'GET',
  '/management/audit-events/stream': 'GET',
  '/management/figures': 'GET, HEAD',
  '/health': 'GET, HEAD',
  '/ready': 'GET, HEAD',
  '/openapi.json': 'GET, HEAD',
};
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
const RARE_METHODS = ['PROPFIND', 'SEARCH', 'QUERY', 'PURGE', 'LINK', 'M-SEARCH', 'REPORT'];

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

/** A refusal in the form of the contract that owns the path. */
function refusalAt(path: string, status: number, message: string) {
  const isAdminApi = /^\/auth\/(admin|access_token|api_key|enabled)/.test(path);
  const refuse = isAdminApi ? adminRefusal : userRefusal;
  return refuse(status, message);
}

for (const [path, allow] of Object.entries(ALLOWED)) {
  test(`${path} allows ${allow} and nothing else`, async () => {
    for (const method of [...METHODS, ...RARE_METHODS]) {
      if (allow.split(', ').includes(method)) continue;
      const refusal = /^\/(management|account)/.test(path)
        ? problemRefusal(405, 'method_not_allowed')
        : refusalAt(path, 405, 'Method not allowed');
      const text = method === 'HEAD' ? '' : (refusal.text ?? '');
      const answer = await server.call(method, path, { bearer });
      const without = ['access-control-allow-origin', 'access-control-allow-methods'];
      expectAnswer(answer, { status: 405, text, headers: { allow }, without }, method);
    }
  });
}

const UNKNOWN_PATHS = [
  '/auth',
  '/auth/',
  '/auth/adminx',
  '/auth/admin/',
  '/auth/admin/nothing',
  '/auth/admin/login/',
  '/auth/admin/login/x',
  '/auth/admin//login',
  '//auth/admin/login',
  '/AUTH/ADMIN/LOGIN',
  '/auth/Admin/login',
  '/auth/admin;x/login',
  '/auth/admin/login;x=y',
  '/auth/./admin/login',
  '/auth/x/../admin/login',
  '/auth/%2e%2e/auth/admin/login',
  '/auth\\admin\\login',
  '/auth%2Fadmin%2Flogin',
  '/auth/admin%2Flogin',
  '/auth/admin/login%00',
  '/auth/admin/login%20',
  '/auth/admin/login%zz',
  '/auth/%2561dmin/login',
  '/auth/enabledx',
  '/auth/enabled/',
  '/auth/access_token/7/',
  '/auth/access_token/7/rotate/x',
  '/auth/access_tokens/7',
  '/auth/access_token/%zz',
  '/auth/api_keyss',
  '/api',
  '/api/',
  '/api/auth',
  '/api/auth/verify/',
  '/api//auth/verify',
  '/API/auth/verify',
  '/api/auth/nothing',
  '/health/',
  '/healthz',
  '/favicon.ico',
  '/.env',
  '/..%2f..%2fserver_params.btr',
];

describe('paths that are nobody’s', () => {
  for (const path of UNKNOWN_PATHS) {
    test(`${path} is not found, with any method, body and credential`, async () => {
      const isAdminApi = /^\/auth\/(admin|access_token|api_key|enabled\/)/.test(path);
      const refusal = isAdminApi ? adminRefusal(404, 'Not found') : userRefusal(404, 'Not found');
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']) {
        const headers = { 'content-type': 'x' };
        const body = JSON.stringify({ password: ADMIN_PASSWORD });
        const answer = await server.call(method, path, { bearer, body, headers });
        expectAnswer(answer, { ...refusal, without: ['allow', 'set-cookie'] }, method);
      }
    });
  }
});

describe('paths under /management that are nobody’s', () => {
  const paths = ['', '/', '/users/7/', '/users/7/sessions/x', '/nothing', '/stats/x'];
  for (const path of paths) {
    test(`/management${path} is not found, in the words of that API`, async () => {
      for (const method of ['GET', 'POST', 'OPTIONS', 'QUERY']) {
        const answer = await server.call(method, `/management${path}`, { bearer });
        expectAnswer(answer, problemRefusal(404, 'not_found'), method);
      }
    });
  }

  test('/managementx belongs to nobody, and is answered like anything', async () => {
    expectAnswer(await server.call('GET', '/managementx'), userRefusal(404, 'Not found'));
  });
});

describe('another spelling of a path has the same guard and the same errors', () => {
  const foreign = { 'x-forwarded-for': '198.51.100.7' };
  const notLocal = adminRefusal(403, 'This endpoint can only be called from localhost');

  test('percent-encoded', async () => {
    const create = await server.call('POST', '/auth/%61dmin', { headers: foreign, body: {} });
    expectAnswer(create, notLocal);
    expectAnswer(await server.call('GET', '/auth/access%5Ftokens'), UNAUTHORIZED);
    expectAnswer(await server.call('PATCH', '/%61uth/enable%64', { body: {} }), UNAUTHORIZED);
    expectAnswer(await server.call('GET', '/api/auth/%76erify', { bearer }), DEAD_TOKEN);
    expectAnswer(
      await server.call('POST', '/auth/%61dmin/login', { body: {} }),
      adminRefusal(400, 'Missing required field: password'),
    );
    const { id } = await createAccessToken(server, 'read');
    const encoded = [...String(id)].map((digit) => `%3${digit}`).join('');
    expectAnswer(await server.call('DELETE', `/auth/api_key/${encoded}`), UNAUTHORIZED);
    const deleted = await server.call('DELETE', `/auth/api_key/${encoded}`, { bearer });
    assert.equal(deleted.status, 200);
  });

  test('percent-encoded while auth is off', async () => {
    const off = await startCheckedServer({ settings: { AUTH_ENABLED: 'false' } });
    const answer = await off.call('GET', '/auth/api%5Fkeys');
    await off.close();
    expectAnswer(answer, adminRefusal(403, 'API key management API requires auth_enabled=true'));
  });

  test('with a query or a fragment', async () => {
    for (const tail of ['?', '?x=/auth/admin/exists', '#x', '?access_token=x&token=y']) {
      expectAnswer(await server.call('GET', `/auth/access_tokens${tail}`), UNAUTHORIZED, tail);
      const wrongMethod = await server.call('GET', `/auth/admin/login${tail}`);
      expectAnswer(wrongMethod, adminRefusal(405, 'Method not allowed'), tail);
    }
  });

  test('as an absolute URI, which is never local', async () => {
    const origins = [server.url, 'http://localhost', 'http://evil.example'];
    for (const origin of origins) {
      const body = { password: 'short' };
      expectAnswer(await server.call('POST', `${origin}/auth/admin`, { body }), notLocal, origin);
      expectAnswer(await server.call('GET', `${origin}/auth/api_keys`), UNAUTHORIZED, origin);
      expectAnswer(
        await server.call('GET', `${origin}/auth/admin/login`),
        { ...adminRefusal(405, 'Method not allowed'), headers: { allow: 'POST' } },
        origin,
      );
    }
  });
});

describe('HEAD', () => {
  for (const path of ['/health', '/auth/admin/exists', '/auth/access_tokens', '/api/auth/verify']) {
    test(`${path} has the status of GET and no body`, async () => {
      for (const token of [undefined, bearer]) {
        const get = await server.call('GET', path, { bearer: token });
        const head = await server.call('HEAD', path, { bearer: token });
        expectAnswer(head, { status: get.status, text: '' });
        assert.equal(head.headers['www-authenticate'], get.headers['www-authenticate']);
      }
    });
  }
});

test('health says that it is alive and nothing else', async () => {
  expectAnswer(await server.call('GET', '/health'), { status: 200, text: '{"status":"ok"}' });
  expectAnswer(await server.call('GET', '/ready'), { status: 200, text: '{"status":"ok"}' });
});

test('without its database the server lives, is not ready and tells nothing', async () => {
  const broken = await startCheckedServer();
  await broken.sallyport.database.close();
  expectAnswer(await broken.call('GET', '/health'), { status: 200, text: '{"status":"ok"}' });
  expectAnswer(await broken.call('GET', '/ready'), {
    ...userRefusal(503, 'Server is busy. Please try again.'),
    headers: { 'retry-after': '1' },
  });
  expectAnswer(
    await broken.call('GET', '/auth/admin/exists'),
    adminRefusal(500, 'Internal server error'),
  );
  const login = { username: 'somebody', password: 'password' };
  expectAnswer(
    await broken.call('POST', '/api/auth/login', { body: login }),
    userRefusal(500, 'Internal server error'),
  );
  assert.ok(broken.logLines.some((line) => line.includes('server.unexpected_error')));
  await broken.close();
});
