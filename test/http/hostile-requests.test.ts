/** Requests that no honest client sends, byte by byte over a socket. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { createServer } from '../../src/http/server.ts';
import { serverSettings } from '../../src/serve.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { exchange, type RawExchange } from '../support/raw-exchange.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const LIMIT = { timeout: 10_000 };

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
  await server.signInAdmin();
});
after(() => server.close());

function lines(...text: string[]): string {
  return `${text.join('\r\n')}\r\n`;
}

/** A second request in the same bytes: it must never be answered after a faulty first one. */
const SMUGGLED = lines('GET /health HTTP/1.1', 'Host: x', '');

function expectCut(answer: RawExchange, status: number, what: string): void {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.equal(answer.answers, 1, `${what}: one answer`);
  assert.match(answer.text, /\r\nconnection: close\r\n/i, what);
  assert.match(answer.text, /\r\ncontent-type: application\/json; charset=utf-8\r\n/i, what);
  assert.match(answer.text, /\r\ncache-control: no-store\r\n/i, what);
  assert.match(answer.text, /\r\nx-content-type-options: nosniff\r\n/i, what);
  assert.equal(Object.keys(JSON.parse(answer.body)).join(), 'error', what);
  const length = /content-length: (\d+)/i.exec(answer.text)?.[1];
  assert.equal(length, String(Buffer.byteLength(answer.body)), what);
}

const POST = ['POST /api/auth/login HTTP/1.1', 'Host: x'];

const FAULTY: [what: string, bytes: string][] = [
  ['both lengths', lines(...POST, 'Content-Length: 5', 'Transfer-Encoding: chunked', '', '0', '')],
  [
    'both lengths, chunked first',
    lines(...POST, 'Transfer-Encoding: chunked', 'Content-Length: 5', '', '0', ''),
  ],
  ['two equal lengths', lines(...POST, 'Content-Length: 2', 'Content-Length: 2', '', '{}')],
  ['two different lengths', lines(...POST, 'Content-Length: 2', 'Content-Length: 4', '', '{}')],
  ['a list of lengths', lines(...POST, 'Content-Length: 2, 2', '', '{}')],
  ['a negative length', lines(...POST, 'Content-Length: -2', '', '{}')],
  ['a signed length', lines(...POST, 'Content-Length: +2', '', '{}')],
  ['a length in hexadecimal', lines(...POST, 'Content-Length: 0x2', '', '{}')],
  ['a length past all numbers', lines(...POST, 'Content-Length: 99999999999999999999', '', '')],
  ['an unknown transfer coding', lines(...POST, 'Transfer-Encoding: xchunked', '', '0', '')],
  ['chunked not last', lines(...POST, 'Transfer-Encoding: chunked, identity', '', '0', '')],
  [
    'a chunk size that is none',
    lines(...POST, 'Transfer-Encoding: chunked', '', 'xyz', '{}', '0', ''),
  ],
  ['a negative chunk size', lines(...POST, 'Transfer-Encoding: chunked', '', '-1', '{}', '0', '')],
  [
    'a chunk longer than its size',
    lines(...POST, 'Transfer-Encoding: chunked', '', '1', '{}', '0', ''),
  ],
  [
    'a chunk size past all numbers',
    lines(...POST, 'Transfer-Encoding: chunked', '', 'f'.repeat(17), ''),
  ],
  [
    'a chunk line that ends in LF alone',
    `${lines(...POST, 'Transfer-Encoding: chunked', '')}2\n{}\r\n0\r\n\r\n`,
  ],
  ['a space before the colon', lines('GET /health HTTP/1.1', 'Host : x', '')],
  ['a header without a colon', lines('GET /health HTTP/1.1', 'Host: x', 'nothing', '')],
  ['an empty header name', lines('GET /health HTTP/1.1', 'Host: x', ': x', '')],
  ['NUL in a header', lines('GET /health HTTP/1.1', 'Host: x', 'X: a\0b', '')],
  ['CR in a header', lines('GET /health HTTP/1.1', 'Host: x', 'X: a\rX: b', '')],
  ['LF alone at the line ends', 'GET /health HTTP/1.1\nHost: x\n\n'],
  ['LF alone after one header', 'GET /health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n'],
  ['a folded header first', 'GET /health HTTP/1.1\r\n folded\r\nHost: x\r\n\r\n'],
  ['no version', lines('GET /health', 'Host: x', '')],
  ['a version that is none', lines('GET /health HTTP/9.9', 'Host: x', '')],
  ['a lower-case protocol', lines('GET /health http/1.1', 'Host: x', '')],
  ['an unknown method', lines('FOO /health HTTP/1.1', 'Host: x', '')],
  ['a lower-case method', lines('get /health HTTP/1.1', 'Host: x', '')],
  ['a space in the target', lines('GET /hea lth HTTP/1.1', 'Host: x', '')],
  ['a tab in the target', lines('GET /health\tx HTTP/1.1', 'Host: x', '')],
  ['no Host', lines('GET /health HTTP/1.1', '')],
  ['two Hosts', lines('GET /health HTTP/1.1', 'Host: x', 'Host: y', '')],
  ['two equal Hosts', lines('GET /health HTTP/1.1', 'Host: x', 'host: x', '')],
  ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
];

