/** Hashes of other systems: vectors that those have published, and what is refused. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { ForeignHash } from '../../src/core/ports.ts';
import { adoptForeignHash } from '../../src/crypto/foreign-hashes.ts';
import {
  formatKeyDerivedHash,
  PBKDF2_STEPS,
  parseKeyDerivedHash,
} from '../../src/crypto/password-hash-forms.ts';
import { decoyOfKind, kindOfHash } from '../../src/crypto/password-schemes.ts';
import { PasswordThreads } from '../../src/crypto/password-threads.ts';

const threads = new PasswordThreads();
after(() => threads.close());

const verify = (password: string, hash: string) =>
  threads.run({ kind: 'verify', password, hash }) as Promise<boolean>;

function adopted(foreign: ForeignHash): string {
  const result = adoptForeignHash(foreign);
  assert.ok('hash' in result, JSON.stringify(result));
  return result.hash;
}

function fault(foreign: ForeignHash): [field: string, rule: string] {
  const result = adoptForeignHash(foreign);
  assert.ok('fault' in result, JSON.stringify(result));
  return [result.fault.field, result.fault.rule.name];
}

const fromHex = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64');
const fromText = (text: string) => Buffer.from(text).toString('base64');

/** Of the published example of github.com/firebase/scrypt. */
const FIREBASE = {
  hash_algorithm: 'firebase-scrypt',
  hash_signer_key:
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  hash_salt_separator: 'Bw==',
  hash_rounds: 8,
  hash_mem_cost: 14,
  hash_salt: '42xEC+ixf3L2lw==',
  password_hash:
    'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
};

