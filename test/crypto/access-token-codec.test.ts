import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { HmacAccessTokenCodec } from '../../src/crypto/access-token-codec.ts';

const KEY = randomBytes(32).toString('base64url');
const codec = new HmacAccessTokenCodec(KEY);

test('a minted token is recognised by its public id and its hash', () => {
  const { raw, publicId, hash } = codec.mint();
  assert.match(raw, /^vdai_[0-9A-Za-z]{50}$/);
  const parsed = codec.parse(raw);
  assert.equal(parsed?.publicId, publicId);
  assert.ok(parsed && codec.hashesMatch(parsed.hash, hash));
});

test('a token mistyped in one character, or with two swapped, fails its checksum', () => {
  const { raw } = codec.mint();
  for (let index = 5; index < raw.length; index += 1) {
    const other = raw[index] === 'x' ? 'y' : 'x';
    assert.equal(codec.parse(raw.slice(0, index) + other + raw.slice(index + 1)), null);
    const [a = '', b = ''] = [raw[index], raw[index + 1]];
    if (b === '' || a === b) continue;
    assert.equal(codec.parse(raw.slice(0, index) + b + a + raw.slice(index + 2)), null);
  }
});

test('text of another form is no token', () => {
  const { raw } = codec.mint();
  const texts = ['', 'vdai_', raw.slice(0, -1), `${raw}A`, ` ${raw}`, `${raw}\n`, `VDAI_${raw}`];
  for (const text of texts) assert.equal(codec.parse(text), null, text);
});

test('the hash depends on the key, so that the database alone cannot make a token', () => {
  const { raw, hash } = codec.mint();
  const other = new HmacAccessTokenCodec(randomBytes(32).toString('base64url')).parse(raw);
  assert.ok(other && !codec.hashesMatch(other.hash, hash));
});

test('a second token under the same public id has another secret', () => {
  const first = codec.mint();
  const second = codec.mint(first.publicId);
  assert.equal(second.publicId, first.publicId);
  assert.ok(!codec.hashesMatch(first.hash, second.hash));
});

test('a hundred thousand secrets are unique and use the whole alphabet evenly', () => {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const total = 100_000;
  for (let round = 0; round < total; round += 1) {
    const secret = codec.mint('000000000000').raw.slice(17, 49);
    seen.add(secret);
    const letter = secret[round % secret.length] ?? '';
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  assert.equal(seen.size, total);
  assert.equal(counts.size, 62);
  const expected = total / 62;
  const chiSquare = [...counts.values()].reduce(
    (sum, n) => sum + (n - expected) ** 2 / expected,
    0,
  );
  // 61 degrees of freedom: exceeded by chance once in ten million runs.
  assert.ok(chiSquare < 140, `chi-square ${chiSquare}`);
});
