/** Conformance: the parameters' fingerprint, the auth switch and the built-in admin. */

import assert from 'node:assert/strict';
import {
  accessTokenInput,
  addUser,
  attemptInput,
  failUntilLimited,
  hashOf,
  openSession,
  reserve,
  userInput,
} from './samples.ts';
import type { OpenStore } from './store.ts';
import { type StoreTest, testsWith } from './with-store.ts';

const OURS = { paramsFingerprint: 'ours', authEnabledAtFirst: true };
const THEIRS = { paramsFingerprint: 'theirs', authEnabledAtFirst: true };

export function conformsInAdmin(openStore: OpenStore): void {
  const test = testsWith(openStore);
  conformsInAdoption(test);
  conformsInAuthSwitch(test);
  conformsInAdminAccount(test);
  conformsInAdminSignIn(test);
}

function conformsInAdoption(test: StoreTest): void {
  test('a new database belongs to nobody, is adopted once and then known', async (store) => {
    const { repository } = store;
    const empty = { paramsFingerprint: null, holdsPrincipals: false };
    assert.deepEqual(await repository.inspectDatabase(), empty);
    assert.equal(await repository.adoptDatabase(OURS), 'adopted');
    assert.equal(await repository.adoptDatabase(OURS), 'known');
    const adopted = { paramsFingerprint: 'ours', holdsPrincipals: false };
    assert.deepEqual(await repository.inspectDatabase(), adopted);
  });

  test('an adopted database without any principal goes over to new parameters', async (store) => {
    await store.repository.adoptDatabase(OURS);
    assert.equal(await store.repository.adoptDatabase(THEIRS), 'adopted');
    assert.equal((await store.repository.inspectDatabase()).paramsFingerprint, 'theirs');
  });

  const principals = {
    admin: (store) => store.repository.createOnlyAdmin(hashOf('admin')),
    user: (store) => store.repository.createUser(userInput('maria')),
    'access token': (store) => store.repository.createAccessToken(accessTokenInput('ci')),
  } satisfies Record<string, (store: Parameters<Parameters<StoreTest>[1]>[0]) => Promise<unknown>>;
  for (const [principal, create] of Object.entries(principals)) {
    test(`a database that holds an ${principal} is foreign to other parameters`, async (store) => {
      await store.repository.adoptDatabase(OURS);
      await create(store);
      assert.equal(await store.repository.adoptDatabase(THEIRS), 'foreign');
      assert.equal(await store.repository.adoptDatabase(OURS), 'known');
      const inspected = { paramsFingerprint: 'ours', holdsPrincipals: true };
      assert.deepEqual(await store.repository.inspectDatabase(), inspected);
    });
  }

  test('a database in use that has lost its fingerprint is foreign to everybody', async (store) => {
    await store.repository.adoptDatabase(OURS);
    await store.repository.createOnlyAdmin(hashOf('admin'));
    await store.sql("delete from settings where name = 'params_fingerprint'");
    assert.equal(await store.repository.adoptDatabase(OURS), 'foreign');
    assert.equal((await store.repository.inspectDatabase()).paramsFingerprint, null);
  });

  test('new parameters end every session and every admin JWT', async (store) => {
    const { repository } = store;
    await repository.adoptDatabase(OURS);
    await repository.createOnlyAdmin(hashOf('admin'));
    const user = await addUser(store, 'maria');
    await openSession(store, user, { sessionId: 'one' });
    await openSession(store, user, { sessionId: 'two' });
    const before = await repository.findAdmin();
    await repository.replaceParamsFingerprint('theirs');
    assert.equal(await repository.adoptDatabase(THEIRS), 'known');
    for (const sessionId of ['one', 'two']) {
      assert.equal((await repository.findSession(sessionId))?.endedAtMs, store.nowMs());
    }
    const after = await repository.findAdmin();
    assert.equal(after?.tokenGeneration, (before?.tokenGeneration ?? 0) + 1);
    assert.equal(after?.passwordHash, hashOf('admin'));
  });

  test('the database answers a ping', async (store) => {
    await store.repository.ping();
  });
}

