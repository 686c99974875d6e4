import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/core/errors.ts';
import { generatePassword } from '../../src/core/generated-passwords.ts';
import { requireRecentPassword } from '../../src/core/recent-passwords.ts';
import { systemRandom } from '../../src/crypto/identifiers.ts';

test('a password counts as just entered for five minutes, and not from the future', () => {
  const ages: [age: number | null, isRecent: boolean][] = [
    [0, true],
    [299_999, true],
    [300_000, false],
    [-60_000, true],
    [-60_001, false],
    [null, false],
    [Number.POSITIVE_INFINITY, false],
    [Number.NaN, false],
  ];
  for (const [passwordAgeMs, isRecent] of ages) {
    let refused = false;
    try {
      requireRecentPassword({ passwordAgeMs });
    } catch (error) {
      refused = isRefusal(error, 'password_confirmation_required');
    }
    assert.equal(refused, !isRecent, String(passwordAgeMs));
  }
});

test('a password that is made has letters and digits of every kind of identifier', () => {
  const made = new Set(Array.from({ length: 200 }, () => generatePassword(systemRandom)));
  assert.equal(made.size, 200);
  for (const password of made) assert.match(password, /^[A-Za-z0-9]{24}$/);
  const sparse = { identifier: () => '--__a' };
  assert.equal(generatePassword(sparse), 'a'.repeat(24));
});
