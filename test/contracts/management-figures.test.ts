/** Figures over time in the management API. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createUser, signIn, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const PATH = '/management/figures';

const figures = async (query = '') =>
  (await server.call('GET', `${PATH}${query}`, { bearer })).json;

test('what happened is in the bucket of its time, of every length', async () => {
  const user = await createUser(server);
  const { refresh_token } = await signIn(server, user);
  await server.call('POST', '/api/auth/refresh', { body: { refresh_token } });
  const wrong = { username: user.username, password: `${USER_PASSWORD}x` };
  await server.call('POST', '/api/auth/login', { body: wrong });
  for (const [period, seconds, count] of [
    ['hour', 60, 60],
    ['day', 900, 96],
    ['week', 3_600, 168],
  ] as const) {
    const { from, until, bucket_seconds, buckets } = await figures(`?period=${period}`);
    assert.deepEqual([bucket_seconds, buckets.length, buckets[0].at], [seconds, count, from]);
    assert.equal(Date.parse(until), server.clock.nowMs());
    const { at, ...counts } = buckets.at(-1);
    assert.ok(Date.parse(at) <= server.clock.nowMs());
    assert.deepEqual(counts, { signed_in: 2, sign_in_failed: 1, refreshed: 1, limited: 0 });
  }
  server.clock.advanceSeconds(300);
  const later = await figures();
  assert.equal(later.buckets.at(-1).signed_in, 0);
  assert.equal(later.buckets.at(-6).signed_in, 2);
});

test('how long requests take is counted in this server, those ahead of the framework too', async () => {
  const { token } = await signIn(server, await createUser(server));
  const requestsIn = async () => {
    const { latency } = await figures();
    return latency.buckets.reduce((sum: number, { requests }: { requests: number }) => {
      return sum + requests;
    }, 0);
  };
  const before = await requestsIn();
  for (let n = 0; n < 20; n += 1) await server.call('GET', '/api/auth/verify', { bearer: token });
  await server.call('GET', '/api/auth/verify');
  assert.equal(await requestsIn(), before + 22);
  const { latency } = await figures();
  assert.match(latency.server_id, /^[0-9a-f-]{36}$/);
  for (const { p50_ms, p99_ms } of latency.buckets) assert.ok(0 < p50_ms && p50_ms <= p99_ms);
});

test('figures are asked for in these ways, by who may see the audit trail', async () => {
  for (const [query, detail] of [
    ['?period=year', /^period must be one of hour, day, week/],
    ['?since=2026-01-01', /^"since" is no parameter of this call. It takes period/],
  ] as const) {
    const answer = await server.call('GET', `${PATH}${query}`, { bearer });
    assert.match(answer.json.detail, detail);
  }
  const machine = await LIVE.accessToken(server, 'admin');
  const denied = await server.call('GET', PATH, { bearer: machine });
  expectAnswer(denied, problemRefusal(403, 'permission_denied'));
  const manager = await signIn(server, await createUser(server, { role: 'ADMIN' }));
  assert.equal((await server.call('GET', PATH, { bearer: manager.token })).status, 200);
});