describe('a request that can be read in two ways is refused, and the connection is closed', () => {
  for (const [what, bytes] of FAULTY) {
    test(what, LIMIT, async () => {
      expectCut(await exchange(server.url, Buffer.from(bytes + SMUGGLED, 'latin1')), 400, what);
    });
  }

  test('a refusal has the form of the contract that owns the path', LIMIT, async () => {
    const bytes = lines(
      'POST /auth/admin/login HTTP/1.1',
      'Host: x',
      'Content-Length: x',
      '',
      '{}',
    );
    const answer = await exchange(server.url, bytes);
    assert.deepEqual(JSON.parse(answer.body), { status: 'error', message: 'Bad Request' });
    const twoHosts = lines('GET /auth/admin/exists HTTP/1.1', 'Host: x', 'Host: y', '');
    const { body } = await exchange(server.url, twoHosts);
    assert.deepEqual(JSON.parse(body), { status: 'error', message: 'Bad request' });
  });
});

describe('what is too large is cut', () => {
  test('a header over 16 KiB', LIMIT, async () => {
    const bytes = lines('GET /health HTTP/1.1', 'Host: x', `X: ${'x'.repeat(17 * 1024)}`, '');
    expectCut(await exchange(server.url, bytes + SMUGGLED), 431, 'header');
  });

  test('ten thousand headers', LIMIT, async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `X-${index}: x`);
    const bytes = lines('GET /health HTTP/1.1', 'Host: x', ...many, '');
    expectCut(await exchange(server.url, bytes), 431, 'headers');
  });

  test('a target over 16 KiB', LIMIT, async () => {
    const bytes = lines(`GET /${'x'.repeat(17 * 1024)} HTTP/1.1`, 'Host: x', '');
    expectCut(await exchange(server.url, bytes), 431, 'target');
  });

  test('a chunk extension without an end', LIMIT, async () => {
    const head = lines(...POST, 'Transfer-Encoding: chunked', '');
    const answer = await exchange(server.url, `${head}1${';a=b'.repeat(20_000)}\r\n`);
    expectCut(answer, 413, 'extension');
  });
});

test('an Authorization header as long as fits is refused like any other', LIMIT, async () => {
  const bearer = 'x'.repeat(15 * 1024);
  assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
  assert.equal((await server.call('GET', '/auth/access_tokens', { bearer })).status, 401);
});

describe('who is slow is cut', () => {
  test('headers have 10 seconds, a request 30, a silent connection 5', async () => {
    const app = await listenerOf(server);
    assert.equal(app.server.headersTimeout, 10_000);
    assert.equal(app.server.requestTimeout, 30_000);
    assert.equal(app.server.keepAliveTimeout, 5_000);
    assert.equal(app.server.maxConnections, 10_000);
    await app.close();
  });
});

/** The listener as the server makes it. */
function listenerOf({ sallyport }: TestServer): Promise<FastifyInstance> {
  const settings = serverSettings(testConfig({}));
  return createServer(sallyport, settings, Fastify().log as never);
}

