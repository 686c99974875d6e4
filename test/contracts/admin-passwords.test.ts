/** Contract 1: the password policy, at both calls that set a password. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer } from '../support/expect-answer.ts';
import type { TestServer } from '../support/test-server.ts';

const MISSING = 'Missing required field: password';
const SHORT = 'Password must be at least 12 characters long';
const UPPER = 'Password must contain an uppercase letter';
const LOWER = 'Password must contain a lowercase letter';
const DIGIT = 'Password must contain a digit';
const SPECIAL = 'Password must contain a special character';
const CONTROL = 'Password must not contain control characters';
const LONG = 'Password must be at most 72 bytes long';

/** Each breaks the rule that it is refused for and, where it can, every later one. */
const REFUSED: [what: string, password: unknown, message: string][] = [
  ['null', null, MISSING],
  ['empty', '', MISSING],
  ['blank', '            ', MISSING],
  ['blank in other scripts', '\u00a0\u3000\u2003\t\n\r\ufeff'.repeat(3), MISSING],
  ['one character', '\u0007', SHORT],
  ['11 characters', 'Abcdefgh1!x', SHORT],
  ['11 code points in 13 UTF-16 units', 'Abcdefg1!😀😀', SHORT],
  ['11 code points in 44 bytes', '😀'.repeat(11), SHORT],
  ['no letter at all', '\u0007'.repeat(80), UPPER],
  ['an uppercase letter missing', 'abcdefgh1!xy', UPPER],
  ['a lowercase letter missing', 'ABCDEFGH1!XY', LOWER],
  ['a lowercase letter missing, titlecase does not count', 'ǅABCDEFGH1!XY', LOWER],
  ['a digit missing', 'Abcdefghi!xy', DIGIT],
  ['a digit missing, fractions do not count', 'Abcdefghi!x½', DIGIT],
  ['a special character missing', 'Abcdefghi1xy', SPECIAL],
  ['a space is not special', 'Abcdefghi1x ', SPECIAL],
  ['a non-breaking space is not special', 'Abcdefghi1x\u00a0', SPECIAL],
  ['a letter of another alphabet is not special', 'Abcdefghi1ж漢', SPECIAL],
  ['a control character', 'Abcdefgh1!\u0007x', CONTROL],
  ['NUL', 'Abcdefgh1!\0x', CONTROL],
  ['DEL', 'Abcdefgh1!\u007fx', CONTROL],
  ['a C1 control character', 'Abcdefgh1!\u0085x', CONTROL],
  ['a control character in 80 bytes', `Abcdefgh1!\u0007${'x'.repeat(69)}`, CONTROL],
  ['a lone surrogate', 'Abcdefgh1!\ud800x', CONTROL],
  ['73 bytes', `Aa1!${'x'.repeat(69)}`, LONG],
  ['22 code points in 76 bytes', `Aa1!${'😀'.repeat(18)}`, LONG],
  ['60,000 bytes', `Aa1!${'x'.repeat(60_000)}`, LONG],
];

const ACCEPTED: [what: string, password: string][] = [
  ['12 characters', 'Abcdefgh1!xy'],
  ['12 code points, three of them emoji', 'Abcdef1a!😀😀😀'],
  ['72 bytes', `Aa1!${'x'.repeat(68)}`],
  ['72 bytes of emoji', `Aa1!${'😀'.repeat(17)}`],
  ['letters and digits of other scripts', 'ЖжЖжЖжЖж٣٤—٥'],
  ['an emoji as the special character', 'Abcdefghi12😀'],
  ['spaces at both ends, which are part of it', '  Abcdefg1!  '],
];

const CALLS = ['/auth/admin', '/auth/admin/reset-password'];

describe('the admin password policy', () => {
  let created: TestServer;
  let empty: TestServer;
  before(async () => {
    created = await startCheckedServer();
    empty = await startCheckedServer();
    await created.signInAdmin();
  });
  after(() => Promise.all([created.close(), empty.close()]));

  for (const [what, password, message] of REFUSED) {
    test(`${what}: ${message}`, async () => {
      for (const path of CALLS) {
        // Broken rules are told before it is said whether there is an admin.
        for (const server of [empty, created]) {
          const hashed = server.engine.jobs.length;
          const answer = await server.call('POST', path, { body: { password } });
          expectAnswer(answer, adminRefusal(400, message), path);
          assert.equal(server.engine.jobs.length, hashed, 'nothing is hashed');
        }
      }
    });
  }

  for (const [what, password] of ACCEPTED) {
    test(`${what} is a password, and no part of it is optional`, async () => {
      const reset = await created.call('POST', '/auth/admin/reset-password', {
        body: { password },
      });
      expectAnswer(reset, { status: 200 });
      const login = (tried: string) =>
        created.call('POST', '/auth/admin/login', { body: { password: tried } });
      assert.equal((await login(password)).status, 200);
      assert.equal((await login(`${password} `)).status, 401);
      assert.equal((await login(password.slice(0, -1))).status, 401);
    });
  }

  test('the policy does not hold at sign-in, where any text is compared', async () => {
    for (const password of ['x', '\u0007', 'x'.repeat(5000)]) {
      const answer = await created.call('POST', '/auth/admin/login', { body: { password } });
      assert.equal(answer.status, 401, JSON.stringify(password).slice(0, 20));
    }
  });
});

test('under argon2id a password has up to 1,024 bytes', async () => {
  const server = await startCheckedServer({ settings: { PASSWORD_HASH: 'argon2id' } });
  try {
    const create = (length: number) =>
      server.call('POST', '/auth/admin', { body: { password: 'Aa1!'.padEnd(length, 'x') } });
    expectAnswer(await create(1025), adminRefusal(400, 'Password must be at most 1024 bytes long'));
    expectAnswer(await create(1024), { status: 200 });
  } finally {
    await server.close();
  }
});