const VECTORS: readonly [source: string, password: string, foreign: ForeignHash, kind: string][] = [
  [
    'RFC 7914 §12, scrypt with N 1024 and p 16',
    'password',
    {
      hash_algorithm: 'scrypt',
      hash_n: 1024,
      hash_r: 8,
      hash_p: 16,
      hash_salt: fromText('NaCl'),
      password_hash: fromHex(
        'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162' +
          '2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      ),
    },
    'scrypt:ln=10,r=8,p=16',
  ],
  [
    'RFC 7914 §12, scrypt with N 16384',
    'pleaseletmein',
    {
      hash_algorithm: 'scrypt',
      hash_n: 16_384,
      hash_r: 8,
      hash_p: 1,
      hash_salt: fromText('SodiumChloride'),
      password_hash: fromHex(
        '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
          'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      ),
    },
    'scrypt:ln=14,r=8,p=1',
  ],
  [
    'the documentation of passlib, scrypt',
    'password',
    {
      password_hash:
        '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
    },
    'scrypt:ln=16,r=8,p=1',
  ],
  [
    'the tests of Django, scrypt',
    'lètmein',
    {
      password_hash:
        'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NY' +
        'afTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
    },
    'scrypt:ln=14,r=8,p=1',
  ],
  ['the example of firebase/scrypt', 'user1password', FIREBASE, 'firebase-scrypt:ln=14,r=8,p=1'],
  [
    'RFC 6070, PBKDF2 with SHA-1, 4096 iterations',
    'password',
    {
      hash_algorithm: 'pbkdf2-sha1',
      hash_iterations: 4096,
      hash_salt: fromText('salt'),
      password_hash: fromHex('4b007901b765489abead49d926f721d065a429c1'),
    },
    'pbkdf2-sha1:i=50000',
  ],
  [
    'RFC 6070, PBKDF2 with SHA-1, more than one block of output',
    'passwordPASSWORDpassword',
    {
      hash_algorithm: 'pbkdf2-sha1',
      hash_iterations: 4096,
      hash_salt: fromText('saltSALTsaltSALTsaltSALTsaltSALTsalt'),
      password_hash: fromHex('3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038'),
    },
    'pbkdf2-sha1:i=50000',
  ],
  [
    'RFC 7914 §11, PBKDF2 with SHA-256, one iteration',
    'passwd',
    {
      hash_algorithm: 'pbkdf2-sha256',
      hash_iterations: 1,
      hash_salt: fromText('salt'),
      password_hash: fromHex(
        '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
          'a9ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
      ),
    },
    'pbkdf2-sha256:i=50000',
  ],
  [
    'RFC 7914 §11, PBKDF2 with SHA-256, 80000 iterations',
    'Password',
    {
      hash_algorithm: 'pbkdf2-sha256',
      hash_iterations: 80_000,
      hash_salt: fromText('NaCl'),
      password_hash: fromHex(
        '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56' +
          'a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
      ),
    },
    'pbkdf2-sha256:i=250000',
  ],
  [
    'the tests of Django, PBKDF2',
    'lètmein',
    { password_hash: 'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=' },
    'pbkdf2-sha256:i=600000',
  ],
  [
    'the documentation of passlib, PBKDF2',
    'password',
    {
      password_hash:
        '$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M',
    },
    'pbkdf2-sha256:i=50000',
  ],
  [
    'the tests of the reference argon2, argon2id',
    'password',
    {
      password_hash:
        '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    },
    'argon2id:65536:2:1',
  ],
  [
    'the tests of the reference argon2, argon2i of before version 1.3',
    'password',
    {
      password_hash:
        '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
    },
    'argon2i:v=16,m=65536,t=2,p=1',
  ],
  [
    'the tests of Django, argon2i',
    'secret',
    { password_hash: 'argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q' },
    'argon2i:v=19,m=8,t=1,p=1',
  ],
  [
    'the tests of crypt_blowfish, $2a$',
    'U*U',
    { password_hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' },
    'bcrypt:5',
  ],
  [
    'the tests of crypt_blowfish, $2y$, as Django would store it',
    'U*U*',
    { password_hash: 'bcrypt$$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK' },
    'bcrypt:5',
  ],
];

for (const [source, password, foreign, kind] of VECTORS) {
  test(`a hash of ${source} is taken over, and lets its password in and no other`, async () => {
    const hash = adopted(foreign);
    assert.equal(kindOfHash(hash), kind);
    assert.equal(await verify(password, hash), true);
    assert.equal(await verify(`${password}x`, hash), false);
    assert.equal(await verify('', hash), false);
  });

  test(`a decoy of the kind of ${source} costs a check and lets nobody in`, async () => {
    const decoy = decoyOfKind(kind);
    assert.equal(kindOfHash(decoy), kind);
    assert.equal(await verify(password, decoy), false);
  });

  test(`the stored form of ${source} is taken over as it is by another installation`, () => {
    const hash = adopted(foreign);
    assert.equal(adopted({ password_hash: hash }), hash);
  });
}

test('the stored form of a hash of Firebase does not hold the signer key of the project', () => {
  const stored = parseKeyDerivedHash(adopted(FIREBASE));
  const key = Buffer.from(FIREBASE.hash_signer_key, 'base64');
  assert.equal(stored?.hash.includes(key.subarray(0, 8)), false);
  assert.equal(stored?.hash.equals(Buffer.from(FIREBASE.password_hash, 'base64')), false);
});

test('base64 of other alphabets means the same bytes', () => {
  const plain = adopted(FIREBASE);
  const urlSafe = (text: string) =>
    text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const { hash_salt, password_hash, hash_signer_key } = FIREBASE;
  assert.equal(
    adopted({
      ...FIREBASE,
      hash_salt: urlSafe(hash_salt),
      password_hash: urlSafe(password_hash),
      hash_signer_key: urlSafe(hash_signer_key),
    }),
    plain,
  );
});

const SALT = 'c29tZXNhbHQ';
const HASH = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

const REFUSED: readonly [why: string, foreign: ForeignHash, field: string, rule: string][] = [
  [
    'plain MD5',
    { password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    'password_hash',
    'unknown_form',
  ],
  ['nothing', { password_hash: '' }, 'password_hash', 'unknown_form'],
  ['an unusable password of Django', { password_hash: '!aBc' }, 'password_hash', 'unknown_form'],
  ['$2x$', { password_hash: `$2x$05$${'.'.repeat(53)}` }, 'password_hash', 'unknown_form'],
  [
    'bcrypt of cost 17',
    { password_hash: `$2b$17$${'.'.repeat(53)}` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'bcrypt of cost 3',
    { password_hash: `$2b$03$${'.'.repeat(53)}` },
    'password_hash',
    'out_of_bounds',
  ],
  ['argon2 of 65 MiB', argon2('m=66560,t=1,p=1'), 'password_hash', 'out_of_bounds'],
  ['argon2 of 64 MiB and 9 passes', argon2('m=65536,t=9,p=1'), 'password_hash', 'out_of_bounds'],
  ['argon2 of 17 passes', argon2('m=8,t=17,p=1'), 'password_hash', 'out_of_bounds'],
  ['argon2 of 17 lanes', argon2('m=65536,t=1,p=17'), 'password_hash', 'out_of_bounds'],
  [
    'argon2 with too little memory for its lanes',
    argon2('m=8,t=1,p=2'),
    'password_hash',
    'out_of_bounds',
  ],
  ['argon2 with a parameter twice', argon2('m=8,m=8,p=1'), 'password_hash', 'malformed'],
  ['scrypt of 128 MiB', scrypt('ln=17,r=8,p=1'), 'password_hash', 'out_of_bounds'],
  ['scrypt of too much work', scrypt('ln=16,r=8,p=9'), 'password_hash', 'out_of_bounds'],
  ['scrypt of r 33', scrypt('ln=2,r=33,p=1'), 'password_hash', 'out_of_bounds'],
  ['scrypt of p 17', scrypt('ln=2,r=1,p=17'), 'password_hash', 'out_of_bounds'],
  [
    'scrypt without salt',
    { password_hash: `$scrypt$ln=2,r=1,p=1$$${HASH}` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'scrypt without hash',
    { password_hash: `$scrypt$ln=2,r=1,p=1$${SALT}$` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'scrypt of 15 bytes',
    { password_hash: `$scrypt$ln=2,r=1,p=1$${SALT}$${HASH.slice(0, 20)}` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'base64 that is none',
    { password_hash: `$scrypt$ln=2,r=1,p=1$${SALT}$${HASH}!` },
    'password_hash',
    'malformed',
  ],
  [
    'base64 of an impossible length',
    { password_hash: `$scrypt$ln=2,r=1,p=1$abcde$${HASH}` },
    'password_hash',
    'malformed',
  ],
  [
    'PBKDF2 of 2,000,001 iterations',
    { password_hash: `$pbkdf2-sha256$i=2000001$${SALT}$${HASH}` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'PBKDF2 of no iterations',
    { password_hash: `$pbkdf2-sha256$i=0$${SALT}$${HASH}` },
    'password_hash',
    'out_of_bounds',
  ],
  [
    'an algorithm of nobody',
    { hash_algorithm: 'md5', password_hash: HASH },
    'hash_algorithm',
    'unknown_algorithm',
  ],
  [
    'an algorithm that is a word of JavaScript',
    { hash_algorithm: 'constructor', password_hash: HASH },
    'hash_algorithm',
    'unknown_algorithm',
  ],
  ['Firebase without its key', without('hash_signer_key'), 'hash_signer_key', 'missing'],
  ['Firebase without a salt', without('hash_salt'), 'hash_salt', 'missing'],
  ['Firebase without rounds', without('hash_rounds'), 'hash_rounds', 'missing'],
  [
    'Firebase with a key of another length',
    { ...FIREBASE, hash_signer_key: 'AAAA' },
    'password_hash',
    'out_of_bounds',
  ],
  ['Firebase of 128 MiB', { ...FIREBASE, hash_mem_cost: 17 }, 'hash_mem_cost', 'out_of_bounds'],
  [
    'scrypt whose N is no power of two',
    {
      hash_algorithm: 'scrypt',
      hash_n: 1000,
      hash_r: 8,
      hash_p: 1,
      hash_salt: SALT,
      password_hash: HASH,
    },
    'hash_n',
    'out_of_bounds',
  ],
  [
    'PBKDF2 in fields without iterations',
    { hash_algorithm: 'pbkdf2-sha512', hash_salt: SALT, password_hash: HASH },
    'hash_iterations',
    'missing',
  ],
];

function argon2(parameters: string): ForeignHash {
  return { password_hash: `$argon2id$v=19$${parameters}$${SALT}$${HASH}` };
}

function scrypt(parameters: string): ForeignHash {
  return { password_hash: `$scrypt$${parameters}$${SALT}$${HASH}` };
}

function without(field: keyof typeof FIREBASE): ForeignHash {
  const { [field]: _, ...rest } = FIREBASE;
  return rest as ForeignHash;
}

for (const [why, foreign, field, rule] of REFUSED) {
  test(`${why} is refused, and the field that says so is named`, () => {
    assert.deepEqual(fault(foreign), [field, rule]);
  });
}

test('a text either is refused, or is a hash that a thread can check', async () => {
  const part = fc.oneof(
    fc.constantFrom('$argon2id$v=19$', '$argon2d$', '$scrypt$', '$pbkdf2-sha512$', '$2b$04$', '$'),
    fc.constantFrom('m=64,t=1,p=1$', 'ln=4,r=1,p=1$', 'i=10$', '10$', `${SALT}$`, HASH, '=', '.'),
    fc.string({ maxLength: 12 }),
  );
  const texts = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(texts, async (password_hash) => {
      const result = adoptForeignHash({ password_hash });
      if ('fault' in result) return;
      assert.notEqual(kindOfHash(result.hash), 'unreadable');
      assert.equal(await verify('nobody has this', result.hash), false);
    }),
    { numRuns: 300 },
  );
});

test('no foreign kind looks like bcrypt to a server of the release before', () => {
  for (const [, , , kind] of VECTORS) {
    const [algorithm, cost = ''] = kind.split(':');
    if (algorithm === 'bcrypt' || algorithm === 'argon2id') continue;
    assert.doesNotMatch(`$2b$${cost.padStart(2, '0')}$`, /^\$2b\$\d\d\$$/, kind);
  }
});

test('iterations of PBKDF2 make few kinds, each of which its own decoy belongs to', () => {
  const kinds = new Set<string>();
  for (const iterations of [1, 12_000, 50_000, 50_001, 180_000, 390_000, 870_000, 1_000_000, 2e6]) {
    const salt = Buffer.from('salt');
    const hash = Buffer.alloc(32, 1);
    const text = formatKeyDerivedHash({
      algorithm: 'pbkdf2',
      digest: 'sha256',
      iterations,
      salt,
      hash,
    });
    kinds.add(kindOfHash(text));
    assert.equal(kindOfHash(decoyOfKind(kindOfHash(text))), kindOfHash(text));
  }
  assert.equal(kinds.size, PBKDF2_STEPS.length);
});

test('a stored hash that is too short to prove anything is unreadable', () => {
  assert.equal(kindOfHash(`$scrypt$ln=2,r=1,p=1$${SALT}$AA`), 'unreadable');
  assert.equal(kindOfHash(`$pbkdf2-sha256$i=1$${SALT}$A`), 'unreadable');
});
