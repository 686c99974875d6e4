/** The live tail of the audit trail: what it says, from when on, and when it ends. */

import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { SallyportError } from '../../src/core/errors.ts';
import { alterDatabase, createUser, freshName, signIn } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { type EventStream, openStream } from '../support/event-streams.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import { startNginx } from '../support/nginx.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';
import { waitUntil } from '../support/waiting.ts';

const PATH = '/management/audit-events/stream';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

async function open(
  t: TestContext,
  options: { at?: TestServer; token?: string; query?: string; after?: string; url?: string } = {},
): Promise<EventStream> {
  const { at = server, token = bearer, query = '', after: id } = options;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'text/event-stream',
    ...(id !== undefined && { 'last-event-id': id }),
  };
  const stream = await openStream(options.url ?? at.url, `${PATH}${query}`, headers);
  t.after(() => stream.close());
  return stream;
}

const eventsOf = ({ events }: EventStream) => events.map(({ data }) => [data.event, data.subject]);

/** Enters an event as another process would that shares the database. */
const enterElsewhere = (reason: string, at = server) =>
  alterDatabase(
    at,
    `insert into audit_events (at_ms, name, actor_kind, reason)
     values (1, 'params.renewed', 'server', '${reason}')`,
  );

describe('a stream', () => {
  test('says what comes in from now on, as the list does, within a second', async (t) => {
    const stream = await open(t);
    assert.equal(stream.status, 200);
    assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(stream.headers['x-accel-buffering'], 'no');
    assert.equal(stream.headers['cache-control'], 'no-store');
    assert.equal(stream.events.length, 0);
    const startMs = performance.now();
    const user = await createUser(server);
    await signIn(server, user);
    await stream.until(2);
    assert.ok(performance.now() - startMs < 1_000);
    assert.deepEqual(eventsOf(stream), [
      ['user.created', String(user.id)],
      ['session.signed_in', String(user.id)],
    ]);
    const path = `/management/audit-events?subject=${user.id}&order=oldest`;
    const { json } = await server.call('GET', path, { bearer });
    assert.deepEqual(
      stream.events.map(({ data }) => data),
      json.items,
    );
    assert.deepEqual(
      stream.events.map(({ id }) => Number(id)),
      json.items.map(({ id }: { id: number }) => id),
    );
  });

  test('says what others enter who share the database', async (t) => {
    const stream = await open(t, { query: '?event=params.renewed' });
    await enterElsewhere('elsewhere');
    const [event] = await stream.until(1);
    assert.equal(event?.data.reason, 'elsewhere');
  });

  test('says what matches its filter and nothing else', async (t) => {
    const user = await createUser(server);
    const stream = await open(t, { query: `?subject=${user.id}&event=session.signed_in` });
    const everything = await open(t);
    await signIn(server, await createUser(server));
    await signIn(server, user);
    await everything.until(3);
    await stream.until(1);
    assert.deepEqual(eventsOf(stream), [['session.signed_in', String(user.id)]]);
  });

  test('goes on where it was left, also behind what is kept in memory', async (t) => {
    const user = await createUser(server);
    const query = `?subject=${user.id}`;
    const stream = await open(t, { query });
    await signIn(server, user);
    await stream.until(1);
    stream.close();
    for (let n = 0; n < 3; n += 1) await signIn(server, user);
    const resumed = await open(t, { query, after: stream.lastEventId() });
    await resumed.until(3);
    await signIn(server, user);
    await resumed.until(4);
    const ids = [...stream.events, ...resumed.events].map(({ id }) => Number(id));
    assert.equal(new Set(ids).size, 5);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
  });

  test('that heard nothing knows all the same where it goes on', async (t) => {
    const user = await createUser(server);
    const stream = await open(t, { query: `?subject=${user.id}` });
    await waitUntil('an id', () => stream.lastEventId() !== '');
    stream.close();
    await signIn(server, user);
    const resumed = await open(t, { query: `?subject=${user.id}`, after: stream.lastEventId() });
    assert.equal((await resumed.until(1)).length, 1);
  });

  test('from an id that does not exist yet begins now', async (t) => {
    const stream = await open(t, { after: '999999999' });
    const user = await createUser(server);
    await stream.until(1);
    assert.deepEqual(eventsOf(stream), [['user.created', String(user.id)]]);
  });

  test('goes through nginx as it comes, whatever nginx would gather', async (t) => {
    const proxy = await startNginx(t, `proxy_pass ${server.url};`);
    const stream = await open(t, { url: proxy });
    assert.equal(stream.status, 200);
    const startMs = performance.now();
    const user = await createUser(server);
    await stream.until(1);
    assert.ok(performance.now() - startMs < 1_000);
    assert.deepEqual(eventsOf(stream), [['user.created', String(user.id)]]);
  });

  test('leaves nothing in the log', async (t) => {
    const before = server.logLines.length;
    const stream = await open(t);
    await enterElsewhere('quiet');
    await stream.until(1);
    stream.close();
    const broken = await open(t);
    broken.close();
    await enterElsewhere('still quiet');
    assert.deepEqual(server.logLines.slice(before), []);
  });
});

