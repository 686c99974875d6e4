/** Conformance: sign-in by identities, whose issuer and subject belong to one user for ever. */

import assert from 'node:assert/strict';
import type {
  IdentitySignInInput,
  IdentitySignInOutcome,
  UserRecord,
} from '../../src/core/repository.ts';
import { addUser, EMAIL, ISSUER, identityInput, keyOf, userInput } from './samples.ts';
import { type Call, callOf, dealOut, type OpenStore, resultsOf, type Store } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const OTHER_ISSUER = 'https://sso.example.com';
const CALLERS = 50;

const NOTHING_CLAIMED = { kind: 'none', refusal: 'email_unverified' } as const;

async function signIn(store: Store, input: IdentitySignInInput): Promise<number> {
  const outcome = await store.repository.signInByIdentity(input);
  assert.equal(outcome.outcome, 'signed_in', JSON.stringify(outcome));
  if (outcome.outcome !== 'signed_in') return 0;
  assert.equal(outcome.tokens.sessionId, input.sessionId);
  const session = await store.repository.findSession(input.sessionId);
  assert.equal(session?.userId, outcome.tokens.userId);
  return outcome.tokens.userId;
}

/** @returns what was refused; nothing else may have happened */
async function refuse(store: Store, input: IdentitySignInInput): Promise<string> {
  const before = await stateOf(store);
  const outcome = await store.repository.signInByIdentity(input);
  assert.equal(outcome.outcome, 'refused', JSON.stringify(outcome));
  assert.deepEqual(await stateOf(store), before);
  return outcome.outcome === 'refused' ? outcome.refusal : '';
}

async function stateOf(store: Store): Promise<unknown[]> {
  const tables = ['users', 'sessions', 'user_identities'];
  return Promise.all(tables.map((table) => store.sql(`select * from ${table}`)));
}

const usersOf = (store: Store): Promise<UserRecord[]> =>
  store.repository.listUsers({ afterId: 0, limit: 99 });

export function conformsInIdentities(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInNewIdentities(test);
  conformsInLinks(test);
  conformsInRefusals(test);
  contendsForIdentities(test);
}

function conformsInNewIdentities(test: StoreTest): void {
  test('a new identity with a free name makes a user without a password', async (store) => {
    const id = await signIn(store, identityInput('1'));
    const found = await store.repository.findUserByKey(keyOf(EMAIL));
    assert.deepEqual(found, {
      id,
      username: EMAIL,
      role: 'STANDARD',
      isEnabled: true,
      createdAtMs: store.nowMs(),
      lastSignInAtMs: store.nowMs(),
      passwordHash: null,
    });
    assert.deepEqual(await store.sql('select origin from users'), [{ origin: 'provider' }]);
    assert.deepEqual(await store.repository.listPasswordKinds(), []);
  });

  test('a known identity is its user again, whatever it claims', async (store) => {
    const id = await signIn(store, identityInput('1'));
    await addUser(store, 'other@example.com');
    store.advanceMs(5_000);
    const claims = [{ email: 'other@example.com' }, { claim: NOTHING_CLAIMED }];
    for (const options of claims) {
      assert.equal(await signIn(store, identityInput('1', options)), id);
    }
    const found = await store.repository.findUserByKey(keyOf(EMAIL));
    assert.deepEqual([found?.username, found?.lastSignInAtMs], [EMAIL, store.nowMs()]);
    assert.equal((await usersOf(store)).length, 2);
  });

  test('subjects are told apart by every character, and by issuer', async (store) => {
    const ids = new Set<number>();
    const subjects = ['a', 'A', 'a ', 'a\u0301', '\u00e1', '1', '01', '1.0'];
    for (const [index, subject] of subjects.entries()) {
      for (const issuer of [ISSUER, `${ISSUER}/`]) {
        const email = `${index}@${issuer.length}.example`;
        ids.add(await signIn(store, identityInput(subject, { email, issuer })));
      }
    }
    assert.equal(ids.size, subjects.length * 2);
  });

  test('the identity of a deleted user is free, and its next user is a new one', async (store) => {
    const first = await signIn(store, identityInput('1'));
    await store.sql('delete from users where id = ?', [first]);
    assert.deepEqual(await store.sql('select * from user_identities'), []);
    const second = await signIn(store, identityInput('1'));
    assert.ok(second > first);
  });

  test('no purge forgets an identity', async (store) => {
    const id = await signIn(store, identityInput('1'));
    store.advanceMs(10 * 365 * 86_400_000);
    await store.repository.purgeExpired(1_000);
    assert.equal(await signIn(store, identityInput('1', { claim: NOTHING_CLAIMED })), id);
  });
}

