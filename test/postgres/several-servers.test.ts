/** Several server processes on one database are one server: what one of them does holds on all. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type CallAnswer, call } from '../support/http-call.ts';
import { createTestDatabase, dropTestDatabases } from '../support/postgres-server.ts';
import { runSallyport, temporaryFolder } from '../support/server-process.ts';
import {
  listTokens,
  logout,
  refresh,
  requireOk,
  type ServerSite,
  startSite,
  verify,
} from '../support/server-site.ts';
import { waitUntil } from '../support/waiting.ts';

/** What contract and documentation promise for what another server has changed. */
const MAX_STALE_MS = 1_000;

const ends: (() => void)[] = [];
const scope = { after: (end: () => void) => void ends.push(end) };
let databaseUrl = '';
let site: ServerSite;
let [a, b, c]: [string, string, string] = ['', '', ''];
let adminJwt = '';

before(async () => {
  databaseUrl = await createTestDatabase();
  // At once, on a database in which there is nothing yet.
  site = await startSite(scope, [databaseUrl, databaseUrl, databaseUrl], { LOG_LEVEL: 'warn' });
  [a, b, c] = site.urls as [string, string, string];
  adminJwt = await site.signInAdmin(a);
});
after(async () => {
  for (const server of site?.servers ?? []) await server.stop('SIGKILL');
  for (const end of ends) end();
  await dropTestDatabases();
});

const manage = (url: string, method: string, path: string, body?: object) => {
  const headers: Record<string, string> = { 'if-match': '*' };
  return call(url, method, `/management${path}`, { bearer: adminJwt, headers, body });
};

async function createToken(url: string): Promise<{ id: number; token: string }> {
  const body = { name: 'a machine', permission: 'admin' };
  return requireOk(await call(url, 'POST', '/auth/access_token', { bearer: adminJwt, body })).json;
}

const switchAuth = (url: string, enabled: boolean) =>
  call(url, 'PATCH', '/auth/enabled', { bearer: adminJwt, body: { enabled } });

/**
 * `ask` is good on all servers, often enough to be kept there; then A acknowledges `end`: refused
 * at once on A, and within the promised time elsewhere, from then on for good.
 */
async function assertEndsEverywhere(
  ask: (url: string) => Promise<CallAnswer>,
  end: () => Promise<CallAnswer>,
  refused = 401,
): Promise<void> {
  for (const url of [a, b, c, a, b, c]) requireOk(await ask(url));
  requireOk(await end());
  const endedMs = performance.now();
  assert.equal((await ask(a)).status, refused, 'at once where it was acknowledged');
  await Promise.all(
    [b, c].map(async (url) => {
      const leftMs = MAX_STALE_MS - (performance.now() - endedMs);
      await waitUntil(
        'it is refused elsewhere',
        async () => (await ask(url)).status === refused,
        leftMs,
      );
      for (let count = 0; count < 5; count += 1) assert.equal((await ask(url)).status, refused);
    }),
  );
}

test('servers that start at once on an empty database agree on their secrets', async () => {
  const person = await site.openSession(b, adminJwt);
  const { token } = await createToken(c);
  for (const url of [a, b, c]) {
    requireOk(await listTokens(url, adminJwt));
    requireOk(await verify(url, person.token));
    requireOk(await listTokens(url, token));
  }
  for (const folder of site.folders) assert.deepEqual(readdirSync(folder), []);
});

test('a server with another PARAMS_KEY ends with 1 and one line that says why', async (t) => {
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: temporaryFolder(t), PORT: '0' };
  const PARAMS_KEY = Buffer.alloc(32, 7).toString('base64');
  const { code, stdout, stderr } = await runSallyport(['serve'], { ...settings, PARAMS_KEY });
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^[^\n]*PARAMS_KEY[^\n]*\n$/);
});

