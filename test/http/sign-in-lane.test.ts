/** A burst of sign-ins: who is let in, who is refused ahead of the framework, and in what order. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import type { RequestOrigin } from '../../src/core/events.ts';
import { SignInLane } from '../../src/http/sign-in-lane.ts';
import { exchange } from '../support/raw-exchange.ts';
import { startTestServer } from '../support/test-server.ts';

const LOGIN = { username: 'maria', password: 'correct horse battery' };
const BODY = JSON.stringify(LOGIN);

function signIn(path: string, ...headers: string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: sallyport.test', ...headers];
  const length = `Content-Length: ${BODY.length}`;
  return [...lines, length, 'Connection: close', '', BODY].join('\r\n');
}

/** As Node has parsed it. */
const SIGN_IN = {
  method: 'POST',
  url: '/api/auth/login',
  headers: {},
  rawHeaders: ['Host', 'a'],
};

interface Served {
  readonly url: string;
  readonly lane: SignInLane;
  readonly lines: string[];
  isFull: boolean;
  readonly asked: RequestOrigin[];
}

/** A lane in front of a listener that says "let in", beside a path that never waits. */
async function serveLane(t: TestContext): Promise<Served> {
  const lines: string[] = [];
  const asked: RequestOrigin[] = [];
  const origin = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };
  const lane = new SignInLane({
    passwordChecks: {
      refuseIfFull: (originOf) => {
        if (!served.isFull) return null;
        asked.push(originOf());
        return { retryAfterSeconds: 3, isNews: asked.length === 1 };
      },
    },
    originOfRaw: () => origin,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    letIn: (_, response) => void response.end('let in'),
  });
  const server: Server = createServer((request, response) => {
    if (!lane.take(request, response)) response.end('passed by');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const served: Served = { url: `http://127.0.0.1:${port}`, lane, lines, isFull: false, asked };
  return served;
}

test('while there is a place everybody is let in', async (t) => {
  const { url } = await serveLane(t);
  const burst = Array.from({ length: 100 }, () => exchange(url, signIn('/api/auth/login')));
  const answers = await Promise.all(burst);
  assert.ok(answers.every(({ body }) => body === 'let in'));
});

test('without a place a sign-in is refused with the time to wait', async (t) => {
  const served = await serveLane(t);
  served.isFull = true;
  const { status, body, text } = await exchange(served.url, signIn('/api/auth/login'));
  assert.equal(status, 503);
  assert.equal(body, '{"error":"Server is busy. Please try again."}');
  assert.match(text, /\r\nretry-after: 3\r\n/i);
  const admin = await exchange(served.url, signIn('/auth/admin/login'));
  assert.equal(admin.body, '{"status":"error","message":"Server is busy. Please try again."}');
});

for (const [what, path, ...headers] of [
  ['a page', '/auth/login'],
  ['a page of another origin', '/api/auth/login', 'Origin: https://app.test'],
  ['a second host', '/api/auth/login', 'Host: other.test'],
] as [string, string, ...string[]][]) {
  test(`${what} is left to the route, also without a place`, async (t) => {
    const served = await serveLane(t);
    served.isFull = true;
    assert.equal((await exchange(served.url, signIn(path, ...headers))).body, 'let in');
  });
}

test('a body that is too long is left to the route, which says so', async (t) => {
  const served = await serveLane(t);
  served.isFull = true;
  const long = signIn('/api/auth/login').replace(/Content-Length: \d+/, 'Content-Length: 65537');
  assert.equal((await exchange(served.url, long)).body, 'let in');
});

test('what checks no password never waits', async (t) => {
  const { url } = await serveLane(t);
  const get = 'GET /api/auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  assert.equal((await exchange(url, get)).body, 'passed by');
});

test('of a burst in one turn only a share is let in before others have theirs', async (t) => {
  let letIn = 0;
  const lane = new SignInLane({
    passwordChecks: { refuseIfFull: () => null },
    originOfRaw: () => assert.fail('nobody is refused'),
    log: pino({ level: 'silent' }),
    letIn: () => {
      letIn += 1;
    },
  });
  for (let count = 0; count < 100; count += 1) lane.take(SIGN_IN as never, {} as never);
  const first = letIn;
  assert.ok(first > 0 && first < 20, `${first} were let in at once`);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(letIn > first && letIn < 40, `${letIn} were let in after one turn`);
  t.diagnostic(`${first} a turn`);
  lane.end();
  assert.equal(letIn, 100, 'at the end everybody is let in');
});

test('a crowd that has taken no place yet keeps nobody out who comes after it', async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const letIn: unknown[] = [];
  const lane = new SignInLane({
    passwordChecks: server.sallyport.passwordChecks,
    originOfRaw: () => originOf('203.0.113.7'),
    log: pino({ level: 'silent' }),
    letIn: (_, response) => void letIn.push(response),
  });
  const refused: unknown[] = [];
  const responses = Array.from({ length: 2_000 }, () => ({
    writeHead: (status: number) => void refused.push(status),
    end: () => undefined,
  }));
  for (const response of responses) lane.take(SIGN_IN as never, response as never);
  while (letIn.length + refused.length < responses.length) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(refused, []);
  assert.deepEqual(letIn, responses, 'in the order in which they came');
});

test('refusals are counted in one line of the log', async (t) => {
  const served = await serveLane(t);
  served.isFull = true;
  await Promise.all([1, 2, 3].map(() => exchange(served.url, signIn('/api/auth/login'))));
  served.lane.end();
  assert.deepEqual(
    served.lines.map((line) => JSON.parse(line)).map(({ event, refused }) => [event, refused]),
    [['sign_in.busy', 3]],
  );
});

test('a refusal ahead has the bytes of the route, and is in the trail once a minute', async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const { passwordChecks } = server.sallyport;
  const release = server.engine.hold();
  // A quarter of the line at most is one address's: this takes every place.
  const held: Promise<unknown>[] = [];
  while (passwordChecks.refuseIfFull(() => originOf(`198.51.100.${held.length}`)) === null) {
    const origin = originOf(`203.0.113.${held.length}`);
    held.push(server.sallyport.sessions.signIn('nobody', 'a password', origin).catch(() => null));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ahead = await exchange(server.url, signIn('/api/auth/login'));
  const byRoute = await exchange(server.url, signIn('/api/auth/login', 'Origin: https://app.test'));
  const again = await exchange(server.url, signIn('/api/auth/login'));
  release();
  await Promise.all(held);
  assert.equal(ahead.status, 503);
  // How long depends on how many wait at that moment.
  for (const { text } of [ahead, byRoute, again]) {
    assert.match(text, /\r\nretry-after: [1-5]\r\n/i);
  }
  const alike = ({ text }: { text: string }) =>
    text
      .replace(/\r\n(date|vary|retry-after): [^\r]*/gi, '')
      .toLowerCase()
      .split('\r\n')
      .sort();
  assert.deepEqual(alike(ahead), alike(byRoute));
  assert.deepEqual(alike(again), alike(ahead));
  const rows = await server.sallyport.auditTrail.newest({ name: 'sign_in.busy' }, 1000);
  const busy = rows.filter(({ address }) => address === '127.0.0.1');
  assert.equal(busy.length, 1);
});

function originOf(address: string): RequestOrigin {
  return { address, addressKey: address, requestId: 'a-request', userAgent: '' };
}