describe('a stream ends within a second', () => {
  /** Opened by a user with the role ADMIN in a session of their own. */
  async function openAsUser(t: TestContext) {
    const user = await createUser(server, { role: 'ADMIN' });
    const { token } = await signIn(server, user);
    const stream = await open(t, { token });
    return { user, token, stream };
  }

  async function endsSoon(stream: EventStream, act: () => Promise<unknown>): Promise<void> {
    assert.equal(stream.hasEnded(), false);
    await act();
    const startMs = performance.now();
    await stream.untilEnd();
    assert.ok(performance.now() - startMs < 1_000);
    assert.ok(stream.isWhole(), 'it is ended, not broken off');
  }

  test('when its session is ended', async (t) => {
    const { token, stream } = await openAsUser(t);
    const path = `/management/sessions/${claimsOf(token).sid}`;
    await endsSoon(stream, () => server.call('DELETE', path, { bearer }));
  });

  test('when its user is disabled, or is no ADMIN any more', async (t) => {
    for (const body of [{ enabled: false }, { role: 'STANDARD' }]) {
      const { user, stream } = await openAsUser(t);
      const options = { bearer, body, headers: { 'if-match': '*' } };
      await endsSoon(stream, async () => {
        const answer = await server.call('PATCH', `/management/users/${user.id}`, options);
        assert.equal(answer.status, 200);
      });
    }
  });

  test('when its token expires, and the audit trail has nothing of it', async (t) => {
    const { stream } = await openAsUser(t);
    const watching = await open(t, { token: bearer, query: '?event=bearer.rejected' });
    await endsSoon(stream, async () => server.clock.advanceSeconds(3_601));
    bearer = await server.signInAdmin();
    await watching.untilEnd();
    assert.equal(watching.events.length, 0);
  });

  test('when its session of the console is ended', async (t) => {
    const body = { password: ADMIN_PASSWORD };
    const headers = { 'sec-fetch-site': 'same-origin' };
    const path = '/management/console/session';
    const signedIn = await server.call('POST', path, { body, headers });
    assert.equal(signedIn.status, 200, signedIn.text);
    const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';');
    const stream = await openStream(server.url, PATH, { cookie });
    t.after(() => stream.close());
    assert.equal(stream.status, 200);
    await endsSoon(stream, () => server.call('DELETE', path, { headers: { ...headers, cookie } }));
  });

  test('when the admin password is reset', async (t) => {
    const own = await startCheckedServer();
    t.after(() => own.close());
    const stream = await open(t, { at: own, token: await own.signInAdmin() });
    await endsSoon(stream, () => own.sallyport.admin.resetPassword(`${ADMIN_PASSWORD}x`));
  });

  test('when the server ends, which does not wait for it', async (t) => {
    const own = await startCheckedServer();
    const stream = await open(t, { at: own, token: await own.signInAdmin() });
    const startMs = performance.now();
    await own.close();
    await stream.untilEnd();
    assert.ok(stream.isWhole());
    assert.ok(performance.now() - startMs < 1_000);
  });
});

describe('a stream is refused', () => {
  test('to an access token, and without a credential', async () => {
    const machine = await LIVE.accessToken(server, 'admin');
    const denied = await server.call('GET', PATH, { bearer: machine });
    expectAnswer(denied, problemRefusal(403, 'permission_denied'));
    expectAnswer(await server.call('GET', PATH), problemRefusal(401, 'bearer_invalid'));
  });

  test('for parameters that it does not have', async () => {
    for (const [query, detail] of [
      ['since=2026-01-01', /^"since" is no parameter/],
      ['event=x', /^event must be one of/],
    ] as const) {
      const answer = await server.call('GET', `${PATH}?${query}`, { bearer });
      assert.match(answer.json.detail, detail);
    }
    const headers = { 'last-event-id': 'x' };
    const answer = await server.call('GET', PATH, { bearer, headers });
    assert.match(answer.json.detail, /^Last-Event-ID must be the id of an event/);
  });

  test('to who has ten open, until one of them is closed', async (t) => {
    const user = await createUser(server, { role: 'ADMIN' });
    const { token } = await signIn(server, user);
    const streams = await Promise.all(Array.from({ length: 10 }, () => open(t, { token })));
    const refused = await server.call('GET', PATH, { bearer: token });
    expectAnswer(refused, problemRefusal(503, 'too_many_streams'));
    assert.ok(refused.headers['retry-after']);
    assert.equal((await open(t)).status, 200, 'others are not concerned');
    streams[0]?.close();
    await waitUntil('a free place', async () => (await open(t, { token })).status === 200);
  });

  test('while the database cannot be read', async (t) => {
    const { repository } = server.sallyport;
    t.mock.method(repository, 'findSettledAuditId', async () => {
      throw new SallyportError('storage_busy', { retryAfterSeconds: 1 });
    });
    const answer = await server.call('GET', PATH, { bearer });
    expectAnswer(answer, problemRefusal(503, 'storage_busy'));
  });
});

test('a reader that stops holds up nobody, and little is kept for it', async (t) => {
  const own = await startCheckedServer();
  const token = await own.signInAdmin();
  const stopped = await open(t, { at: own, token });
  const reading = await open(t, { at: own, token, query: '?event=user.created' });
  stopped.pause();
  for (let from = 0; from < 60_000; from += 5_000) {
    await alterDatabase(
      own,
      `insert into audit_events (at_ms, name, actor_kind, user_agent)
       with recursive numbers (n) as (
         select ${from} union all select n + 1 from numbers where n < ${from + 4_999}
       )
       select n, 'session.refreshed', 'user', 'a browser with a name of a usual length'
       from numbers`,
    );
  }
  await own.sallyport.users.create({
    username: freshName(),
    password: 'securePassword123',
    role: 'STANDARD',
    origin: 'operator',
  });
  await reading.until(1);
  assert.ok(stopped.events.length < 60_000);
  const { length } = stopped.text();
  assert.ok(length < 10_000_000, `${length} characters were sent`);
  const startMs = performance.now();
  await own.close();
  assert.ok(performance.now() - startMs < 2_000, 'the end does not wait for it either');
});
