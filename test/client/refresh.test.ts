/** One refresh at a time, no session lost to a lost answer, and an end that is told once. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SallyportClientError } from '../../packages/client/src/index.ts';
import { QueueLocks, REFRESH, sharedText, startClient, VERIFY } from '../support/client-harness.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const HOUR = 3600;

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

const failsWith = (code: string) => (error: unknown) =>
  error instanceof SallyportClientError && error.code === code;

test('fifty requests with an expired token send one refresh, and all are answered', async () => {
  const { client, watched, advanceSeconds, ...user } = await startClient(server);
  await client.signIn(user);
  advanceSeconds(HOUR);
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.fetch(VERIFY)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(watched.to(REFRESH).length, 1);
  assert.equal(watched.to(VERIFY).length, 50);
});

test('a token that is due is used while its successor is fetched once', async () => {
  const { client, watched, advanceSeconds, ...user } = await startClient(server);
  await client.signIn(user);
  const first = await client.accessToken();
  advanceSeconds(HOUR - 30);
  assert.equal(await client.accessToken(), first);
  assert.equal(await client.accessToken(), first);
  await client.refresh();
  assert.notEqual(await client.accessToken(), first);
  assert.equal(watched.to(REFRESH).length, 1);
});

test('a 401 leads to one refresh and one repetition, with the same body', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  const bodies: unknown[] = [];
  let refusals = 1;
  watched.intercept = async (path, forward) => {
    if (path !== '/orders') return forward();
    bodies.push(watched.sent.at(-1)?.body);
    refusals -= 1;
    return new Response(null, { status: refusals >= 0 ? 401 : 201 });
  };
  const answer = await client.fetch('/orders', { method: 'POST', body: 'two pears' });
  assert.equal(answer.status, 201);
  assert.deepEqual(bodies, ['two pears', 'two pears']);
  assert.equal(watched.to(REFRESH).length, 1);
});

test('a service that refuses every token does not cause a refresh for every request', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  watched.intercept = async (path, forward) =>
    path === '/orders' ? new Response(null, { status: 401 }) : forward();
  for (let request = 0; request < 5; request += 1) {
    assert.equal((await client.fetch('/orders')).status, 401);
  }
  assert.equal(watched.to(REFRESH).length, 1);
});

test('a streamed body is not sent twice', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  watched.intercept = async (path, forward) =>
    path === '/orders' ? new Response(null, { status: 401 }) : forward();
  const body = new Blob(['pears']).stream();
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
  assert.equal((await client.fetch('/orders', init)).status, 401);
  assert.equal(watched.to('/orders').length, 1);
  assert.equal(watched.to(REFRESH).length, 1);
});

const LOSSES: Record<string, (forward: () => Promise<Response>) => Promise<Response>> = {
  'the connection breaks after the server has rotated': async (forward) => {
    await forward();
    throw new TypeError('fetch failed');
  },
  'the body breaks off after the server has rotated': async (forward) => {
    const text = await (await forward()).text();
    return new Response(text.slice(0, 40));
  },
  'a proxy answers 502 after the server has rotated': async (forward) => {
    await forward();
    return new Response('<h1>Bad Gateway</h1>', { status: 502 });
  },
  'the request never arrives': async () => {
    throw new TypeError('fetch failed');
  },
};

for (const [name, lose] of Object.entries(LOSSES)) {
  test(`a session survives when ${name}`, async () => {
    const { client, watched, waits, ...user } = await startClient(server);
    await client.signIn(user);
    const successors = new Set<string>();
    let losses = 2;
    watched.intercept = async (path, forward) => {
      if (path !== REFRESH) return forward();
      losses -= 1;
      const kept = async () => {
        const answer = await forward();
        successors.add(await answer.clone().text());
        return answer;
      };
      return losses >= 0 ? lose(kept) : kept();
    };
    await client.refresh();
    assert.equal(client.session, 'signed_in');
    assert.equal((await client.verify()).username, user.username);
    const presented = new Set(watched.to(REFRESH).map(({ body }) => body));
    assert.deepEqual([watched.to(REFRESH).length, presented.size, successors.size], [3, 1, 1]);
    assert.equal(waits.length, 2);
    await client.refresh();
    assert.equal((await client.verify()).username, user.username);
  });
}

test('a server that stays away costs the refresh, not the session', async () => {
  const { client, watched, waits, advanceSeconds, ...user } = await startClient(server);
  const changes: string[] = [];
  await client.signIn(user);
  client.onSessionChange(({ cause }) => changes.push(cause));
  watched.intercept = async () => {
    throw new TypeError('fetch failed');
  };
  advanceSeconds(HOUR);
  await assert.rejects(client.fetch(VERIFY), failsWith('network_failed'));
  const waited = waits.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited > 5_000 && waited <= 25_000, `${waited} ms`);
  assert.equal(client.session, 'signed_in');
  watched.intercept = (_, forward) => forward();
  assert.equal((await client.fetch(VERIFY)).status, 200);
  assert.deepEqual(changes, ['refreshed']);
});

test('an answer that never comes is given up after the timeout and asked for again', async () => {
  const { client, watched, ...user } = await startClient(server, { timeoutMs: 300 });
  await client.signIn(user);
  let isFirst = true;
  watched.intercept = (path, forward) => {
    if (path !== REFRESH || !isFirst) return forward();
    isFirst = false;
    return new Promise(() => {});
  };
  // The stand-in ignores its signal, so the client's own timer must end the wait.
  await client.refresh();
  assert.equal(watched.to(REFRESH).length, 2);
});

for (const status of [429, 503]) {
  test(`${status} with Retry-After is waited for inside the grace period`, async () => {
    const { client, watched, waits, ...user } = await startClient(server);
    await client.signIn(user);
    let isFirst = true;
    watched.intercept = async (path, forward) => {
      if (path !== REFRESH || !isFirst) return forward();
      isFirst = false;
      const headers = { 'retry-after': '7' };
      return Response.json({ error: 'Server is busy.' }, { status, headers });
    };
    await client.refresh();
    assert.deepEqual(waits, [7_000]);
  });
}

test('a longer Retry-After than the grace period is told and not waited for', async () => {
  const { client, watched, waits, ...user } = await startClient(server);
  await client.signIn(user);
  const headers = { 'retry-after': '60' };
  watched.intercept = async () => Response.json({ error: 'busy' }, { status: 503, headers });
  await assert.rejects(client.refresh(), { code: 'server_busy', retryAfterSeconds: 60 });
  assert.deepEqual([waits, client.session], [[], 'signed_in']);
});

test('a session that was ended is signed out, and listeners hear of it once', async () => {
  const { client, watched, advanceSeconds, ...user } = await startClient(server);
  await client.signIn(user);
  const changes: object[] = [];
  client.onSessionChange((change) => changes.push(change));
  await server.call('POST', '/api/auth/logout', { bearer: await client.accessToken() });
  advanceSeconds(HOUR);
  const requests = Array.from({ length: 10 }, () => client.fetch(VERIFY));
  for (const outcome of await Promise.allSettled(requests)) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 'session_ended');
  }
  assert.deepEqual(changes, [{ state: 'signed_out', cause: 'ended' }]);
  assert.equal(watched.to(REFRESH).length, 1);
  await assert.rejects(client.fetch(VERIFY), failsWith('signed_out'));
});

test('a 401 that is not the server speaking does not end the session', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  watched.intercept = async () => new Response('<p>Sign in to the Wi-Fi</p>', { status: 401 });
  await assert.rejects(client.refresh(), failsWith('answer_invalid'));
  assert.equal(client.session, 'signed_in');
});

test('two tabs that refresh at once under one lock send one request', async () => {
  const { tab } = sharedText('two-tabs');
  const locks = new QueueLocks();
  const one = await startClient(server, { storage: tab(), locks });
  const two = await startClient(server, { storage: tab(), locks });
  await one.client.signIn(one);
  assert.equal(await two.client.load(), 'signed_in');
  one.advanceSeconds(HOUR);
  const answers = await Promise.all([one, two].map(({ client }) => client.fetch(VERIFY)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(one.watched.to(REFRESH).length + two.watched.to(REFRESH).length, 1);
  assert.equal(await one.client.accessToken(), await two.client.accessToken());
  one.client.close();
  two.client.close();
});

test('two tabs that refresh at once without any lock get the same successor', async () => {
  const { tab } = sharedText('no-lock');
  const one = await startClient(server, { storage: tab(), locks: null });
  const two = await startClient(server, { storage: tab(), locks: null });
  await one.client.signIn(one);
  await two.client.load();
  let arrived = 0;
  let release = () => {};
  const both = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (const { watched } of [one, two]) {
    watched.intercept = async (_, forward) => {
      arrived += 1;
      if (arrived === 2) release();
      await both;
      return forward();
    };
  }
  await Promise.all([one.client.refresh(), two.client.refresh()]);
  assert.equal(arrived, 2);
  assert.equal(await one.client.accessToken(), await two.client.accessToken());
  for (const { client } of [one, two]) {
    assert.equal((await client.verify()).username, one.username);
    await client.refresh();
    assert.equal((await client.verify()).username, one.username);
    client.close();
  }
});

test('a lock that nobody grants is done without', async () => {
  const { tab } = sharedText('refused-lock');
  const locks = { request: () => Promise.reject(new Error('not in this frame')) };
  const { client, watched, ...user } = await startClient(server, { storage: tab(), locks });
  await client.signIn(user);
  await client.refresh();
  assert.equal(watched.to(REFRESH).length, 1);
  client.close();
});

test('who signs out during a refresh stays signed out', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  watched.intercept = async (path, forward) => {
    const answer = await forward();
    if (path === REFRESH) await held;
    return answer;
  };
  const refreshing = assert.rejects(client.refresh(), failsWith('signed_out'));
  await client.signOut();
  release();
  await refreshing;
  assert.equal(client.session, 'signed_out');
});
