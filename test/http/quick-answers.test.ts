/** What is answered ahead of the framework, and what is left to it. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { AccessTokenRecord } from '../../src/core/access-token-repository.ts';
import type { VerifiedUser } from '../../src/core/sessions.ts';
import { quickSelf } from '../../src/http/management/self-routes.ts';
import { quickVerify } from '../../src/http/user-api/quick-verify.ts';
import { exchange } from '../support/raw-exchange.ts';

const KNOWN = 'a-token-that-is-known';
const MARIA: VerifiedUser = { userId: 7, username: 'maria', role: 'STANDARD', sessionId: 's1' };
const LEFT = 'left to the framework';

const CI = { id: 3, name: 'ci', permissions: 5, expiresAtMs: null } as AccessTokenRecord;

const answers = [
  quickVerify({
    sessions: { recallVerified: (token: string) => (token === KNOWN ? MARIA : null) },
  }),
  quickSelf({ accessTokens: { recall: (token: string) => (token === KNOWN ? CI : null) } }),
];
const server = createServer((request, response) => {
  if (!answers.some((answer) => answer(request, response))) response.end(LEFT);
});

before(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
after(() => void server.close());

async function ask(...lines: string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const bytes = [...lines, 'Connection: close', '', ''].join('\r\n');
  return (await exchange(`http://127.0.0.1:${port}`, bytes)).body;
}

const BEARER = `Authorization: Bearer ${KNOWN}`;
const HOST = 'Host: sallyport.test';

test('a token that is known is answered', async () => {
  const expected = '{"valid":true,"user_id":7,"username":"maria","role":"STANDARD"}';
  assert.equal(await ask('GET /api/auth/verify HTTP/1.1', HOST, BEARER), expected);
});

const LEFT_ALONE: [what: string, ...lines: string[]][] = [
  ['another token', 'GET /api/auth/verify HTTP/1.1', HOST, 'Authorization: Bearer other'],
  ['no token', 'GET /api/auth/verify HTTP/1.1', HOST],
  ['two tokens', 'GET /api/auth/verify HTTP/1.1', HOST, BEARER, BEARER],
  ['another scheme', 'GET /api/auth/verify HTTP/1.1', HOST, `Authorization: Basic ${KNOWN}`],
  ['another case of the scheme', 'GET /api/auth/verify HTTP/1.1', HOST, BEARER.replace('B', 'b')],
  ['two spaces', 'GET /api/auth/verify HTTP/1.1', HOST, BEARER.replace(/ (?=a-)/, '  ')],
  ['another method', 'POST /api/auth/verify HTTP/1.1', HOST, BEARER],
  ['OPTIONS', 'OPTIONS /api/auth/verify HTTP/1.1', HOST, BEARER],
  ['a query', 'GET /api/auth/verify?x=1 HTTP/1.1', HOST, BEARER],
  ['a slash at the end', 'GET /api/auth/verify/ HTTP/1.1', HOST, BEARER],
  ['another spelling', 'GET /api/auth/%76erify HTTP/1.1', HOST, BEARER],
  ['a whole address', 'GET http://sallyport.test/api/auth/verify HTTP/1.1', HOST, BEARER],
  ['an origin', 'GET /api/auth/verify HTTP/1.1', HOST, BEARER, 'Origin: https://app.test'],
  ['two hosts', 'GET /api/auth/verify HTTP/1.1', HOST, HOST, BEARER],
];

for (const [what, ...lines] of LEFT_ALONE) {
  test(`${what} is left to the framework`, async () => {
    assert.equal(await ask(...lines), LEFT);
    const [call = '', ...headers] = lines;
    const ofToken = call.replace(
      /\/api\/auth\/(%76erify|verify)/,
      '/management/access-tokens/self',
    );
    assert.equal(await ask(call.includes('%') ? call : ofToken, ...headers), LEFT);
  });
}

test('an access token that is known is told what it is', async () => {
  const expected = '{"id":3,"name":"ci","permission":"read,admin","expires_at":null}';
  const call = 'GET /management/access-tokens/self HTTP/1.1';
  assert.equal(await ask(call, HOST, BEARER), expected);
  assert.equal(await ask(call, HOST, BEARER), expected);
});
