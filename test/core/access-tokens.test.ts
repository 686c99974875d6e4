import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessTokens } from '../../src/core/access-tokens.ts';
import type { Repository, StoredAccessToken } from '../../src/core/repository.ts';
import { HmacAccessTokenCodec } from '../../src/crypto/access-token-codec.ts';
import { FakeClock } from '../support/fake-clock.ts';

const codec = new HmacAccessTokenCodec(Buffer.alloc(32, 7).toString('base64url'));
const clock = new FakeClock();

/** Token 1 over a repository that counts what it is asked; it can be told to fail. */
function newAccessTokens() {
  const { raw, publicId, hash } = codec.mint();
  const record = { id: 1, publicId, name: 'ci', description: '', permissions: 1 };
  const stored: StoredAccessToken = {
    ...record,
    createdAtMs: clock.nowMs(),
    expiresAtMs: clock.nowMs() + 60_000,
    lastUsedAtMs: null,
    suspendedAtMs: null,
    secretHash: hash,
  };
  const asked = { reads: 0, writes: [] as { id: number; usedAtMs: number }[][], fails: false };
  const repository: Partial<Repository> = {
    findAccessToken: async (id) => {
      asked.reads += 1;
      return id === publicId ? stored : null;
    },
    recordAccessTokenUses: async (uses) => {
      if (asked.fails) throw new Error('the disk is full');
      asked.writes.push([...uses]);
    },
  };
  const deps = { repository: repository as Repository, codec, clock };
  return { tokens: new AccessTokens(deps), raw, asked };
}

test('a mistyped or made-up token is refused without asking the database', async () => {
  const { tokens, raw, asked } = newAccessTokens();
  const last = raw.endsWith('A') ? 'B' : 'A';
  for (const text of [raw.slice(0, -1) + last, `vdai_${'a'.repeat(50)}`, 'vdai_', '', 'x.y.z']) {
    assert.equal(await tokens.authenticate(text), null);
  }
  assert.equal(asked.reads, 0);
  assert.notEqual(await tokens.authenticate(raw), null);
  assert.equal(asked.reads, 1);
});

test('a thousand uses of a token are one write, with the last time', async () => {
  const { tokens, raw, asked } = newAccessTokens();
  for (let n = 0; n < 1000; n += 1) await tokens.authenticate(raw);
  clock.advanceMs(5);
  await tokens.authenticate(raw);
  assert.equal(asked.writes.length, 0);
  await tokens.flushUses();
  assert.deepEqual(asked.writes, [[{ id: 1, usedAtMs: clock.nowMs() }]]);
  await tokens.flushUses();
  assert.equal(asked.writes.length, 1, 'nothing new, nothing written');
});

test('uses that could not be written are kept for the next time', async () => {
  const { tokens, raw, asked } = newAccessTokens();
  await tokens.authenticate(raw);
  asked.fails = true;
  await assert.rejects(tokens.flushUses());
  asked.fails = false;
  await tokens.flushUses();
  assert.equal(asked.writes.length, 1);
});

test('a token is dead at the very instant of its expiry', async () => {
  const { tokens, raw } = newAccessTokens();
  clock.advanceMs(59_999);
  assert.notEqual(await tokens.authenticate(raw), null);
  clock.advanceMs(1);
  assert.equal(await tokens.authenticate(raw), null);
});
