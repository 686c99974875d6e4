import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { call } from '../support/http-call.ts';
import { runsAsOtherUser, startNginx } from '../support/nginx.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { startTestServer } from '../support/test-server.ts';

const server = await startTestServer();
after(() => server.close());

/** What a call for localhost is answered through a proxy: 403, or 400 for its empty password. */
async function statusThrough(proxy: string): Promise<number> {
  const body = { password: '' };
  return (await call(proxy, 'POST', '/auth/admin', { body })).status;
}

test('nginx with its default proxy_pass does not make its clients local', async (t) => {
  const proxy = await startNginx(t, `proxy_pass ${server.url};`);
  assert.equal(await statusThrough(proxy), 403);
});

/** The hardest case: no header tells it from a call that was made here. */
test('nginx that speaks HTTP/1.1 does not, unless it runs as our own user', async (t) => {
  const directives = `proxy_pass ${server.url}; proxy_http_version 1.1; proxy_set_header Connection "";`;
  const proxy = await startNginx(t, directives);
  assert.equal(await statusThrough(proxy), runsAsOtherUser ? 403 : 400);
});

test('nginx that forwards Host and addresses does not', async (t) => {
  const directives = `
    proxy_pass ${server.url};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`;
  const proxy = await startNginx(t, directives);
  assert.equal(await statusThrough(proxy), 403);
});

test('behind a trusted nginx, limits count its clients and not nginx', async (t) => {
  const trusting = await startTestServer({
    settings: { TRUSTED_PROXIES: '127.0.0.1/32', LOGIN_FAILURES_PER_MINUTE: '2' },
  });
  t.after(() => void trusting.close());
  await trusting.sallyport.admin.create(ADMIN_PASSWORD);
  const proxy = await startNginx(
    t,
    `proxy_pass ${trusting.url}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`,
  );
  const guess = async (localAddress: string, forged?: string) => {
    const headers = forged === undefined ? {} : { 'x-forwarded-for': forged };
    const body = { password: 'a wrong guess' };
    const options = { body, headers, localAddress };
    return (await call(proxy, 'POST', '/auth/admin/login', options)).status;
  };
  assert.deepEqual([await guess('127.0.0.2'), await guess('127.0.0.2')], [401, 401]);
  assert.equal(await guess('127.0.0.2'), 429);
  assert.equal(await guess('127.0.0.2', '203.0.113.9'), 429, 'a forged hop changes nothing');
  assert.equal(await guess('127.0.0.3'), 401, 'another client has a budget of its own');
  const addresses = trusting.events.map(({ origin }) => origin?.address);
  assert.ok(addresses.includes('127.0.0.2') && addresses.includes('127.0.0.3'));
});

test('without trusted proxies a forged header gives no new budget, and one warning', async (t) => {
  const strict = await startTestServer({ settings: { LOGIN_FAILURES_PER_MINUTE: '2' } });
  t.after(() => void strict.close());
  const statuses: number[] = [];
  for (const forged of ['203.0.113.1', '203.0.113.2', '203.0.113.3', '127.0.0.9']) {
    const headers = { 'x-forwarded-for': forged, 'x-real-ip': forged, forwarded: `for=${forged}` };
    const body = { password: 'a wrong guess' };
    statuses.push((await strict.call('POST', '/auth/admin/login', { body, headers })).status);
  }
  assert.deepEqual(statuses, [401, 401, 429, 429]);
  const warnings = strict.logLines.filter((line) => line.includes('TRUSTED_PROXIES'));
  assert.equal(warnings.length, 1);
});
