/** Reading tokens: what is computed once, and what that may never change. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenSigner } from '../../src/core/ports.ts';
import { SessionTokenIssuer } from '../../src/core/session-tokens.ts';
import { Hs256Signer } from '../../src/crypto/hs256.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SECRET = 'a secret of the tests that is long enough';
const LIFETIME_SECONDS = 900;

function setUp() {
  const clock = new FakeClock();
  const hs256 = new Hs256Signer(SECRET);
  const counted = { verified: 0 };
  const userSigner: TokenSigner = {
    sign: (claims) => hs256.sign(claims),
    verify: (token) => {
      counted.verified += 1;
      return hs256.verify(token);
    },
  };
  const issuer = new SessionTokenIssuer({ userSigner, clock, issuer: 'sallyport' });
  const issue = (sessionId: string) => {
    const issuedAt = Math.floor(clock.nowMs() / 1000);
    return issuer.issuePair({
      sessionId,
      userId: 7,
      username: 'maria',
      roleIssued: 'STANDARD',
      generation: 1,
      issuedAt,
      accessExpiresAt: issuedAt + LIFETIME_SECONDS,
      refreshExpiresAt: issuedAt + 10 * LIFETIME_SECONDS,
    });
  };
  return { clock, counted, issuer, issue };
}

test('the signature of an access token is computed once', () => {
  const { counted, issuer, issue } = setUp();
  const { accessToken } = issue('s1');
  assert.equal(issuer.recall(accessToken), null, 'nobody has read it yet');
  for (let i = 0; i < 3; i += 1) {
    assert.equal(issuer.read(accessToken, 'access')?.sessionId, 's1');
    assert.equal(issuer.recall(accessToken)?.sessionId, 's1');
  }
  assert.equal(counted.verified, 1);
});

test('a remembered token is over with its exp, and its kind stays what it is', () => {
  const { clock, issuer, issue } = setUp();
  const { accessToken, expiresAt } = issue('s1');
  assert.ok(issuer.read(accessToken, 'access'));
  assert.equal(issuer.read(accessToken, 'refresh'), null);
  clock.advanceMs(expiresAt * 1000 - clock.nowMs() - 1);
  assert.ok(issuer.recall(accessToken));
  clock.advanceMs(1);
  assert.equal(issuer.recall(accessToken), null);
  assert.equal(issuer.read(accessToken, 'access'), null);
});

test('a refresh token and a token that is not ours are not remembered', () => {
  const { counted, issuer, issue } = setUp();
  const { accessToken, refreshToken } = issue('s1');
  issuer.read(accessToken, 'access');
  const others = [refreshToken, `${accessToken}A`, accessToken.slice(0, -1), '', 'vdai_x'];
  for (const token of others) {
    const before = counted.verified;
    for (let i = 0; i < 2; i += 1) {
      issuer.read(token, 'refresh');
      assert.equal(issuer.read(token, 'access'), null);
      assert.equal(issuer.recall(token), null);
    }
    assert.equal(counted.verified - before, 4, token);
  }
});

test('a session id that can be none of ours is not asked for, whoever has signed it', () => {
  const { issuer, issue } = setUp();
  for (const sessionId of ['', 'a\0b', 'ü', 'x'.repeat(65)]) {
    assert.equal(issuer.read(issue(sessionId).accessToken, 'access'), null, sessionId);
    assert.equal(issuer.read(issue(sessionId).refreshToken, 'refresh'), null, sessionId);
  }
});
