/** Contract 2: CORS_ALLOWED_ORIGINS. No origin by default, never credentials with a wildcard. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSession } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import type { CallAnswer } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const LISTED = 'https://app.example.com';
const PREFLIGHT = { 'access-control-request-method': 'POST' };

async function withOrigins(
  origins: string | null,
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const settings: Record<string, string> = {};
  if (origins !== null) settings.CORS_ALLOWED_ORIGINS = origins;
  const server = await startCheckedServer({ settings });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

function corsHeaders({ headers }: CallAnswer): Record<string, unknown> {
  const names = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
  return Object.fromEntries(names.sort().map((name) => [name, headers[name]]));
}

test('by default no page of another origin may call anything', () =>
  withOrigins(null, async (server) => {
    for (const path of ['/api/auth/login', '/api/auth/verify', '/auth/admin/login', '/health']) {
      const headers = { origin: LISTED, ...PREFLIGHT };
      const preflight = await server.call('OPTIONS', path, { headers });
      assert.equal(preflight.status, 405);
      const get = await server.call('GET', path, { headers: { origin: LISTED } });
      for (const answer of [preflight, get]) assert.deepEqual(corsHeaders(answer), {});
    }
  }));

test('a listed origin may call the JSON calls of users, with credentials', () =>
  withOrigins(`https://other.example.com, ${LISTED}`, async (server) => {
    const headers = { origin: LISTED };
    const shown = {
      'access-control-allow-credentials': 'true',
      'access-control-allow-origin': LISTED,
      'access-control-expose-headers': 'retry-after, www-authenticate',
    };
    const preflight = await server.call('OPTIONS', '/api/auth/login', {
      headers: { ...headers, ...PREFLIGHT, 'access-control-request-headers': 'x-anything' },
    });
    assert.equal(preflight.status, 204);
    assert.deepEqual(corsHeaders(preflight), {
      ...shown,
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '600',
    });
    const { token } = await openSession(server);
    for (const [method, path, status] of [
      ['GET', '/api/auth/verify', 200],
      ['GET', '/api/auth/login', 405],
      ['POST', '/api/auth/login', 400],
      ['POST', '/api/auth/logout', 200],
      ['GET', '/api/nothing', 404],
    ] as const) {
      const answer = await server.call(method, path, { bearer: token, headers });
      assert.equal(answer.status, status, path);
      assert.deepEqual(corsHeaders(answer), shown, path);
      assert.equal(answer.headers.vary, 'Origin', path);
    }
  }));

test('an origin that is not listed, or nearly listed, may call nothing', () =>
  withOrigins(LISTED, async (server) => {
    const strangers = [
      'https://evil.example',
      'http://app.example.com',
      'https://app.example.com:444',
      'https://app.example.com.evil.example',
      'https://evil-app.example.com',
      'https://APP.example.com',
      'https://app.example.com/',
      'null',
      '',
      '*',
    ];
    for (const origin of strangers) {
      const headers = { origin, ...PREFLIGHT };
      const preflight = await server.call('OPTIONS', '/api/auth/login', { headers });
      assert.equal(preflight.status, 405, origin);
      const verify = await server.call('GET', '/api/auth/verify', { headers });
      for (const answer of [preflight, verify]) {
        assert.deepEqual(corsHeaders(answer), {}, origin);
        assert.equal(answer.headers.vary, 'Origin');
      }
    }
    assert.deepEqual(corsHeaders(await server.call('GET', '/api/auth/verify')), {});
  }));

test('a listed origin may call nothing outside /api/', () =>
  withOrigins(LISTED, async (server) => {
    const bearer = await server.signInAdmin();
    const headers = { origin: LISTED, ...PREFLIGHT };
    for (const path of [
      '/auth/admin/login',
      '/auth/access_token',
      '/auth/enabled',
      '/health',
      '/x',
    ]) {
      const preflight = await server.call('OPTIONS', path, { headers });
      assert.equal(preflight.status, path === '/x' ? 404 : 405, path);
      assert.deepEqual(corsHeaders(preflight), {}, path);
    }
    for (const path of ['/auth/admin/exists', '/auth/access_tokens', '/health', '/openapi.json']) {
      assert.deepEqual(corsHeaders(await server.call('GET', path, { headers, bearer })), {}, path);
    }
  }));

test('an OPTIONS request that is no preflight is a method that is not allowed', () =>
  withOrigins(LISTED, async (server) => {
    for (const headers of [{}, { origin: LISTED }, PREFLIGHT]) {
      const answer = await server.call('OPTIONS', '/api/auth/login', { headers });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'POST');
    }
  }));

test('with a wildcard every origin may call, and none with credentials', () =>
  withOrigins('*', async (server) => {
    for (const origin of [LISTED, 'https://evil.example', 'null']) {
      const headers = { origin, ...PREFLIGHT };
      const preflight = await server.call('OPTIONS', '/api/auth/login', { headers });
      assert.equal(preflight.status, 204);
      const verify = await server.call('GET', '/api/auth/verify', { headers });
      for (const answer of [preflight, verify]) {
        const shown = corsHeaders(answer);
        assert.equal(shown['access-control-allow-origin'], '*');
        assert.equal('access-control-allow-credentials' in shown, false);
      }
    }
  }));
