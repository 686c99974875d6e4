import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AccessTokenRepository,
  AccessTokenUse,
  StoredAccessToken,
} from '../../src/core/access-token-repository.ts';
import { AccessTokens } from '../../src/core/access-tokens.ts';
import { HmacAccessTokenCodec } from '../../src/crypto/access-token-codec.ts';
import { FakeClock } from '../support/fake-clock.ts';

const codec = new HmacAccessTokenCodec(Buffer.alloc(32, 7).toString('base64url'));
const clock = new FakeClock();

/** Token 1 over a repository that counts what it is asked; it can be told to fail. */
function newAccessTokens() {
  const { raw, publicId, hash } = codec.mint();
  const old = codec.mint(publicId);
  const record = { id: 1, publicId, name: 'ci', description: '', permissions: 1 };
  const stored: StoredAccessToken = {
    ...record,
    createdAtMs: clock.nowMs(),
    expiresAtMs: clock.nowMs() + 60_000,
    lastUsedAtMs: null,
    rotatedAtMs: clock.nowMs(),
    suspendedAtMs: null,
    version: 2,
    secretHash: hash,
    previous: { expiresAtMs: clock.nowMs() + 30_000, lastUsedAtMs: null },
    previousHash: old.hash,
  };
  const asked = { reads: 0, writes: [] as AccessTokenUse[][], fails: false };
  const repository: Partial<AccessTokenRepository> = {
    findAccessToken: async (id) => {
      asked.reads += 1;
      return id === publicId ? stored : null;
    },
    recordAccessTokenUses: async (uses) => {
      if (asked.fails) throw new Error('the disk is full');
      asked.writes.push([...uses]);
    },
  };
  const deps = { repository: repository as AccessTokenRepository, codec, clock };
  return { tokens: new AccessTokens(deps), raw, hash, old, asked, stored, repository };
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
  const { tokens, raw, hash, asked } = newAccessTokens();
  for (let n = 0; n < 1000; n += 1) await tokens.authenticate(raw);
  clock.advanceMs(5);
  await tokens.authenticate(raw);
  assert.equal(asked.writes.length, 0);
  await tokens.flushUses();
  assert.deepEqual(asked.writes, [[{ id: 1, secretHash: hash, usedAtMs: clock.nowMs() }]]);
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

test('uses of many tokens are written a few at a time, and what fails is not lost', async () => {
  const minted = new Map(Array.from({ length: 600 }, (_, index) => [codec.mint(), index + 1]));
  const byPublicId = new Map([...minted].map(([token, id]) => [token.publicId, { token, id }]));
  const { asked, stored, repository } = newAccessTokens();
  repository.findAccessToken = async (publicId) => {
    const { token, id } = byPublicId.get(publicId) ?? {};
    return token && id ? { ...stored, id, publicId, secretHash: token.hash } : null;
  };
  const tokens = new AccessTokens({
    repository: repository as AccessTokenRepository,
    codec,
    clock,
  });
  for (const { raw } of [...minted.keys()].reverse()) await tokens.authenticate(raw);
  let hasFailed = false;
  repository.recordAccessTokenUses = async (uses) => {
    if (asked.writes.length > 0 && !hasFailed) {
      hasFailed = true;
      throw new Error('the disk is full');
    }
    asked.writes.push([...uses]);
  };
  const first = tokens.flushUses();
  const second = tokens.flushUses();
  await assert.rejects(first, /the disk is full/);
  await second;
  const ids = asked.writes.map((uses) => uses.map(({ id }) => id));
  assert.ok(
    ids.every(({ length }) => length <= 256),
    `${ids.map(({ length }) => length)}`,
  );
  assert.deepEqual(
    ids.flat(),
    Array.from({ length: 600 }, (_, index) => index + 1),
  );
});

test('a token is dead at the very instant of its expiry', async () => {
  const { tokens, raw } = newAccessTokens();
  clock.advanceMs(59_999);
  assert.notEqual(await tokens.authenticate(raw), null);
  clock.advanceMs(1);
  assert.equal(await tokens.authenticate(raw), null);
});

test('the previous value is dead at the very instant at which the overlap ends', async () => {
  const { tokens, raw, old } = newAccessTokens();
  clock.advanceMs(29_999);
  assert.equal((await tokens.authenticate(old.raw))?.id, 1);
  clock.advanceMs(1);
  assert.equal(await tokens.authenticate(old.raw), null);
  assert.notEqual(await tokens.authenticate(raw), null);
});

test('uses of both values are gathered apart', async () => {
  const { tokens, raw, hash, old, asked } = newAccessTokens();
  await tokens.authenticate(old.raw);
  const usedAtMs = clock.nowMs();
  clock.advanceMs(5);
  await tokens.authenticate(raw);
  await tokens.flushUses();
  assert.deepEqual(asked.writes, [
    [
      { id: 1, secretHash: old.hash, usedAtMs },
      { id: 1, secretHash: hash, usedAtMs: usedAtMs + 5 },
    ],
  ]);
});

test('another value with the id of a token is none of it', async () => {
  const { tokens, old } = newAccessTokens();
  const [, publicId = ''] = /^vdai_(.{12})/.exec(old.raw) ?? [];
  assert.equal(await tokens.authenticate(codec.mint(publicId).raw), null);
});