function conformsInAuthSwitch(test: StoreTest): void {
  test('auth starts as the first adoption says and later adoptions leave it', async (store) => {
    const { repository } = store;
    await repository.adoptDatabase({ ...OURS, authEnabledAtFirst: false });
    assert.equal(await repository.isAuthEnabled(), false);
    await repository.adoptDatabase({ ...OURS, authEnabledAtFirst: true });
    assert.equal(await repository.isAuthEnabled(), false);
    await repository.setAuthEnabled(true);
    await repository.adoptDatabase({ ...THEIRS, authEnabledAtFirst: false });
    assert.equal(await repository.isAuthEnabled(), true);
  });

  test('the auth switch is what it was set to last', async (store) => {
    for (const isEnabled of [true, false, false, true]) {
      await store.repository.setAuthEnabled(isEnabled);
      assert.equal(await store.repository.isAuthEnabled(), isEnabled);
    }
  });

  test('a missing or unreadable auth switch is on, and adopting keeps it on', async (store) => {
    const { repository } = store;
    assert.equal(await repository.isAuthEnabled(), true);
    await repository.adoptDatabase({ ...OURS, authEnabledAtFirst: false });
    for (const value of ['', 'FALSE', '0', 'false ', 'null']) {
      await store.sql("update settings set value = ? where name = 'auth_enabled'", [value]);
      assert.equal(await repository.isAuthEnabled(), true, `"${value}"`);
    }
    await store.sql("delete from settings where name = 'auth_enabled'");
    assert.equal(await repository.isAuthEnabled(), true);
    await repository.adoptDatabase({ ...THEIRS, authEnabledAtFirst: false });
    assert.equal(await repository.isAuthEnabled(), true);
  });
}

function conformsInAdminAccount(test: StoreTest): void {
  test('exactly one admin can be created and the first one stays as it is', async (store) => {
    const { repository } = store;
    assert.equal(await repository.findAdmin(), null);
    assert.equal(await repository.createOnlyAdmin(hashOf('first')), 'created');
    assert.equal(await repository.createOnlyAdmin(hashOf('second')), 'already_exists');
    const admin = { passwordHash: hashOf('first'), tokenGeneration: 1 };
    assert.deepEqual(await repository.findAdmin(), admin);
  });

  test('a second admin is refused by the database itself', async (store) => {
    await store.repository.createOnlyAdmin(hashOf('first'));
    const insert = (id: number) =>
      store.sql(
        'insert into admins (id, password_hash, token_generation, created_at_ms, ' +
          "password_changed_at_ms) values (?, 'x', 1, 0, 0)",
        [id],
      );
    await assert.rejects(insert(1));
    await assert.rejects(insert(2));
  });

  test('a new admin password moves the generation and forgets only its failures', async (store) => {
    const { repository } = store;
    const passwordHash = hashOf('second');
    const input = { passwordHash, accountKey: 'admin' };
    assert.equal(await repository.replaceAdminPassword(input), 'not_found');
    await repository.createOnlyAdmin(hashOf('first'));
    await failUntilLimited(store, 9, 'admin', '198.51.100.1');
    await failUntilLimited(store, 9, 'user:other', '198.51.100.2');
    assert.equal(await repository.replaceAdminPassword(input), 'replaced');
    assert.deepEqual(await repository.findAdmin(), { passwordHash, tokenGeneration: 2 });
    assert.equal(await failUntilLimited(store, 9, 'admin', '198.51.100.1'), 5);
    assert.equal(await failUntilLimited(store, 9, 'user:other', '198.51.100.2'), 0);
  });
}

function conformsInAdminSignIn(test: StoreTest): void {
  test('an admin sign-in gives the generation and settles the attempt', async (store) => {
    const { repository } = store;
    await repository.createOnlyAdmin(hashOf('first'));
    await failUntilLimited(store, 4, 'admin');
    const attempt = await reserve(store, 'admin');
    const input = { attempt, checkedHash: hashOf('first'), upgradedHash: null };
    const signedIn = { outcome: 'signed_in', tokenGeneration: 1 };
    assert.deepEqual(await repository.signInAdmin(input), signedIn);
    assert.equal(await failUntilLimited(store, 9, 'admin', undefined, { perAddress: 100 }), 5);
  });

  test('an admin sign-in stores an upgraded hash without moving the generation', async (store) => {
    const { repository } = store;
    await repository.createOnlyAdmin(hashOf('old kind'));
    const attempt = await reserve(store, 'admin');
    const hashes = { checkedHash: hashOf('old kind'), upgradedHash: hashOf('new kind') };
    await repository.signInAdmin({ attempt, ...hashes });
    const admin = { passwordHash: hashOf('new kind'), tokenGeneration: 1 };
    assert.deepEqual(await repository.findAdmin(), admin);
  });

  test('an admin password replaced meanwhile refuses and keeps the attempt', async (store) => {
    const { repository } = store;
    await repository.createOnlyAdmin(hashOf('first'));
    const attempt = await reserve(store, 'admin', undefined, { perAccount: 2 });
    const second = { passwordHash: hashOf('second'), accountKey: 'nobody' };
    await repository.replaceAdminPassword(second);
    const input = { attempt, checkedHash: hashOf('first'), upgradedHash: hashOf('upgraded') };
    const changed = { outcome: 'credentials_changed' };
    assert.deepEqual(await repository.signInAdmin(input), changed);
    assert.equal((await repository.findAdmin())?.passwordHash, hashOf('second'));
    assert.equal(await failUntilLimited(store, 9, 'admin', undefined, { perAccount: 2 }), 1);
    const limited = await repository.reserveLoginAttempt(attemptInput('admin'));
    assert.equal(limited.outcome, 'limited');
  });
}
