/** What a restore must not bring back: everything that was taken away since the backup. */

import assert from 'node:assert/strict';
import { copyFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import {
  alter,
  BY,
  backUp,
  Credentials,
  newBackupFolder,
  query,
  restore,
  use,
} from './backup-folder.ts';
import { ORIGIN, paramsFileOf, startOnce } from './params-folder.ts';

const NEW_ADMIN_PASSWORD = 'AnotherSecurePwd!3';

/** Two users, two tokens, the admin; sessions and an admin JWT; then a backup of it. */
async function newBackedUpFolder(t: TestContext) {
  const folder = newBackupFolder(t);
  const held = new Credentials();
  held.adminPasswords.push(ADMIN_PASSWORD);
  const ids = await use(folder, async (opened) => {
    await opened.admin.create(ADMIN_PASSWORD);
    held.adminJwts.push(await opened.admin.signIn(ADMIN_PASSWORD, ORIGIN));
    await held.createUser(opened, 'maria', 'ADMIN');
    await held.createUser(opened, 'bert', 'STANDARD');
    const { username, password } = held.passwords[0] ?? { username: '', password: '' };
    held.pairs.push(await opened.sessions.signIn(username, password, ORIGIN));
    return [await held.createToken(opened, 'ci'), await held.createToken(opened, 'cron')] as const;
  });
  await backUp(folder);
  return { folder, held, ids };
}

test('a restore ends every session and every admin JWT, and says so', async (t) => {
  const { folder, held } = await newBackedUpFolder(t);
  const report = await restore(folder);
  assert.equal(report.oldDatabase, 'continued');
  assert.equal(report.endedSessions, 1);
  const working = await use(folder, (opened) => held.findWorking(opened));
  assert.deepEqual(
    [...working].filter((one) => /^(session|admin JWT)/.test(one)),
    [],
  );
  assert.equal([...working].filter((one) => one.startsWith('token')).length, 2);
  const events = query(folder.database, 'select name, reason from audit_events order by id');
  const restored = { name: 'database.restored', reason: 'revocations_carried_over' };
  assert.deepEqual(
    events.filter((row) => row.name === 'database.restored'),
    [restored],
  );
});

test('an admin JWT of after the backup is dead, also when the old database is gone', async (t) => {
  const { folder, held } = await newBackedUpFolder(t);
  await use(folder, async ({ admin }) => {
    await admin.resetPassword(NEW_ADMIN_PASSWORD);
    held.adminJwts.push(await admin.signIn(NEW_ADMIN_PASSWORD, ORIGIN));
  });
  rmSync(folder.database);
  await restore(folder);
  await use(folder, async ({ admin }) => {
    for (const jwt of held.adminJwts) assert.equal(await admin.isLiveToken(jwt), false);
  });
});

test('deleted, rotated, disabled, demoted and replaced stays so', async (t) => {
  const { folder, held, ids } = await newBackedUpFolder(t);
  await use(folder, async (opened) => {
    await opened.accessTokens.delete(ids[0], BY);
    await held.rotateToken(opened, ids[1]);
    await held.setPassword(opened, 'maria', 'a password since');
    await opened.admin.resetPassword(NEW_ADMIN_PASSWORD);
    held.adminPasswords.push(NEW_ADMIN_PASSWORD);
  });
  alter(folder.database, "update users set role = 'STANDARD' where username = 'maria'");
  alter(folder.database, "delete from users where username = 'bert'");
  const report = await restore(folder);
  assert.equal(report.suspendedAccessTokens, 0);
  const working = await use(folder, (opened) => held.findWorking(opened));
  assert.deepEqual(
    [...working].sort(),
    [
      `admin ${NEW_ADMIN_PASSWORD}`,
      `token ${held.tokens.at(-1)}`,
      'user maria a password since',
    ].sort(),
  );
});

test('an overlap that was ended since the backup does not come back, and another one goes on', async (t) => {
  const { folder, held, ids } = await newBackedUpFolder(t);
  const [ended, kept] = ids;
  await use(folder, async (opened) => {
    for (const id of ids) await held.rotateToken(opened, id, 3_600);
  });
  await backUp(folder);
  await use(folder, ({ accessTokens }) => accessTokens.endOverlap({ id: ended, by: BY }));
  await restore(folder);
  const [oldOfEnded, oldOfKept, ...current] = held.tokens;
  await use(folder, async (opened) => {
    const working = await held.findWorking(opened);
    assert.ok(!working.has(`token ${oldOfEnded}`));
    for (const raw of [oldOfKept, ...current]) assert.ok(working.has(`token ${raw}`));
    assert.notEqual((await opened.accessTokens.find(kept))?.previous, null);
    // Whoever looked at a token before the restore has looked at another state of it.
    assert.equal((await opened.accessTokens.find(ended))?.version, 4);
  });
});

test('when nobody knows what was ended, overlaps are over also for tokens that are accepted', async (t) => {
  const { folder, held, ids } = await newBackedUpFolder(t);
  await use(folder, (opened) => held.rotateToken(opened, ids[0], 3_600));
  await backUp(folder);
  rmSync(folder.database);
  await restore(folder);
  await use(folder, async (opened) => {
    const isToken = (one: string) => one.startsWith('token');
    assert.deepEqual([...(await held.findWorking(opened))].filter(isToken), []);
    await assert.rejects(held.rotateToken(opened, ids[0], 60), { code: 'access_token_suspended' });
    await opened.accessTokens.acceptSuspended({});
    const [, other, current] = held.tokens;
    const working = [...(await held.findWorking(opened))].filter(isToken);
    assert.deepEqual(working.sort(), [`token ${other}`, `token ${current}`].sort());
  });
});

test('a disabled user stays disabled, and a taken identity taken', async (t) => {
  const { folder, held } = await newBackedUpFolder(t);
  const link = 'insert into user_identities values (?, ?, 1, ?, 1)';
  alter(folder.database, link, 'https://issuer.example', 'subject', 'google');
  await backUp(folder);
  alter(folder.database, 'update users set is_enabled = 0');
  alter(folder.database, 'delete from user_identities');
  await restore(folder);
  const working = await use(folder, (opened) => held.findWorking(opened));
  assert.deepEqual(
    [...working].filter((one) => one.startsWith('user')),
    [],
  );
  assert.deepEqual(query(folder.database, 'select * from user_identities'), []);
});

test('auth enforcement that is on in either database is on afterwards', async (t) => {
  const { folder } = await newBackedUpFolder(t);
  const restoredFrom = async (before: boolean, since: boolean) => {
    const set = (isEnabled: boolean) =>
      use(folder, ({ repository }) => repository.setAuthEnabled({ isEnabled, by: BY }));
    await set(before);
    await backUp(folder);
    await set(since);
    await restore(folder);
    return use(folder, ({ repository }) => repository.isAuthEnabled());
  };
  assert.equal(await restoredFrom(false, true), true);
  assert.equal(await restoredFrom(true, false), true);
  assert.equal(await restoredFrom(false, false), false);
});

test('whoever looked at the auth switch before a restore cannot turn it by that', async (t) => {
  const { folder } = await newBackedUpFolder(t);
  const set = () =>
    use(folder, ({ repository }) => repository.setAuthEnabled({ isEnabled: true, by: BY }));
  await backUp(folder);
  await set();
  const seen = await set();
  assert.ok(seen.outcome === 'set');
  await restore(folder);
  const { version } = await use(folder, ({ repository }) => repository.readAuthSwitch());
  assert.equal(version, seen.version + 1);
});

test('no console session outlives a restore, whatever became of it since the backup', async (t) => {
  const { folder } = await newBackedUpFolder(t);
  const signIn = () =>
    use(folder, ({ consoleSessions }) =>
      consoleSessions.signIn({ username: null, password: ADMIN_PASSWORD }, ORIGIN),
    );
  const before = await signIn();
  await backUp(folder);
  const since = await signIn();
  await restore(folder);
  await use(folder, async ({ consoleSessions }) => {
    for (const { secret } of [before, since])
      assert.equal(await consoleSessions.look(secret), null);
  });
  assert.deepEqual(query(folder.database, 'select id from console_sessions'), []);
});

test('a backup from before there was an admin does not open the door to another one', async (t) => {
  const folder = newBackupFolder(t);
  await use(folder, ({ users }) =>
    users.create({
      username: 'maria',
      password: 'correct horse',
      role: 'STANDARD',
      origin: 'operator',
    }),
  );
  await backUp(folder);
  await use(folder, ({ admin }) => admin.create(ADMIN_PASSWORD));
  await restore(folder);
  await use(folder, async ({ admin }) => {
    await assert.rejects(admin.create(NEW_ADMIN_PASSWORD));
    assert.notEqual(await admin.signIn(ADMIN_PASSWORD, ORIGIN), null);
  });
});

test('the audit trail goes on, and no id is given a second time', async (t) => {
  const { folder, held } = await newBackedUpFolder(t);
  await use(folder, async (opened) => {
    await held.createUser(opened, 'since', 'STANDARD');
    await held.createToken(opened, 'since');
  });
  const before = query(folder.database, 'select * from audit_events order by id');
  await restore(folder);
  const after = query(folder.database, 'select * from audit_events order by id');
  assert.deepEqual(after.slice(0, before.length), before);
  assert.equal(after.length, before.length + 1);
  await use(folder, async (opened) => {
    await held.createUser(opened, 'later', 'STANDARD');
    assert.equal((await opened.users.find('later'))?.id, 4);
    assert.equal(await held.createToken(opened, 'later'), 4);
  });
});

const RUINS: Record<string, (database: string) => void> = {
  'is gone': (database) => rmSync(database),
  'is no database': (database) => writeFileSync(database, 'This is not a database at all.'),
  'is cut off': (database) => truncateSync(database, 8192),
};
for (const [fault, ruin] of Object.entries(RUINS)) {
  test(`when the old database ${fault}, access tokens wait to be accepted`, async (t) => {
    const { folder, held, ids } = await newBackedUpFolder(t);
    await use(folder, ({ repository }) => repository.setAuthEnabled({ isEnabled: false, by: BY }));
    await backUp(folder);
    ruin(folder.database);
    const report = await restore(folder);
    assert.equal(report.suspendedAccessTokens, 2);
    assert.equal(report.keptAs === null, fault === 'is gone');
    await use(folder, async (opened) => {
      const isToken = (one: string) => one.startsWith('token');
      assert.deepEqual([...(await held.findWorking(opened))].filter(isToken), []);
      assert.equal(await opened.repository.isAuthEnabled(), true);
      await held.rotateToken(opened, ids[0]);
      const rotated = [...(await held.findWorking(opened))].filter(isToken);
      assert.deepEqual(rotated, [`token ${held.tokens.at(-1)}`]);
      assert.equal(await opened.accessTokens.acceptSuspended({}), 1);
      assert.equal([...(await held.findWorking(opened))].filter(isToken).length, 2);
      assert.ok((await held.createToken(opened, 'later')) > 1_000_000);
    });
  });
}

test('a database with another history takes nobody away, and its own trail is kept', async (t) => {
  const { folder } = await newBackedUpFolder(t);
  const other = newBackupFolder(t);
  copyFileSync(paramsFileOf(folder.data), paramsFileOf(other.data));
  await startOnce(other.data, {}, ({ users }) =>
    users.create({
      username: 'other',
      password: 'correct horse',
      role: 'STANDARD',
      origin: 'operator',
    }),
  );
  const trail = query(folder.database, 'select name from audit_events order by id');
  const report = await restore({ ...other, backup: folder.backup });
  assert.equal(report.oldDatabase, 'unrelated');
  assert.equal(report.suspendedAccessTokens, 2);
  const names = query(other.database, 'select username from users order by id');
  assert.deepEqual(names, [{ username: 'maria' }, { username: 'bert' }]);
  const after = query(other.database, 'select name from audit_events order by id');
  const added = [{ name: 'user.created' }, { name: 'database.restored' }];
  assert.deepEqual(after, [...trail, ...added]);
});

test('a trail whose old part is over its time is still recognised', async (t) => {
  const { folder } = await newBackedUpFolder(t);
  await use(folder, async ({ repository }) => {
    await repository.setAuthEnabled({ isEnabled: true, by: BY });
  });
  const newest = query(folder.database, 'select max(id) as id from audit_events')[0]?.id;
  alter(folder.database, "insert into settings values ('audit_purge_before_ms', '9999999999999')");
  alter(folder.database, 'delete from audit_events where id < ?', newest);
  alter(folder.database, "delete from settings where name = 'audit_purge_before_ms'");
  assert.equal((await restore(folder)).oldDatabase, 'continued');
});

test('a database under other parameters since suspends what they took away', async (t) => {
  const { folder, held } = await newBackedUpFolder(t);
  alter(folder.database, "update settings set value = 'x' where name = 'params_fingerprint'");
  const report = await restore(folder);
  assert.equal(report.oldDatabase, 'renewed');
  assert.equal(report.suspendedAccessTokens, held.tokens.length);
});
