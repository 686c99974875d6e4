/** Decision 11: which account an identity reaches, and which it must not. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alterDatabase, createUser, readDatabase } from '../support/accounts.ts';
import { BrowserSession } from '../support/cookie-jar.ts';
import { expectLoginPageAgain } from '../support/provider-refusals.ts';
import {
  ACME_LOGIN,
  agree,
  newPerson,
  type ProviderServer,
  pathOf,
  signedInAs,
  signInByProvider,
  startFlow,
  useProviderServer,
} from '../support/provider-sign-in.ts';

let server: ProviderServer;
useProviderServer((started) => {
  server = started;
});

type Person = ReturnType<typeof newPerson>;

async function userIdOf(person: object, login?: string): Promise<unknown> {
  const browser = new BrowserSession(server);
  const answer = await signInByProvider(browser, person as Person, login ? { login } : {});
  assert.equal(answer.status, 302, answer.text);
  return signedInAs(browser).user_id;
}

/** @returns what the person reads */
async function refusalOf(person: object, login?: string): Promise<string> {
  const browser = new BrowserSession(server);
  const answer = await signInByProvider(browser, person as Person, login ? { login } : {});
  return expectLoginPageAgain(answer, 403, JSON.stringify(person));
}

const countUsers = async () => (await readDatabase(server, 'select count(*) as n from users')).n;

describe('an identity is issuer and subject', () => {
  test('whatever the email says later', async () => {
    const person = newPerson();
    const id = await userIdOf(person);
    const other = newPerson();
    const later = [
      { ...person, email: other.email },
      { ...person, email: 'unverified@example.com', email_verified: false },
      { ...person, email: undefined, email_verified: undefined },
      { ...person, email: 'x' },
      { ...person, email: `${'x'.repeat(60)}@example.com` },
    ];
    for (const again of later) assert.equal(await userIdOf(again), id, JSON.stringify(again));
    const row = await readDatabase(server, 'select username from users where id = ?', id);
    assert.equal(row.username, person.email, 'the account keeps its name');
  });

  test('so that an email somebody else has now leads to nobody', async () => {
    const person = newPerson();
    const id = await userIdOf(person);
    const before = await countUsers();
    assert.match(await refusalOf({ ...person, sub: 'another subject' }), /already|exist/i);
    assert.equal(await countUsers(), before);
    assert.equal(await userIdOf(person), id);
  });

  test('in which capital letters and spaces count', async () => {
    const person = newPerson({ sub: 'Subject-A' });
    const id = await userIdOf(person);
    for (const sub of ['subject-a', 'SUBJECT-A', 'Subject-A ']) {
      assert.notEqual(await userIdOf(newPerson({ sub })), id, sub);
    }
  });

  test('so that the same subject of two issuers is two people', async () => {
    const person = newPerson();
    const namesake = newPerson({ sub: person.sub });
    assert.notEqual(await userIdOf(person), await userIdOf(namesake, ACME_LOGIN));
  });
});

describe('an account that was there before is linked', () => {
  test('when an operator made it and the verified email is its name', async () => {
    const person = newPerson();
    const { id } = await createUser(server, { username: person.email });
    assert.equal(await userIdOf(person), id);
    assert.equal(await userIdOf({ ...person, email: 'other@example.com' }), id, 'for ever');
    const row = await readDatabase(
      server,
      'select origin, password_hash from users where id = ?',
      id,
    );
    assert.equal(row.origin, 'operator');
    assert.ok(row.password_hash, 'and keeps its password');
  });

  test('when the environment made it', async () => {
    const person = newPerson();
    const { users } = server.sallyport;
    const account = { username: person.email, password: 'long enough', role: 'ADMIN' } as const;
    const user = await users.create({ ...account, origin: 'environment' });
    const browser = new BrowserSession(server);
    await signInByProvider(browser, person);
    assert.deepEqual([signedInAs(browser).user_id, signedInAs(browser).role], [user.id, 'ADMIN']);
  });

  test('when the case of ASCII letters is all that differs', async () => {
    const person = newPerson();
    const { id } = await createUser(server, { username: person.email.toUpperCase() });
    assert.equal(await userIdOf(person), id);
  });

  test('by a second issuer, when a first has verified its name', async () => {
    const person = newPerson();
    const id = await userIdOf(person);
    assert.equal(await userIdOf({ ...person, sub: 'of acme' }, ACME_LOGIN), id);
    assert.match(await refusalOf({ ...person, sub: 'of acme too' }, ACME_LOGIN), /already|exist/i);
  });
});

