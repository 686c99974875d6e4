/** Decision 8: nobody learns from a sign-in which names exist, are disabled or have a password. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import bcrypt from 'bcrypt';
import { kindOfHash } from '../../src/crypto/password-schemes.ts';
import { PasswordThreads } from '../../src/crypto/password-threads.ts';
import {
  alterDatabase,
  createUser,
  freshName,
  readDatabase,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import type { CallAnswer } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const LONG_PASSWORD = `${USER_PASSWORD}${'x'.repeat(72)}`;
const WRONG = 'wrong password';

/** The answer as bytes, without what the clock on the wall says. */
function bytesOf({ status, headers, text }: CallAnswer): string {
  return JSON.stringify([status, { ...headers, date: '' }, text]);
}

interface Attempt {
  readonly bytes: string;
  /** Kind of each hasher call, sorted, such as `verify bcrypt:10`. */
  readonly calls: string[];
}

async function attempt(server: TestServer, username: string, password: string): Promise<Attempt> {
  const earlier = server.engine.jobs.length;
  const answer = await server.call('POST', '/api/auth/login', { body: { username, password } });
  const jobs = server.engine.jobs.slice(earlier).map((job) => {
    assert.equal(job.password, password, 'what is compared is what was sent');
    return job.kind === 'verify' ? `verify ${kindOfHash(job.hash)}` : 'hash';
  });
  return { bytes: bytesOf(answer), calls: jobs.sort() };
}

/** Everybody who cannot sign in, and the password that they try it with. */
async function outsiders(server: TestServer): Promise<[who: string, string, string][]> {
  const [known, disabled, passwordless, long] = await Promise.all([
    createUser(server),
    createUser(server),
    createUser(server),
    createUser(server, { password: LONG_PASSWORD.slice(0, 72) }),
  ]);
  await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', disabled.id);
  await alterDatabase(
    server,
    'update users set password_hash = null, password_kind = null where id = ?',
    passwordless.id,
  );
  return [
    ['unknown', freshName(), USER_PASSWORD],
    ['unknown with a long password', freshName(), LONG_PASSWORD],
    ['known with a wrong password', known.username, WRONG],
    ['known with a long password', known.username, LONG_PASSWORD],
    ['known with a password that is right but for its length', long.username, LONG_PASSWORD],
    ['disabled with the right password', disabled.username, disabled.password],
    ['disabled with a wrong password', disabled.username, WRONG],
    ['without a password', passwordless.username, passwordless.password],
    ['without a password, with the empty hash', passwordless.username, 'null-null'],
    ['no possible name', 'some\0body\ud800', USER_PASSWORD],
  ];
}