function conformsInLinks(test: StoreTest): void {
  test('an account of the claimed name is linked and keeps all it has', async (store) => {
    const created = await store.repository.createUser({ ...userInput(EMAIL), role: 'ADMIN' });
    assert.equal(created.outcome, 'created');
    const before = await store.repository.findUserByKey(keyOf(EMAIL));
    assert.equal(await signIn(store, identityInput('1')), before?.id);
    const after = await store.repository.findUserByKey(keyOf(EMAIL));
    assert.deepEqual({ ...after, lastSignInAtMs: null }, before);
  });

  test('a user has one subject of each issuer', async (store) => {
    const { id } = await addUser(store, EMAIL);
    assert.equal(await signIn(store, identityInput('1')), id);
    assert.equal(await refuse(store, identityInput('2')), 'account_not_linkable');
    assert.equal(await signIn(store, identityInput('2', { issuer: OTHER_ISSUER })), id);
    const third = identityInput('3', { issuer: OTHER_ISSUER });
    assert.equal(await refuse(store, third), 'account_not_linkable');
    assert.equal(await signIn(store, identityInput('1')), id);
  });

  test('the case of ASCII letters is no other name, all else is', async (store) => {
    const { id } = await addUser(store, 'Maria@Example.com');
    const wide = identityInput('1', {
      claim: {
        kind: 'vouched',
        username: '\uff4daria@example.com',
        usernameKey: keyOf(EMAIL),
        isUsable: true,
      },
    });
    assert.equal(await refuse(store, wide), 'account_not_linkable');
    assert.equal(await signIn(store, identityInput('1')), id);
  });
}

function conformsInRefusals(test: StoreTest): void {
  test('an unknown identity that claims nothing is refused for that reason', async (store) => {
    await addUser(store, EMAIL);
    for (const refusal of ['email_missing', 'email_unverified'] as const) {
      const input = identityInput('1', { claim: { kind: 'none', refusal } });
      assert.equal(await refuse(store, input), refusal);
    }
  });

  test('a name that cannot be one makes no user', async (store) => {
    const input = identityInput('1', {
      claim: {
        kind: 'vouched',
        username: 'x'.repeat(60),
        usernameKey: keyOf('x'.repeat(60)),
        isUsable: false,
      },
    });
    assert.equal(await refuse(store, input), 'name_unusable');
  });

  test('a disabled user is refused, linked or not, and is linked to nothing', async (store) => {
    const { id } = await addUser(store, EMAIL);
    await store.sql('update users set is_enabled = 0');
    assert.equal(await refuse(store, identityInput('1')), 'account_disabled');
    await store.sql('update users set is_enabled = 1');
    await signIn(store, identityInput('1'));
    await store.sql('update users set is_enabled = 0');
    assert.equal(await refuse(store, identityInput('1')), 'account_disabled');
    const outcome = await store.repository.signInByIdentity(identityInput('1'));
    assert.equal('userId' in outcome && outcome.userId, id);
  });
}

function contendsForIdentities(test: StoreTest): void {
  const fiftyTimes = (make: (index: number) => Call): Call[] =>
    Array.from({ length: CALLERS }, (_, index) => make(index));

  async function contend(store: Store, calls: readonly Call[]): Promise<IdentitySignInOutcome[]> {
    return resultsOf<IdentitySignInOutcome>(await store.contend(dealOut(calls)));
  }

  const usersIn = (outcomes: readonly IdentitySignInOutcome[]) =>
    outcomes.flatMap((one) => (one.outcome === 'signed_in' ? [one.tokens.userId] : []));

  test('fifty callers with one new identity are one user with fifty sessions', async (store) => {
    const calls = fiftyTimes(() => callOf('signInByIdentity', identityInput('1')));
    const ids = usersIn(await contend(store, calls));
    assert.equal(ids.length, CALLERS);
    assert.equal(new Set(ids).size, 1);
    assert.equal((await usersOf(store)).length, 1);
    assert.equal((await store.sql('select * from user_identities')).length, 1);
    assert.equal((await store.sql('select id from sessions')).length, CALLERS);
  });

  for (const isThere of [false, true]) {
    const account = isThere ? 'an account that is there' : 'a free name';
    test(`of fifty subjects that claim ${account} one gets it`, async (store) => {
      if (isThere) await addUser(store, EMAIL);
      const calls = fiftyTimes((n) => callOf('signInByIdentity', identityInput(`${n}`)));
      const outcomes = await contend(store, calls);
      assert.equal(usersIn(outcomes).length, 1);
      const refusals = outcomes.filter(
        (one) => one.outcome === 'refused' && one.refusal === 'account_not_linkable',
      );
      assert.equal(refusals.length, CALLERS - 1);
      assert.equal((await usersOf(store)).length, 1);
      assert.equal((await store.sql('select * from user_identities')).length, 1);
    });
  }

  test('an identity that knocks at two names at once enters one of them', async (store) => {
    for (const name of ['a@example.com', 'b@example.com']) await addUser(store, name);
    const calls = fiftyTimes((index) => {
      const email = index % 2 === 0 ? 'a@example.com' : 'b@example.com';
      return callOf('signInByIdentity', identityInput('1', { email }));
    });
    assert.equal(new Set(usersIn(await contend(store, calls))).size, 1);
    assert.equal((await store.sql('select * from user_identities')).length, 1);
  });

  test('an identity and an operator who make one account at once make one', async (store) => {
    const calls = fiftyTimes((index) =>
      index % 2 === 0
        ? callOf('signInByIdentity', identityInput('1'))
        : callOf('createUser', userInput(EMAIL)),
    );
    const outcomes = await contend(store, calls);
    assert.equal(new Set(usersIn(outcomes)).size, 1);
    assert.equal(usersIn(outcomes).length, CALLERS / 2);
    assert.equal((await usersOf(store)).length, 1);
  });
}