describe('an account that was there before is not reached', () => {
  test('by an email that is not verified, however it says so', async () => {
    const { username } = await createUser(server);
    for (const email_verified of [false, undefined, null, 'true', 'false', 1, {}, [true]]) {
      const person = newPerson({ email: username, email_verified });
      assert.match(await refusalOf(person), /verif/i, JSON.stringify(email_verified));
    }
    const row = await readDatabase(
      server,
      'select count(*) as n from users where username = ?',
      username,
    );
    assert.equal(row.n, 1);
  });

  test('by Unicode that merely folds to its name', async () => {
    const { email } = newPerson();
    await createUser(server, { username: email });
    const lookalikes = [
      email.replace('p', '\uff50'),
      email.replace('s', '\u017f'),
      email.replace('e', '\u212f'),
      email.replace('@', '\uff20'),
      email.replace('.', '\u2024'),
    ];
    const before = await countUsers();
    for (const lookalike of lookalikes) {
      assert.notEqual(lookalike, email);
      await refusalOf(newPerson({ email: lookalike }));
    }
    assert.equal(await countUsers(), before);
  });

  test('when its name folds to the email and is another', async () => {
    const { email } = newPerson();
    await createUser(server, { username: email.replace('p', '\uff50') });
    await refusalOf(newPerson({ email }));
  });

  test('by a second subject of an issuer that is linked to it', async () => {
    const person = newPerson();
    const { id } = await createUser(server, { username: person.email });
    assert.equal(await userIdOf(person), id);
    assert.match(await refusalOf({ ...person, sub: 'another one' }), /already|exist/i);
    assert.equal(await userIdOf(person), id);
  });

  test('when it is disabled, before or after it was linked, and the message says so', async () => {
    const person = newPerson();
    const { id } = await createUser(server, { username: person.email });
    await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
    assert.match(await refusalOf(person), /disabled/i);
    const linked = newPerson();
    const linkedId = await userIdOf(linked);
    await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', linkedId);
    assert.match(await refusalOf(linked), /disabled/i);
    await alterDatabase(server, 'update users set is_enabled = 1 where id = ?', linkedId);
    assert.equal(await userIdOf(linked), linkedId);
  });
});

describe('a new identity gets no account, and is told why,', () => {
  const REASONS: [what: string, more: object, says: RegExp][] = [
    ['with an email that is not verified', { email_verified: false }, /verif/i],
    ['with an email of which nothing is said', { email_verified: undefined }, /verif/i],
    ['with "true" in a text', { email_verified: 'true' }, /verif/i],
    ['without an email', { email: undefined }, /email/i],
    ['with an empty email', { email: '' }, /email/i],
    ['with a list of emails', { email: ['a@example.com', 'b@example.com'] }, /email/i],
    ['with an email of 51 characters', { email: `${'x'.repeat(39)}@example.com` }, /50|long/i],
    ['with a zero-width space', { email: 'zero\u200bwidth@example.com' }, /name|character/i],
    ['with a text that turns around', { email: '\u202emoc.live@example.com' }, /name|character/i],
    ['with a line break', { email: 'a@example.com\nb@example.com' }, /name|character|email/i],
    ['with NUL', { email: 'nul\u0000@example.com' }, /name|character|email/i],
  ];
  for (const [what, more, says] of REASONS) {
    test(what, async () => {
      const before = await countUsers();
      assert.match(await refusalOf({ ...newPerson(), ...more }), says);
      assert.equal(await countUsers(), before);
    });
  }

  test('each time in words of its own', async () => {
    const disabled = newPerson();
    const id = await userIdOf(disabled);
    await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
    const taken = { ...newPerson(), email: disabled.email.replace('person', 'taken') };
    await userIdOf(taken);
    const messages = [
      await refusalOf(newPerson({ email_verified: false })),
      await refusalOf(newPerson({ email: undefined })),
      await refusalOf({ ...taken, sub: 'another' }),
      await refusalOf(newPerson({ email: `${'x'.repeat(60)}@example.com` })),
      await refusalOf(disabled),
    ];
    assert.equal(new Set(messages).size, messages.length, messages.join('\n'));
  });

  test('and an email of exactly 50 characters is none of these', async () => {
    const email = `${'y'.repeat(38)}@example.com`;
    assert.equal(email.length, 50);
    const browser = new BrowserSession(server);
    assert.equal((await signInByProvider(browser, newPerson({ email }))).status, 302);
  });
});

test('fifty callbacks of one new identity at once make one user', async () => {
  const person = newPerson();
  const ways = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const browser = new BrowserSession(server);
      return { browser, back: await agree(await startFlow(browser), person) };
    }),
  );
  const answers = await Promise.all(ways.map(({ browser, back }) => browser.get(pathOf(back))));
  const statuses = answers.map(({ status }) => status);
  // A busy server may turn some away; it never makes a second user for them.
  assert.ok(
    statuses.every((status) => status === 302 || status === 503),
    statuses.join(' '),
  );
  assert.ok(statuses.includes(302));
  const signedIn = ways.filter(({ browser }) => browser.cookies.has('token'));
  assert.equal(new Set(signedIn.map(({ browser }) => signedInAs(browser).user_id)).size, 1);
  const row = await readDatabase(
    server,
    'select count(*) as n from users where username = ?',
    person.email,
  );
  assert.equal(row.n, 1);
});

test('fifty subjects with one new email at once are one user and refusals', async () => {
  const { email } = newPerson();
  const ways = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const browser = new BrowserSession(server);
      const person = newPerson({ email, sub: `contender ${index}` });
      return { browser, back: await agree(await startFlow(browser), person) };
    }),
  );
  const answers = await Promise.all(ways.map(({ browser, back }) => browser.get(pathOf(back))));
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 302).length, 1, statuses.join(' '));
  assert.ok(
    statuses.every((status) => [302, 403, 503].includes(status)),
    statuses.join(' '),
  );
});