async function expectAllAlike(server: TestServer, calls: string[]): Promise<void> {
  const seen = new Set<string>();
  for (const [who, username, password] of await outsiders(server)) {
    const made = await attempt(server, username, password);
    assert.deepEqual(made.calls, calls, who);
    assert.match(made.bytes, /^\[401,/);
    seen.add(made.bytes);
  }
  assert.equal(seen.size, 1, [...seen].join('\n'));
}

describe('every failed sign-in is the same bytes after the same hasher calls', () => {
  test('under bcrypt', async () => {
    const server = await startCheckedServer();
    await expectAllAlike(server, ['verify bcrypt:10']);
    await server.close();
  });

  test('under argon2id', async () => {
    const server = await startCheckedServer({ settings: { PASSWORD_HASH: 'argon2id' } });
    await expectAllAlike(server, ['verify argon2id:19456:2:1']);
    await server.close();
  });

  const changes: [what: string, later: Record<string, string>, kinds: string[]][] = [
    [
      'from bcrypt to argon2id',
      { PASSWORD_HASH: 'argon2id' },
      ['verify argon2id:19456:2:1', 'verify bcrypt:10'],
    ],
    ['from cost 10 to cost 11', { BCRYPT_COST: '11' }, ['verify bcrypt:10', 'verify bcrypt:11']],
  ];
  for (const [what, settings, calls] of changes) {
    test(`after a change ${what}, while old hashes are left`, async () => {
      const before = await startCheckedServer();
      const left = await createUser(before);
      const disabled = await createUser(before);
      await alterDatabase(before, 'update users set is_enabled = 0 where id = ?', disabled.id);
      const { folder } = before;
      const server = await startCheckedServer({ folder, settings });
      try {
        await expectAllAlike(server, calls);
        // An old hash costs no more than a new one: not for a wrong password, and not when the
        // right one would upgrade it but for being disabled.
        for (const [user, password] of [
          [left, WRONG],
          [disabled, WRONG],
          [disabled, disabled.password],
        ] as const) {
          assert.deepEqual((await attempt(server, user.username, password)).calls, calls);
        }
      } finally {
        await server.close();
        await before.close();
      }
    });

    test(`after a change ${what} the hash is upgraded at the next sign-in`, async () => {
      const before = await startCheckedServer();
      const user = await createUser(before);
      const server = await startCheckedServer({ folder: before.folder, settings });
      try {
        const stored = () =>
          readDatabase(
            server,
            'select password_hash as h, password_kind as k from users where id = ?',
            user.id,
          );
        assert.equal((await stored()).k, 'bcrypt:10');
        const first = await attempt(server, user.username, user.password);
        assert.deepEqual(first.calls, ['hash', ...calls]);
        assert.equal(
          `verify ${(await stored()).k}`,
          calls.find((call) => call !== 'verify bcrypt:10'),
        );
        assert.equal(kindOfHash(String((await stored()).h)), (await stored()).k);
        const second = await attempt(server, user.username, user.password);
        assert.equal(second.calls.includes('hash'), false);
        assert.match(second.bytes, /^\[200,/);
      } finally {
        await server.close();
        await before.close();
      }
    });
  }
});

test('a failed sign-in of the admin is the same whether there is one or not', async () => {
  const empty = await startCheckedServer();
  const created = await startCheckedServer();
  await created.signInAdmin();
  const seen = new Set<string>();
  for (const [server, password] of [
    [empty, WRONG],
    [empty, LONG_PASSWORD],
    [created, WRONG],
    [created, LONG_PASSWORD],
  ] as const) {
    const earlier = server.engine.jobs.length;
    seen.add(bytesOf(await server.call('POST', '/auth/admin/login', { body: { password } })));
    assert.equal(server.engine.jobs.length, earlier + 1);
  }
  assert.equal(seen.size, 1);
  await Promise.all([empty.close(), created.close()]);
});

test('the admin’s hash is upgraded at the next sign-in too', async () => {
  const before = await startCheckedServer();
  await before.signInAdmin();
  const settings = { PASSWORD_HASH: 'argon2id' };
  const server = await startCheckedServer({ folder: before.folder, settings });
  const kind = async () => {
    const row = await readDatabase(server, 'select password_hash as h from admins');
    return kindOfHash(String(row.h));
  };
  assert.equal(await kind(), 'bcrypt:10');
  await server.signInAdmin();
  assert.equal(await kind(), 'argon2id:19456:2:1');
  assert.equal((await server.signInAdmin()).split('.').length, 3);
  await server.close();
  await before.close();
});

test('hashes that other software made are real ones: $2a$, $2b$ and $2y$', async () => {
  const server = await startCheckedServer({ passwordEngine: new PasswordThreads(2) });
  try {
    const hash = await bcrypt.hash('imported password', 10);
    for (const prefix of ['$2a$', '$2b$', '$2y$']) {
      const user = await createUser(server);
      const imported = prefix + hash.slice(4);
      await alterDatabase(
        server,
        'update users set password_hash = ? where id = ?',
        imported,
        user.id,
      );
      await signIn(server, { ...user, password: 'imported password' });
      const body = { username: user.username, password: 'another password' };
      assert.equal((await server.call('POST', '/api/auth/login', { body })).status, 401, prefix);
    }
    const { username, password } = await createUser(server);
    const made = await readDatabase(
      server,
      'select password_hash as h from users where username = ?',
      username,
    );
    assert.match(String(made.h), /^\$2b\$10\$/);
    assert.ok(await bcrypt.compare(password, String(made.h)), 'users can move out');
  } finally {
    await server.close();
  }
});
