/** How `/console` is served: the page at every address, its policy, its assets, and without them. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const SCRIPT = 'console.log("the console");'.repeat(50);
const NAME = 'index-AbCd_123.js';

let workspace: string;
let server: TestServer;
before(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'sallyport-console-'));
  const assets = join(workspace, 'dist/assets');
  mkdirSync(assets, { recursive: true });
  const page = '<script nonce="__CSP_NONCE__"></script><link nonce="__CSP_NONCE__">';
  writeFileSync(join(workspace, 'dist/index.html'), page);
  writeFileSync(join(assets, `${NAME}.br`), brotliCompressSync(SCRIPT));
  writeFileSync(join(assets, `${NAME}.gz`), gzipSync(SCRIPT));
  writeFileSync(join(assets, 'secret.txt.gz'), gzipSync('not an asset'));
  writeFileSync(join(workspace, 'above-AbCd_123.js.gz'), gzipSync('not in the folder'));
  server = await startTestServer({ consoleFolder: join(workspace, 'dist') });
});
after(async () => {
  await server.close();
  rmSync(workspace, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** As it is on the wire: `fetch` would unpack it. */
function get(url: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.on('error', reject).end();
  });
}

const getAsset = (name: string, accepted?: string) =>
  get(server.url, `/console/assets/${name}`, accepted ? { 'accept-encoding': accepted } : {});

test('every address below /console is the page, and is kept by nobody', async () => {
  for (const path of ['/console', '/console/', '/console/users/7?tab=1', '/console/no/such/page']) {
    const { status, headers } = await get(server.url, path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('the policy lets in nothing but what carries the nonce of this answer or is ours', async () => {
  const { headers, body } = await get(server.url, '/console');
  const policy = String(headers['content-security-policy']);
  const [, nonce = ''] = /'nonce-([\w-]{22})'/.exec(policy) ?? [];
  assert.equal(
    policy,
    "default-src 'none'; " +
      `script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; ` +
      "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
      'trusted-types default',
  );
  assert.equal(String(body), `<script nonce="${nonce}"></script><link nonce="${nonce}">`);
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('no two answers have the same nonce', async () => {
  const policies = new Set<unknown>();
  for (let asked = 0; asked < 20; asked += 1) {
    policies.add((await get(server.url, '/console')).headers['content-security-policy']);
  }
  assert.equal(policies.size, 20);
});

test('an asset is sent in the smallest form that the client takes, and kept for ever', async () => {
  const cases: [string | undefined, string | undefined, (body: Buffer) => Buffer][] = [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['*', 'br', brotliDecompressSync],
    ['identity', undefined, (body) => body],
    ['br;q=0, *;q=0', undefined, (body) => body],
    [undefined, undefined, (body) => body],
  ];
  for (const [accepted, encoding, unpack] of cases) {
    const { status, headers, body } = await getAsset(NAME, accepted);
    assert.equal(status, 200);
    assert.equal(headers['content-encoding'], encoding, accepted);
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(headers.vary, 'accept-encoding');
    assert.equal(String(unpack(body)), SCRIPT);
  }
});

test('nothing but an asset of the build can be asked for', async () => {
  const names = [
    'index-AbCd_124.js',
    'secret.txt',
    `${NAME}.gz`,
    '..%2Fabove-AbCd_123.js',
    '..%2f..%2fdist%2fassets%2findex-AbCd_123.js',
    '%00',
    '.',
  ];
  for (const name of names) {
    const { status, headers } = await getAsset(name);
    assert.equal(status, 404, name);
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('only GET and HEAD are known there', async () => {
  const head = await server.call('HEAD', '/console');
  assert.equal(head.status, 200);
  assert.equal((await server.call('POST', '/console')).status, 405);
});

test('without a built console the page says what to do, and comes as soon as it is built', async () => {
  const consoleFolder = join(workspace, 'later');
  const bare = await startTestServer({ consoleFolder });
  try {
    const missing = await get(bare.url, '/console/users');
    assert.equal(missing.status, 503);
    assert.match(String(missing.body), /not built.*npm run build:console/s);
    assert.match(String(missing.headers['content-security-policy']), /^default-src 'none'; style/);
    mkdirSync(consoleFolder);
    writeFileSync(join(consoleFolder, 'index.html'), 'built');
    assert.equal((await get(bare.url, '/console/users')).status, 200);
  } finally {
    await bare.close();
  }
});
