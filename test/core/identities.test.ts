/** Which account somebody is whom a provider vouches for (contract decision 11). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayLink, nameClaimOf } from '../../src/core/identities.ts';

const IDENTITY = { issuer: 'https://id.example', subject: '1', isEmailVerified: true };
const ACCOUNT = { origin: 'operator', hasIdentityOfIssuer: false } as const;

test('an email claims a name only when it is there and verified', () => {
  const claim = (email: string | null, isEmailVerified: boolean) =>
    nameClaimOf({ ...IDENTITY, email, isEmailVerified });
  assert.deepEqual(claim(null, true), { kind: 'none', refusal: 'email_missing' });
  assert.deepEqual(claim('', true), { kind: 'none', refusal: 'email_missing' });
  assert.deepEqual(claim('a@b.example', false), { kind: 'none', refusal: 'email_unverified' });
  assert.deepEqual(claim('Ada@b.example', true), {
    kind: 'vouched',
    username: 'Ada@b.example',
    usernameKey: 'ada@b.example',
    isUsable: true,
  });
});

test('an email that no username may be is claimed, and not usable for a new account', () => {
  for (const email of [`${'a'.repeat(40)}@example.com`, 'a\u200b@example.com', 'a\0@b.example']) {
    const claim = nameClaimOf({ ...IDENTITY, email });
    assert.ok(claim.kind === 'vouched' && !claim.isUsable, JSON.stringify(email));
  }
});

test('an account is linked when its name is the email, but for the case of ASCII letters', () => {
  assert.ok(mayLink({ ...ACCOUNT, username: 'ada@b.example' }, 'Ada@B.example'));
  assert.ok(mayLink({ ...ACCOUNT, origin: 'environment', username: 'a@b.example' }, 'a@b.example'));
  assert.ok(mayLink({ ...ACCOUNT, origin: 'provider', username: 'a@b.example' }, 'a@b.example'));
});

test('mailboxes that only look or fold alike are not the same', () => {
  const pairs = [
    ['ada@example.com', '\uff41da@example.com'],
    ['mike@example.com', 'mi\u212ae@example.com'],
    ['strasse@example.com', 'straße@example.com'],
    ['ada@example.com', 'ada@example.com '],
    ['ada@example.com', 'ada+1@example.com'],
    ['ada@example.com', 'a.da@example.com'],
  ];
  for (const [username = '', email = ''] of pairs) {
    assert.ok(!mayLink({ ...ACCOUNT, username }, email), `${username} ${email}`);
    assert.ok(!mayLink({ ...ACCOUNT, username: email }, username), `${email} ${username}`);
  }
});

test('an account that has an identity of this issuer is not given to a second subject', () => {
  const account = { ...ACCOUNT, username: 'ada@b.example', hasIdentityOfIssuer: true };
  assert.ok(!mayLink(account, 'ada@b.example'));
});