describe('requests that are odd and lawful', () => {
  const lawful: [what: string, status: number, ...text: string[]][] = [
    ['an absolute target', 200, 'GET http://x/health HTTP/1.1', 'Host: x'],
    ['HTTP/1.0 without a Host', 200, 'GET /health HTTP/1.0'],
    [
      'an expectation that nobody knows',
      200,
      'GET /health HTTP/1.1',
      'Host: x',
      'Expect: miracles',
    ],
    ['an upgrade that is not offered', 200, 'GET /health HTTP/1.1', 'Host: x', 'Upgrade: h2c'],
    ['the asterisk', 404, 'OPTIONS * HTTP/1.1', 'Host: x'],
    ['a body with GET', 200, 'GET /health HTTP/1.1', 'Host: x', 'Content-Length: 0'],
    ['a query of 8 KiB', 200, `GET /health?${'a[b]='.repeat(1600)} HTTP/1.1`, 'Host: x'],
  ];
  for (const [what, status, ...text] of lawful) {
    test(`${what} is answered ${status}`, LIMIT, async () => {
      const answer = await exchange(server.url, lines(...text, 'Connection: close', ''));
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.answers, 1);
      assert.doesNotThrow(() => JSON.parse(answer.body));
    });
  }

  test('a body that the client announces is asked for', LIMIT, async () => {
    const body = JSON.stringify({ password: ADMIN_PASSWORD });
    const head = ['POST /auth/admin/login HTTP/1.1', 'Host: x', 'Expect: 100-continue'];
    const length = `Content-Length: ${body.length}`;
    const bytes = `${lines(...head, length, 'Connection: close', '')}${body}`;
    const { text } = await exchange(server.url, bytes);
    assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('many requests in one write are answered in order', LIMIT, async () => {
    const one = lines('GET /health HTTP/1.1', 'Host: x', '');
    const last = lines('GET /nothing HTTP/1.1', 'Host: x', 'Connection: close', '');
    const { answers, text } = await exchange(server.url, one.repeat(100) + last);
    assert.equal(answers, 101);
    assert.match(text, /\{"error":"Not found"\}$/);
  });

  test('HEAD has no body, whatever the status', LIMIT, async () => {
    for (const path of [
      '/health',
      '/auth/admin/exists',
      '/nothing',
      '/api/auth/verify',
      '/auth/x',
    ]) {
      const request = lines(`HEAD ${path} HTTP/1.1`, 'Host: x', 'Connection: close', '');
      const { body, text } = await exchange(server.url, request);
      assert.equal(body, '', path);
      assert.match(text, /^HTTP\/1\.1 [24]\d\d /);
    }
  });
});

describe('bodies that reach for prototypes', () => {
  const bodies = [
    '{"__proto__":{"password":"x","username":"x","polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"password":{"__proto__":{"polluted":true}}}',
    '{"__proto__":null,"constructor":null,"toString":null,"hasOwnProperty":null}',
    '{"__proto__":[],"name":"n","permission":"read"}',
  ];
  const calls = ['/auth/admin', '/auth/admin/login', '/api/auth/login', '/api/auth/logout'];
  for (const path of [...calls, '/api/auth/refresh', '/auth/access_token']) {
    test(`change nothing at ${path}, and the next request is clean`, async () => {
      for (const body of bodies) {
        const answer = await server.call('POST', path, { body });
        assert.ok([400, 401].includes(answer.status), body);
        assert.equal('polluted' in {}, false);
        assert.deepEqual(Object.keys(Object.prototype), []);
      }
      const right = { body: { password: ADMIN_PASSWORD } };
      assert.equal((await server.call('POST', '/auth/admin/login', right)).status, 200);
    });
  }
});

test('a client that goes away in the middle of a body does the server no harm', LIMIT, async () => {
  const quiet = await startTestServer();
  try {
    const { hostname, port } = new URL(quiet.url);
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(port), hostname);
      await new Promise<void>((resolve) => {
        const head = lines('POST /api/auth/login HTTP/1.1', 'Host: x', 'Content-Length: 500', '');
        socket.write(`${head}{"username`, () => socket.destroy());
        socket.on('close', () => resolve());
      });
    }
    assert.equal((await quiet.call('GET', '/health')).status, 200);
    assert.equal(quiet.logLines.filter((line) => line.includes('unexpected_error')).length, 0);
  } finally {
    await quiet.close();
  }
});