test('fifty refreshes of one token over three servers have one successor', async () => {
  const person = await site.openSession(a, adminJwt);
  const urls = Array.from({ length: 50 }, (_, index) => [a, b, c][index % 3] ?? a);
  const answers = await Promise.all(urls.map((url) => refresh(url, person.refresh_token)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  const [{ json }] = answers as [CallAnswer];
  for (const url of [a, b, c]) requireOk(await verify(url, json.token));
});

test('a sign-out on one server ends the session on all', async () => {
  const { token, refresh_token } = await site.openSession(a, adminJwt);
  await assertEndsEverywhere(
    (url) => verify(url, token),
    () => logout(a, token),
  );
  for (const url of [c, b, a]) assert.equal((await refresh(url, refresh_token)).status, 401);
});

test('what comes from the database is refused elsewhere at once', async () => {
  const { token, refresh_token } = await site.openSession(a, adminJwt);
  for (const url of [b, c]) requireOk(await verify(url, token));
  requireOk(await logout(a, token));
  const answers = await Promise.all([b, c].map((url) => refresh(url, refresh_token)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401],
  );
});

test('a replayed refresh token on one server ends the session on all', async () => {
  const { token, refresh_token } = await site.openSession(a, adminJwt);
  const next = requireOk(await refresh(b, refresh_token)).json;
  requireOk(await refresh(c, next.refresh_token));
  for (const url of [a, b, c]) requireOk(await verify(url, token));
  assert.equal((await refresh(a, refresh_token)).status, 401);
  assert.equal((await verify(a, token)).status, 401);
  for (const url of [b, c]) {
    const isRefused = async () => (await verify(url, next.token)).status === 401;
    await waitUntil('the thief and the robbed are out', isRefused, MAX_STALE_MS);
  }
});

for (const [what, end] of [
  ['disabling a user', (id: number) => manage(a, 'PATCH', `/users/${id}`, { enabled: false })],
  ['deleting a user', (id: number) => manage(a, 'DELETE', `/users/${id}`)],
  ["ending a user's sessions", (id: number) => manage(a, 'DELETE', `/users/${id}/sessions`)],
  [
    'ending one session',
    async (id: number) => {
      const listed = await manage(a, 'GET', `/sessions?user_id=${id}`);
      return manage(a, 'DELETE', `/sessions/${listed.json.items[0].id}`);
    },
  ],
] as const) {
  test(`${what} on one server refuses the tokens on all`, async () => {
    const { id, token } = await site.openSession(b, adminJwt);
    await assertEndsEverywhere(
      (url) => verify(url, token),
      () => end(id),
    );
  });
}

test('a role that one server changes is the role on all', async () => {
  const { id, token } = await site.openSession(b, adminJwt);
  for (const url of [a, b, c]) assert.equal((await verify(url, token)).json.role, 'STANDARD');
  requireOk(await manage(a, 'PATCH', `/users/${id}`, { role: 'ADMIN' }));
  assert.equal((await verify(a, token)).json.role, 'ADMIN');
  for (const url of [b, c]) {
    const isKnown = async () => (await verify(url, token)).json.role === 'ADMIN';
    await waitUntil('the role is known', isKnown, MAX_STALE_MS);
  }
});

test('a deleted access token is refused on all', async () => {
  const { id, token } = await createToken(b);
  const path = `/auth/access_token/${id}`;
  const remove = () => call(a, 'DELETE', path, { bearer: adminJwt });
  await assertEndsEverywhere((url) => listTokens(url, token), remove);
});

test('a rotated access token is refused on all, its new value is good there at once', async () => {
  const { id, token } = await createToken(b);
  for (let count = 0; count < 10; count += 1) {
    const before = count === 0 ? token : '';
    const path = `/auth/access_token/${id}/rotate`;
    const rotate = async () => {
      const rotated = await call(a, 'POST', path, { bearer: adminJwt });
      const used = [b, c].map((url) => listTokens(url, rotated.json.token));
      for (const answer of await Promise.all(used)) requireOk(answer);
      return rotated;
    };
    if (count > 0) requireOk(await rotate());
    else await assertEndsEverywhere((url) => listTokens(url, before), rotate);
  }
});

test('the auth switch of one server is that of all, both ways', async () => {
  const { token } = await createToken(b);
  await assertEndsEverywhere(
    (url) => listTokens(url, token),
    () => switchAuth(a, false),
    403,
  );
  requireOk(await switchAuth(b, true));
  requireOk(await listTokens(b, token));
  for (const url of [a, c]) {
    const isOn = async () => (await listTokens(url, token)).status === 200;
    await waitUntil('auth is on again', isOn, MAX_STALE_MS);
  }
});

test('a password reset on one server ends the admin JWTs of all; the new one is good at once', async () => {
  const old = adminJwt;
  const password = 'AnotherSecurePwd!3';
  const reset = () => call(a, 'POST', '/auth/admin/reset-password', { body: { password } });
  const renewed: string[] = [];
  const resetAndSignIn = async () => {
    const answer = await reset();
    for (const url of [b, c]) renewed.push(await site.signInAdmin(url, password));
    return answer;
  };
  await assertEndsEverywhere((url) => listTokens(url, old), resetAndSignIn);
  adminJwt = renewed[0] ?? '';
  for (const jwt of renewed) for (const url of [a, b, c]) requireOk(await listTokens(url, jwt));
});

test('failed sign-ins count once, whichever of the servers they are made on', async () => {
  const person = await site.openSession(a, adminJwt);
  const urls = Array.from({ length: 12 }, (_, index) => [a, b, c][index % 3] ?? a);
  const guess = (url: string, username: string, localAddress: string) =>
    call(url, 'POST', '/api/auth/login', {
      body: { username, password: 'a wrong guess' },
      localAddress,
    });
  const onAccount = await Promise.all(urls.map((url) => guess(url, person.username, '127.0.0.7')));
  assert.deepEqual(countStatuses(onAccount), { 401: 5, 429: 7 });
  const onAddress = await Promise.all(
    urls.map((url, index) => guess(url, `nobody-${index}@example.com`, '127.0.0.8')),
  );
  assert.deepEqual(countStatuses(onAddress), { 401: 10, 429: 2 });
});

function countStatuses(answers: readonly CallAnswer[]): Record<string, number> {
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, all]) => [status, all?.length ?? 0]),
  );
}
