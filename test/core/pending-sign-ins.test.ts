/** Sign-ins that a browser has begun at a provider: what its cookie holds, and for how long. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PENDING_SIGN_IN_SECONDS, PendingSignIns } from '../../src/core/pending-sign-ins.ts';
import { systemRandom } from '../../src/crypto/identifiers.ts';
import { AesGcmSealer } from '../../src/crypto/sealed-text.ts';
import { FakeClock } from '../support/fake-clock.ts';

const KEY = Buffer.alloc(48, 7).toString('base64url');
const ABOUT = { providerId: 'google', redirectUri: 'http://localhost/callback', returnTo: '/x' };

function setUp() {
  const clock = new FakeClock();
  const sealer = new AesGcmSealer(KEY, 'pending sign-ins');
  return { clock, pending: new PendingSignIns({ sealer, random: systemRandom, clock }) };
}

test('a sign-in that was begun is recognised by its state, once', () => {
  const { pending } = setUp();
  const begun = pending.begin(null, ABOUT);
  const { state } = begun.pending;
  const taken = pending.take(begun.cookie, { providerId: 'google', state });
  assert.deepEqual(taken, { pending: begun.pending, rest: null });
});

test('state, nonce and verifier are unguessable, different, and not to be read in the cookie', () => {
  const { pending } = setUp();
  const begun = pending.begin(null, ABOUT);
  const secrets = [begun.pending.state, begun.pending.nonce, begun.pending.codeVerifier];
  assert.equal(new Set(secrets).size, 3);
  for (const secret of secrets) {
    // RFC 7636 §4.1: a verifier has 43 to 128 of these characters.
    assert.match(secret, /^[A-Za-z0-9_-]{43,128}$/);
    assert.ok(!Buffer.from(begun.cookie, 'base64url').toString('latin1').includes(secret));
  }
});

test('another state, another provider and no cookie are recognised as nothing', () => {
  const { pending } = setUp();
  const { cookie, pending: begun } = pending.begin(null, ABOUT);
  const { state } = begun;
  assert.equal(pending.take(cookie, { providerId: 'google', state: `${state}x` }), null);
  assert.equal(pending.take(cookie, { providerId: 'google', state: '' }), null);
  assert.equal(pending.take(cookie, { providerId: 'other', state }), null);
  assert.equal(pending.take(null, { providerId: 'google', state }), null);
});

test('tabs that begin one after the other all finish, in any order', () => {
  const { pending } = setUp();
  const first = pending.begin(null, ABOUT);
  const second = pending.begin(first.cookie, { ...ABOUT, returnTo: '/second' });
  const takenFirst = pending.take(second.cookie, first.pending);
  assert.equal(takenFirst?.pending.returnTo, '/x');
  const rest = takenFirst?.rest ?? null;
  const takenSecond = pending.take(rest, second.pending);
  assert.equal(takenSecond?.pending.returnTo, '/second');
  assert.equal(takenSecond?.rest, null);
  assert.equal(pending.take(rest, first.pending), null);
});

test('it ends after five minutes to the millisecond, and when the clock went far back', () => {
  const { pending, clock } = setUp();
  const { cookie, pending: begun } = pending.begin(null, ABOUT);
  const isLive = () => pending.take(cookie, begun) !== null;
  clock.advanceMs(PENDING_SIGN_IN_SECONDS * 1000 - 1);
  assert.ok(isLive());
  clock.advanceMs(1);
  assert.ok(!isLive());
  clock.advanceMs(-PENDING_SIGN_IN_SECONDS * 1000 - 60_000);
  assert.ok(!isLive());
});

test('the cookie stays small enough to be kept, and the newest sign-in is always in it', () => {
  const { pending } = setUp();
  let cookie: string | null = null;
  for (let i = 0; i < 40; i += 1) {
    const begun = pending.begin(cookie, { ...ABOUT, returnTo: `/${'x'.repeat(2_000)}` });
    ({ cookie } = begun);
    assert.ok(cookie.length < 3_900, `${cookie.length}`);
    assert.notEqual(pending.take(cookie, begun.pending), null);
  }
});

test('a cookie that was changed in any bit, or sealed for another use, is as none', () => {
  const { pending } = setUp();
  const { cookie, pending: begun } = pending.begin(null, ABOUT);
  const bytes = Buffer.from(cookie, 'base64url');
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] ?? 0) ^ 1;
    assert.equal(pending.take(changed.toString('base64url'), begun), null, `byte ${i}`);
  }
  const otherUse = new AesGcmSealer(KEY, 'something else').seal(JSON.stringify([begun]));
  assert.equal(pending.take(otherUse, begun), null);
  for (const text of ['', 'x', '[]', 'a'.repeat(5_000)]) {
    assert.equal(pending.take(text, begun), null);
  }
});
