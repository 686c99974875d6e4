/** The load generator against servers that are wrong in every way that would flatter a figure. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ClosedLoop } from '../../bench/load/closed-loop.ts';
import { Histogram } from '../../bench/load/histogram.ts';
import type { LoadPlan, LoadResult } from '../../bench/load/plan.ts';
import { getRequest, postHead } from '../../bench/load/requests.ts';
import { Tally } from '../../bench/load/tally.ts';
import { waitUntil } from '../support/waiting.ts';

const GOOD = answer('{"ok":true}');
const GET = getRequest('/', ['Host: 127.0.0.1']);

type Script = (socket: Socket, request: string, count: number) => void;

function answer(body: string, status = '200 OK', headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}

interface Run {
  readonly tally: Tally;
  readonly requests: readonly string[];
  /** What has been counted so far. */
  result(): LoadResult;
}

/** One connection against a server that answers as the script says, until `isOver`. */
async function run(
  t: TestContext,
  script: Script,
  isOver: (run: Run) => boolean,
  plan: Partial<LoadPlan> = {},
): Promise<Run> {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (request: string) => {
      requests.push(request);
      script(socket, request, requests.length);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tally = new Tally(1, null);
  tally.start(0);
  const whole: LoadPlan = {
    ...{ host: '127.0.0.1', port, connections: 1, warmupMs: 0, measureMs: 0 },
    work: { kind: 'same', requests: [GET] },
    expected: { status: 200, bodyPrefix: '{"ok":' },
    ...plan,
  };
  const loop = new ClosedLoop(whole, 0, tally);
  t.after(() => {
    loop.stop();
    server.close();
  });
  loop.start();
  const result = () => tally.result({ utilization: 0, cpuSeconds: 0 });
  const current = { tally, requests, result };
  await waitUntil('the connection came to what was expected', () => isOver(current));
  loop.stop();
  return current;
}

const hasFailed = ({ result }: Run) => Object.keys(result().errors).length > 0;

test('expected answers are counted, one request at a time', async (t) => {
  const { result, requests } = await run(
    t,
    (socket) => socket.write(GOOD),
    ({ tally }) => tally.total >= 3,
  );
  const { answers, acknowledged, errors } = result();
  assert.ok(answers >= 3);
  assert.deepEqual(acknowledged, [answers]);
  assert.deepEqual(errors, {});
  assert.ok(requests.every((request) => request === GET));
  assert.ok(requests.length <= answers + 1);
});

test('an answer in pieces counts once, when it is whole', async (t) => {
  const { result } = await run(
    t,
    async (socket) => {
      for (const piece of [GOOD.slice(0, 20), GOOD.slice(20, -2), GOOD.slice(-2)]) {
        await new Promise((resolve) => socket.write(piece, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    ({ tally }) => tally.total >= 2,
  );
  assert.deepEqual(result().errors, {});
});

test('a wrong answer counts as an error and never as an answer', async (t) => {
  const wrong = {
    'another body': answer('{"no":true}'),
    'another status': answer('{"ok":true}', '201 Created'),
    'a refusal that was not allowed': answer('{"ok":true}', '503 Busy'),
    'not HTTP': 'hello\r\n\r\n',
    'two answers to one request': GOOD + GOOD,
  };
  for (const [what, text] of Object.entries(wrong)) {
    const { result } = await run(t, (socket) => socket.write(text), hasFailed);
    assert.equal(result().answers, 0, what);
    assert.equal(Object.values(result().errors).length, 1, what);
  }
});

test('a connection that ends in the middle of an answer is an error', async (t) => {
  const { result } = await run(t, (socket) => socket.end(GOOD.slice(0, -3)), hasFailed);
  assert.deepEqual([result().answers, result().errors], [0, { 'connection closed': 1 }]);
});

test('a server that says it closes the connection is connected to again', async (t) => {
  const closing = answer('{"ok":true}', '200 OK', 'Connection: close\r\n');
  const { result } = await run(
    t,
    (socket) => socket.end(closing),
    ({ tally }) => tally.total >= 3,
  );
  assert.deepEqual(result().errors, {});
});

test('refusals that are allowed are counted by themselves, with whether they give advice', async (t) => {
  const refusals = ['Retry-After: 1\r\n', ''].map((advice) => answer('busy', '503 Busy', advice));
  const { result } = await run(
    t,
    (socket, _, count) => socket.write(refusals[count % 2] ?? ''),
    ({ result }) => result().refused >= 4,
    { refusals: { status: 503, pauseMs: 1 } },
  );
  const { answers, errors, refusedWithoutRetryAfter } = result();
  assert.deepEqual([answers, errors], [0, {}]);
  assert.ok(refusedWithoutRetryAfter >= 1 && refusedWithoutRetryAfter < result().refused);
});

test('who may be turned away comes again, and is counted', async (t) => {
  const { result } = await run(
    t,
    (socket, _, count) => (count <= 2 ? socket.destroy() : socket.write(GOOD)),
    ({ tally }) => tally.total >= 1,
    { mayBeTurnedAway: { pauseMs: 1 } },
  );
  assert.equal(result().turnedAway, 2);
  assert.deepEqual(result().errors, {});
});

test('each request of a chain carries what the answer before it gave', async (t) => {
  let given = 0;
  const { requests } = await run(
    t,
    (socket) => {
      given += 1;
      socket.write(answer(`{"ok":1,"next":"value-${given}"}`));
    },
    ({ tally }) => tally.total >= 3,
    {
      work: {
        kind: 'chained',
        heads: [postHead('/', ['Host: 127.0.0.1'])],
        bodyBefore: '{"given":"',
        bodyAfter: '"}',
        field: 'next',
        first: ['value-0'],
      },
    },
  );
  for (const [index, request] of requests.entries()) {
    const body = `{"given":"value-${index}"}`;
    assert.ok(request.endsWith(`Content-Length: ${body.length}\r\n\r\n${body}`), request);
  }
});

test('a chain whose answer lacks the value ends as an error', async (t) => {
  const { result } = await run(t, (socket) => socket.write(GOOD), hasFailed, {
    work: {
      kind: 'chained',
      heads: [postHead('/', [])],
      ...{ bodyBefore: '', bodyAfter: '', field: 'next', first: ['a'] },
    },
  });
  assert.match(Object.keys(result().errors)[0] ?? '', /without the field/);
});

test('a latency of paced requests counts from when the request was due', async (t) => {
  const pausedMs = 60;
  const { result } = await run(
    t,
    // Only the first answer is late; those that were due meanwhile have waited too.
    (socket, _, count) => void setTimeout(() => socket.write(GOOD), count === 1 ? pausedMs : 0),
    ({ tally }) => tally.total >= 4,
    { intervalMs: 10 },
  );
  const longMs = pausedMs / 4;
  const late = result().latencies.filter((one) => Histogram.of([one]).quantileMs(1) > longMs);
  const count = late.reduce((sum, [, each]) => sum + each, 0);
  assert.ok(count >= 2, 'requests behind a late answer look as if they had not waited');
});

test('what is answered before the measured time is acknowledged and not counted', () => {
  const tally = new Tally(1, null);
  tally.answered(0, 0, 5);
  tally.start(10);
  tally.answered(0, 9, 11);
  tally.end(20);
  tally.answered(0, 19, 21);
  const { answers, acknowledged } = tally.result({ utilization: 0, cpuSeconds: 0 });
  assert.deepEqual([answers, acknowledged], [1, [3]]);
});

test('a timeline has an interval for each stretch of time, also where nothing happened', () => {
  const tally = new Tally(1, 100);
  tally.start(1_000);
  tally.answered(0, 1_000, 1_050);
  tally.refused(1_240, 1_250, true);
  tally.answered(0, 1_240, 1_250);
  const { timeline } = tally.result({ utilization: 0, cpuSeconds: 0 });
  assert.deepEqual(
    timeline.map(({ answers, refused }) => [answers, refused]),
    [
      [1, 0],
      [0, 0],
      [1, 1],
    ],
  );
});
