import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Hs256Signer } from '../../src/crypto/hs256.ts';

const SECRET = 'a secret of thirty-two bytes or more';
const signer = new Hs256Signer(SECRET);

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token with a correct signature over whatever header and payload. */
function forge(header: unknown, payload: unknown, algorithm = 'sha256', secret = SECRET): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(algorithm, secret).update(signed).digest('base64url')}`;
}

test('a signed token gives back its claims', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
      assert.deepEqual(signer.verify(signer.sign(claims)), JSON.parse(JSON.stringify(claims)));
    }),
  );
});

test('the published vector of RFC 7515 A.1 has our signature algorithm', () => {
  const key = Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  );
  const signed =
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog' +
    'Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
  const mac = createHmac('sha256', key).update(signed).digest('base64url');
  assert.equal(mac, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
});

test('the header is byte for byte the one that other implementations write', () => {
  assert.ok(signer.sign({}).startsWith('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.'));
});

test('a token under another secret, or changed in any character, is refused', () => {
  const token = signer.sign({ sub: 'someone', n: 1 });
  assert.equal(new Hs256Signer(`${SECRET}!`).verify(token), null);
  for (let index = 0; index < token.length; index += 1) {
    const other = token[index] === 'A' ? 'B' : 'A';
    const changed = token.slice(0, index) + other + token.slice(index + 1);
    assert.equal(signer.verify(changed), null, `position ${index}`);
  }
});

test('a good signature under any other header is refused', () => {
  const claims = { sub: 'admin' };
  const headers: unknown[] = [
    { alg: 'none', typ: 'JWT' },
    { alg: 'HS384', typ: 'JWT' },
    { alg: 'HS256' },
    { typ: 'JWT', alg: 'HS256' },
    { alg: 'HS256', typ: 'JWT', crit: ['b64'], b64: false },
    { alg: 'HS256', typ: 'JWT', crit: [] },
    { alg: 'HS256', typ: 'JWT', kid: '../../dev/null' },
    { alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: 'AA' } },
    '{"alg":"HS256", "typ":"JWT"}',
    '{"alg":"HS256","typ":"JWT","alg":"HS256"}',
  ];
  for (const header of headers) {
    assert.equal(signer.verify(forge(header, claims)), null, JSON.stringify(header));
  }
  const header = { alg: 'HS256', typ: 'JWT' };
  assert.deepEqual(signer.verify(forge(header, claims)), claims);
  assert.equal(signer.verify(forge(header, claims, 'sha384')), null);
});

test('a good signature over something that is no object is refused', () => {
  const header = { alg: 'HS256', typ: 'JWT' };
  for (const payload of ['[1]', '"text"', '1', 'null', 'true', '{', '', '\ufeff{}']) {
    assert.equal(signer.verify(forge(header, payload)), null, payload);
  }
});

test('a token in any other spelling than ours is refused', () => {
  const token = signer.sign({ sub: 'a' });
  const [header, payload, signature] = token.split('.');
  const spellings = [
    `${token}=`,
    `${token}\n`,
    ` ${token}`,
    `${header}.${payload}=.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    `${header}.${payload}.${signature}.${signature}`,
    `${header}..${signature}`,
    token.replaceAll('-', '+'),
    '.'.repeat(16_384),
    '',
  ].filter((spelling) => spelling !== token);
  for (const spelling of spellings) assert.equal(signer.verify(spelling), null, spelling);
});

test('claims named like properties of every object stay claims', () => {
  const header = { alg: 'HS256', typ: 'JWT' };
  const claims = signer.verify(forge(header, '{"__proto__":{"role":"ADMIN"}}'));
  assert.equal(claims?.role, undefined);
  assert.equal(({} as Record<string, unknown>).role, undefined);
});
