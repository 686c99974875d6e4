/** Servers that are slow, away, or something else: each is one line that says what to do. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CommandFailure } from '../../src/cli/failures.ts';
import { explainConnectionFault } from '../../src/cli/remote/connection-faults.ts';
import { RemoteServer } from '../../src/cli/remote/remote-server.ts';
import { parseServerAddress } from '../../src/cli/remote/server-address.ts';
import { CommandFolder } from '../support/cli-transcripts.ts';

const SECRET = 'vdai_never-to-be-seen-again';

async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

async function run(t: TestContext, command: string): Promise<Said> {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  folder.environment.SALLYPORT_TOKEN = SECRET;
  const { stdout, stderr, exitCode } = await folder.run(`sallyport ${command} --json`);
  assert.equal(stdout, '');
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  assert.ok(!stderr.includes(SECRET), stderr);
  return { ...JSON.parse(stderr).error, exitCode };
}

/** What one answer makes of a command. */
async function answered(
  t: TestContext,
  [status, headers, body]: readonly [number, Record<string, string>, string],
  command = 'tokens list',
): Promise<Said> {
  const url = await listen(t, (_, response) => response.writeHead(status, headers).end(body));
  const said = await run(t, `${command} --url ${url}`);
  return { ...said, message: said.message.replaceAll(url, 'URL') };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const problem = (code: string, detail: string) =>
  JSON.stringify({ type: 'about:blank', title: 'x', status: 400, detail, code });

test("a proxy's error page is one line and not quoted", async (t) => {
  const page = '<html><h1>502 Bad Gateway</h1></html>';
  const { code, message, exitCode } = await answered(t, [
    502,
    { 'content-type': 'text/html' },
    page,
  ]);
  assert.deepEqual([code, exitCode], ['answer_invalid', 1]);
  assert.match(
    message,
    /^URL answered GET \/management\/access-tokens\S* with 502 and text\/html, which is/,
  );
  assert.doesNotMatch(message, /h1/);
});

test('a redirect is not followed, and where it points to is said', async (t) => {
  let isFollowed = false;
  const other = await listen(t, (_, response) => {
    isFollowed = true;
    response.end();
  });
  const said = await answered(t, [308, { location: `${other}/elsewhere` }, '']);
  assert.equal(said.code, 'redirected');
  assert.ok(said.message.includes(`${other}/elsewhere`));
  assert.equal(isFollowed, false);
});

test('every refusal says what to do', async (t) => {
  const json = (status: number, body: string, headers = {}) =>
    [status, { ...JSON_TYPE, ...headers }, body] as const;
  const message = (text: string) => JSON.stringify({ status: 'error', message: text });
  const cases = [
    [json(401, message('Invalid')), 'bearer_invalid', /URL did not accept SALLYPORT_TOKEN; it may/],
    [json(403, message('Admin permission required')), 'permission_denied', /does not permit/],
    [json(404, message('Not found')), 'call_unknown', /URL has no GET .*older release/],
    [json(409, problem('last_admin', 'The last one.')), 'last_admin', /refused: The last one\./],
    [json(412, problem('precondition_failed', 'x')), 'changed_meanwhile', /look at it and try/],
    [json(428, problem('precondition_required', 'x')), 'changed_meanwhile', /look at it/],
    [json(429, message('x'), { 'retry-after': '7' }), 'rate_limited', /try again in 7 s/],
    [json(503, message('x'), { 'retry-after': '3' }), 'server_busy', /try again in 3 s/],
    [json(500, message('x')), 'server_failed', /the log of the server says why/],
    [json(200, '{"tokens":[]}'), 'answer_invalid', /no list where one belongs/],
    [
      json(200, '{"items":[{"id":"1"}],"next_cursor":null}'),
      'answer_invalid',
      /no whole number in the field id/,
    ],
    [json(200, '[{'), 'answer_invalid', /no object/],
    [[200, { 'content-type': 'text/html' }, '[]'], 'answer_invalid', /no object/],
  ] as const;
  for (const [answer, code, words] of cases) {
    const said = await answered(t, answer);
    assert.deepEqual([said.code, said.exitCode], [code, 1], said.message);
    assert.match(said.message, words);
  }
});

test('what a server repeats of the credential is not shown', async (t) => {
  const echo: RequestListener = ({ headers }, response) =>
    response
      .writeHead(400, JSON_TYPE)
      .end(
        JSON.stringify({ message: `you sent ${headers.authorization}\x1b[2J${'!'.repeat(9_999)}` }),
      );
  const said = await run(t, `users list --url ${await listen(t, echo)}`);
  assert.match(said.message, /you sent Bearer …/);
  assert.ok(said.message.length < 500);
});

test('a server that is not there, and one that does not speak TLS', async (t) => {
  const url = await listen(t, (_, response) => response.end());
  const plain = await run(t, `tokens list --url ${url.replace('http', 'https')}`);
  assert.match(plain.message, /cannot be reached: it does not speak TLS there/);
  const closed = createSocketServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const absent = await run(t, `auth off --yes --url http://127.0.0.1:${port}`);
  assert.equal(absent.code, 'server_unreachable');
  assert.match(absent.message, /nothing listens there; check the address and whether the server/);
});

test('a change that is cut off may have been made, and that is said', async (t) => {
  const url = await listen(t, (request) => void request.socket.destroy());
  const said = await run(t, `tokens rotate 1 --url ${url}`);
  assert.equal(said.code, 'server_unreachable');
  assert.match(said.message, /The change may have been made all the same; look before you try/);
});

test('a server that does not answer in time is given up, and so is one that is told to be', async (t) => {
  const url = await listen(t, () => undefined);
  const patience = new AbortController();
  const slow = new RemoteServer(url, patience.signal, 0.05);
  const late = (await slow.send({ method: 'GET', path: '/' }).catch((e) => e)) as CommandFailure;
  assert.match(late.message, /did not answer within 0\.05 s\.$/);
  const server = new RemoteServer(url, patience.signal);
  const waiting = server.send({ method: 'DELETE', path: '/' }).catch((error) => error);
  patience.abort();
  const interrupted = (await waiting) as CommandFailure;
  assert.equal(interrupted.exitCode, 130);
  assert.match(interrupted.message, /interrupted; the change may have been made all the same/);
});

test('a certificate that nobody vouches for is explained', () => {
  const failed = { address: 'https://auth.example.com', isChange: true, deadlineSeconds: 10 };
  for (const [code, words] of [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /has expired; renew it there\.$/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another name; check the address\.$/],
    ['ENOTFOUND', /its name is not known; check the address\.$/],
    ['ECONNRESET', /failed \(ECONNRESET\)\. The change may have been made/],
  ] as const) {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) });
    assert.match(explainConnectionFault(error, failed).message, words, code);
  }
});

test('plain http goes to this machine alone unless it is allowed', () => {
  for (const url of ['http://localhost:6573', 'http://127.9.9.9', 'http://[::1]:80/x/']) {
    assert.equal(parseServerAddress(url, false), url.replace(/:80|\/$/g, ''));
  }
  for (const url of [
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://[::2]',
  ]) {
    assert.throws(() => parseServerAddress(url, false), CommandFailure, url);
    assert.equal(parseServerAddress(url, true), url);
  }
  assert.equal(parseServerAddress('https://example.com/auth/', false), 'https://example.com/auth');
});
