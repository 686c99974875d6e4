/** How many answers of providers may be waited for at once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal, SallyportError } from '../../src/core/errors.ts';
import type { RequestOrigin } from '../../src/core/events.ts';
import { PendingSignIns } from '../../src/core/pending-sign-ins.ts';
import type { IdentityProvider } from '../../src/core/ports.ts';
import { ProviderSignIns } from '../../src/core/provider-sign-ins.ts';
import type { Repository } from '../../src/core/repository.ts';
import { systemClock, systemRandom } from '../../src/crypto/identifiers.ts';
import { AesGcmSealer } from '../../src/crypto/sealed-text.ts';

const CODE = { code: 'c', redirectUri: 'https://app.example/', codeVerifier: null, nonce: null };

/** A provider that answers when it is told to, and then that it is down. */
function setUp() {
  const waiting: (() => void)[] = [];
  const hang = () =>
    new Promise<never>((_, reject) => {
      const details = { providerName: 'Slow', retryAfterSeconds: 5 };
      waiting.push(() => reject(new SallyportError('provider_unavailable', details)));
    });
  const provider: IdentityProvider = {
    id: 'google',
    name: 'Slow',
    redirectUri: null,
    authorizationUrl: async () => 'https://id.example/',
    finish: hang,
    redeem: hang,
  };
  const signIns = new ProviderSignIns({
    repository: { recordRefusal: async () => undefined } as Partial<Repository> as Repository,
    providers: [provider],
    redirectUris: [CODE.redirectUri],
    pending: new PendingSignIns({
      sealer: new AesGcmSealer('', 'test'),
      random: systemRandom,
      clock: systemClock,
    }),
    tokens: {} as never,
    random: systemRandom,
    lifetimes: {} as never,
  });
  const outcomes: string[] = [];
  const signIn = (addressKey: string) => {
    const origin: RequestOrigin = { address: addressKey, addressKey, requestId: '', userAgent: '' };
    const answer = signIns.signInWithGoogleCode(CODE, origin);
    return answer.catch((error) => {
      outcomes.push(isRefusal(error, 'provider_busy') ? 'busy' : (error as SallyportError).code);
    });
  };
  const releaseAll = () => {
    for (const release of waiting.splice(0)) release();
  };
  return { signIn, outcomes, waiting, releaseAll };
}

test('one address waits for sixteen answers at most, and others are not kept out by it', async () => {
  const { signIn, outcomes, waiting, releaseAll } = setUp();
  const all = Array.from({ length: 20 }, () => signIn('10.0.0.1'));
  await Promise.race(all);
  assert.equal(waiting.length, 16);
  all.push(signIn('10.0.0.2'));
  releaseAll();
  await Promise.all(all);
  assert.equal(outcomes.filter((code) => code === 'busy').length, 4);
  assert.equal(outcomes.filter((code) => code === 'provider_unavailable').length, 17);
});

test('all addresses together wait for sixty-four, and places become free again', async () => {
  const { signIn, outcomes, waiting, releaseAll } = setUp();
  for (let round = 0; round < 3; round += 1) {
    const all = Array.from({ length: 70 }, (_, i) => signIn(`10.0.0.${i}`));
    await Promise.race(all);
    assert.equal(waiting.length, 64);
    releaseAll();
    await Promise.all(all);
  }
  assert.equal(outcomes.filter((code) => code === 'busy').length, 3 * 6);
});
