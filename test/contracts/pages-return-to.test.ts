/** Decision 15: a sign-in can only lead back to this origin. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { safeReturnTo } from '../../src/http/pages/return-to.ts';
import { createUser } from '../support/accounts.ts';
import { asForm } from '../support/cookie-jar.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const HOSTILE = [
  'https://evil.example/',
  'http://evil.example',
  'HTTPS://EVIL.EXAMPLE',
  'https:evil.example',
  'http:/evil.example',
  'https:///evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example/%2f..',
  '//evil.example@here',
  '//localhost',
  '/\\evil.example',
  '/\\/evil.example',
  '/\\\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '\\evil.example',
  '/%5Cevil.example',
  '/%5c%5cevil.example',
  '/%5C/evil.example',
  '/%255Cevil.example',
  '/%25255Cevil.example',
  '/%2Fevil.example',
  '/%2f%2fevil.example',
  '/%252Fevil.example',
  '/%09/evil.example',
  '/%0A/evil.example',
  '/%0d%0aSet-Cookie:x=y',
  '/%00/evil.example',
  '/%C2%85/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  ' /account',
  '/\u0000/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/x/../../..//evil.example',
  '/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/.%2F/evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'javascript://%0aalert(1)',
  'data:text/html,<script>1</script>',
  'vbscript:msgbox',
  'file:///etc/passwd',
  'blob:https://evil.example/x',
  'evil.example',
  '@evil.example',
  '.evil.example',
  ':80',
  '?x=y',
  '#x',
  '',
  'account',
  './account',
  '../account',
  '/%zz',
  '/%FF',
  '/auth/login',
  '/auth/login?returnTo=/auth/login',
  '/auth/logout',
  '/AUTH/LOGIN/',
  `/${'x'.repeat(2048)}`,
];

const GOOD: [given: string, kept?: string][] = [
  ['/'],
  ['/account/password'],
  ['/reports?year=2026&q=a%5Cb#part'],
  ['/a//b'],
  ['/a/../b', '/b'],
  ['/grüße', '/gr%C3%BC%C3%9Fe'],
  ['/search?next=https://elsewhere.example/'],
  ['/with%20space'],
  ['/@name'],
  ['/a:b'],
];

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

async function whereSignInLeads(returnTo: string): Promise<string> {
  const { username, password } = await createUser(server);
  const answer = await server.call('POST', '/auth/login', asForm({ username, password, returnTo }));
  assert.equal(answer.status, 303, answer.text);
  return String(answer.headers.location);
}

describe('a way back that leads elsewhere, or might, leads to the start page', () => {
  for (const target of HOSTILE) {
    test(JSON.stringify(target.slice(0, 60)), async () => {
      assert.equal(await whereSignInLeads(target), '/');
      const page = await server.call('GET', `/auth/login?returnTo=${encodeURIComponent(target)}`);
      assert.match(page.text, /name="returnTo" value="\/">/);
    });
  }
});

test('a way back on this origin is kept', async () => {
  for (const [given, kept = given] of GOOD) {
    assert.equal(await whereSignInLeads(given), kept);
  }
});

test('two ways back in one address, and other parameters, are no way back', async () => {
  for (const query of ['returnTo=/a&returnTo=//evil.example', 'returnTo[]=/a', 'next=/a']) {
    const { text } = await server.call('GET', `/auth/login?${query}`);
    assert.match(text, /name="returnTo" value="\/">/, query);
  }
});

test('a Referer is no way back', async () => {
  const headers = { referer: 'https://evil.example/x' };
  const { text } = await server.call('GET', '/auth/login', { headers });
  assert.match(text, /name="returnTo" value="\/">/);
});

test('whatever is given, a browser stays on the origin', () => {
  const own = 'https://auth.example.com';
  const piece = fc.constantFrom(
    ...[
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5C',
      '%09',
      '\t',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'http',
    ],
  );
  const target = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => `/${text}`),
  );
  fc.assert(
    fc.property(target, (text) => {
      const safe = safeReturnTo(text);
      assert.equal(new URL(safe, `${own}/auth/login`).origin, own);
      assert.match(safe, /^\/(?![/\\])[\x20-\x7e]*$/);
    }),
    { numRuns: 2_000 },
  );
});
