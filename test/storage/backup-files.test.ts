/** A backup file: made while others write, complete or not there, and refused when it is not right. */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { makeBackup } from '../../src/backups.ts';
import { systemClock } from '../../src/crypto/identifiers.ts';
import { renewParams } from '../../src/renew-params.ts';
import { completeBackupFile } from '../../src/storage/backup-file.ts';
import { claimDatabase, DatabaseReplacedError } from '../../src/storage/database-lock.ts';
import { MIGRATION_NAMES } from '../../src/storage/migrations/catalogue.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';
import {
  alter,
  type BackupFolder,
  BY,
  backUp,
  Credentials,
  faultOf,
  newBackupFolder,
  query,
  restore,
  siteOf,
  use,
  verify,
} from './backup-folder.ts';
import { BACK_TO_0004 } from './older-schema.ts';
import { GOOD_SECRETS, newDataFolder, openOn, paramsFileOf, savedParams } from './params-folder.ts';

const KEY = { PARAMS_KEY: GOOD_SECRETS[2] };

async function newUsedBackupFolder(t: TestContext): Promise<BackupFolder> {
  const folder = newBackupFolder(t);
  await use(folder, ({ admin }) => admin.create(ADMIN_PASSWORD));
  return folder;
}

const filesBeside = ({ backup }: BackupFolder) => readdirSync(dirname(backup)).sort();

test('a backup is one file of its owner alone, and any SQLite tool can read it', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const made = await backUp(folder);
  assert.ok(made !== 'cancelled');
  assert.deepEqual([made.hasAdmin, made.users, made.auditEvents], [true, 0, 1]);
  assert.equal(made.bytes, statSync(folder.backup).size);
  assert.equal(statSync(folder.backup).mode & 0o777, 0o600);
  assert.deepEqual(filesBeside(folder), ['backup.db', 'data']);
  assert.deepEqual(query(folder.backup, 'pragma journal_mode'), [{ journal_mode: 'delete' }]);
  assert.deepEqual(query(folder.backup, 'select id from admins'), [{ id: 1 }]);
});

test('a file that is there is overwritten only when that was asked for', async (t) => {
  const folder = await newUsedBackupFolder(t);
  writeFileSync(folder.backup, 'something of value');
  assert.equal(await faultOf(backUp(folder, {}, false)), 'file_exists');
  assert.equal(readFileSync(folder.backup, 'utf8'), 'something of value');
  await backUp(folder, {}, true);
  assert.equal((await verify(folder)).description.hasAdmin, true);
  const itself = { ...folder, backup: folder.database };
  assert.equal(await faultOf(backUp(itself, {}, true)), 'file_exists');
});

test('writers go on while a backup is made, and it has all that was there at its begin', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const opened = await openOn(folder.data);
  t.after(() => opened.close());
  const held = new Credentials();
  for (let n = 0; n < 50; n += 1) await held.createToken(opened, `before ${n}`);
  let isDone = false;
  let written = 0;
  const writing = (async () => {
    while (!isDone) {
      await held.createToken(opened, `during ${written}`);
      written += 1;
      await nextTurn();
    }
  })();
  const made = await backUp(folder);
  isDone = true;
  await writing;
  assert.ok(made !== 'cancelled' && made.accessTokens >= 50);
  assert.ok(written > 0, 'nothing was written meanwhile');
  const [row] = query(
    folder.backup,
    "select (select count(*) from access_tokens) as tokens, (select count(*) from audit_events where name = 'access_token.created') as events",
  );
  assert.equal(row?.tokens, row?.events, 'a change is there without its event');
  assert.equal(row?.tokens, made.accessTokens);
});

test('a copy does not begin again when somebody commits in the middle of it', async (t) => {
  const folder = await newUsedBackupFolder(t);
  alter(
    folder.database,
    `insert into known_addresses
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
     select 'account ' || i, hex(randomblob(40)), 0 from n`,
  );
  const server = new BetterSqlite3(folder.database);
  t.after(() => server.close());
  server.pragma('journal_mode = WAL');
  const commit = server.prepare("insert into settings values ('commit ' || ?, 'x')");
  const shares: number[] = [];
  const report = (share: number) => {
    shares.push(share);
    commit.run(shares.length);
  };
  const options = { overwrites: false, end: new AbortController().signal, report };
  await makeBackup(siteOf(folder), folder.backup, options);
  assert.ok(shares.length >= 5, `${shares.length} steps`);
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  const found = query(folder.backup, "select name from settings where name like 'commit %'");
  assert.deepEqual(found, []);
});

const DAMAGES: Record<string, (file: string) => void> = {
  'has one other byte in its pages': (file) => flip(file, 5_000),
  'has one other byte in its last line': (file) => flip(file, statSync(file).size - 40),
  'is cut off': (file) => truncateSync(file, statSync(file).size - 4096),
  'is cut off in its last line': (file) => truncateSync(file, statSync(file).size - 10),
  'is empty': (file) => truncateSync(file, 0),
  'is something else': (file) => writeFileSync(file, 'a shopping list\n'),
  'is a database of its own': (file) => {
    rmSync(file);
    new BetterSqlite3(file).exec('create table t (id)').close();
  },
};

function flip(file: string, position: number): void {
  const content = readFileSync(file);
  content[position] = (content[position] ?? 0) ^ 1;
  writeFileSync(file, content);
}

for (const [fault, damage] of Object.entries(DAMAGES)) {
  test(`a backup that ${fault} is refused and nothing is changed`, async (t) => {
    const folder = await newUsedBackupFolder(t);
    await backUp(folder);
    damage(folder.backup);
    assert.equal(await faultOf(verify(folder)), 'backup_damaged');
    const before = readFileSync(folder.database);
    assert.equal(await faultOf(restore(folder)), 'backup_damaged');
    assert.ok(readFileSync(folder.database).equals(before));
  });
}

test('every damaged byte of a backup is noticed', async (t) => {
  const folder = await newUsedBackupFolder(t);
  await backUp(folder);
  const whole = readFileSync(folder.backup);
  for (let n = 0; n < 60; n += 1) {
    const position = Math.floor((n / 60) * whole.length);
    flip(folder.backup, position);
    const code = await faultOf(verify(folder));
    assert.ok(['backup_damaged', 'backup_forged'].includes(code), `byte ${position}: ${code}`);
    writeFileSync(folder.backup, whole);
  }
});

test('a backup that somebody has changed and checked in again is not ours', async (t) => {
  const folder = await newUsedBackupFolder(t);
  await backUp(folder);
  const stranger = await newUsedBackupFolder(t);
  await backUp(stranger);
  // The stranger's program writes the facts of ours, which are no secret.
  const line = (file: string) => readFileSync(file, 'latin1').split('\n').at(-2) ?? '';
  const [, , , facts = ''] = line(folder.backup).split(' ');
  const database = readFileSync(stranger.backup);
  writeFileSync(folder.backup, database.subarray(0, database.lastIndexOf('\n', -2)));
  await completeBackupFile(folder.backup, JSON.parse(facts), savedParams(stranger.data));
  assert.equal(await faultOf(verify(folder)), 'backup_forged');
  assert.equal(await faultOf(restore(folder)), 'backup_forged');
});

test('a backup is not restored under other parameters', async (t) => {
  const [folder, other] = [await newUsedBackupFolder(t), await newUsedBackupFolder(t)];
  await backUp(folder);
  const there = { ...other, backup: folder.backup };
  assert.equal(await faultOf(verify(there)), 'params_foreign');
  assert.equal(await faultOf(restore(there)), 'params_foreign');
  const config = testConfig({ DATA_DIR: folder.data });
  const { keptAs } = await renewParams(config, { kind: 'operator', name: null });
  assert.equal(await faultOf(restore(folder)), 'params_foreign');
  renameSync(keptAs ?? '', paramsFileOf(folder.data));
  assert.equal((await restore(folder)).oldDatabase, 'renewed');
});

test('a backup without parameters in it needs the file that was kept beside it', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const made = await backUp(folder);
  assert.equal(made !== 'cancelled' && made.holdsParams, false);
  const elsewhere = { ...newBackupFolder(t), backup: folder.backup };
  assert.equal((await verify(elsewhere)).paramsFit, 'none');
  assert.equal(await faultOf(restore(elsewhere)), 'params_missing');
  assert.deepEqual(readdirSync(elsewhere.data), []);
  copyFileSync(paramsFileOf(folder.data), paramsFileOf(elsewhere.data));
  assert.equal((await restore(elsewhere)).oldDatabase, 'none');
  await use(elsewhere, async ({ admin }) => assert.equal(await admin.exists(), true));
});

test('with PARAMS_KEY a backup carries the parameters, and no one reads them without it', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const made = await backUp(folder, KEY);
  assert.equal(made !== 'cancelled' && made.holdsParams, true);
  const params = JSON.parse(readFileSync(paramsFileOf(folder.data), 'utf8')).params;
  const content = readFileSync(folder.backup, 'latin1');
  for (const secret of Object.values(params)) assert.ok(!content.includes(String(secret)));
  const elsewhere = { ...newBackupFolder(t), backup: folder.backup };
  const wrong = { PARAMS_KEY: GOOD_SECRETS[1] };
  assert.equal(await faultOf(restore(elsewhere)), 'params_missing');
  assert.equal(await faultOf(restore(elsewhere, wrong)), 'params_locked');
  assert.deepEqual(readdirSync(elsewhere.data), []);
  assert.equal((await verify(elsewhere, KEY)).paramsFit, 'in_backup');
  assert.equal((await restore(elsewhere, KEY)).wroteParams, true);
  assert.equal(statSync(paramsFileOf(elsewhere.data)).mode & 0o777, 0o600);
  await use(elsewhere, async ({ admin }) => assert.equal(await admin.exists(), true));
});

test('a restore refuses while anything has the database open', async (t) => {
  const folder = await newUsedBackupFolder(t);
  await backUp(folder);
  const opened = await openOn(folder.data);
  assert.equal(await faultOf(restore(folder)), 'database_in_use');
  await opened.close();
  const shell = new BetterSqlite3(folder.database);
  shell.pragma('journal_mode = WAL');
  shell.prepare('select * from users').all();
  assert.equal(await faultOf(restore(folder)), 'database_in_use');
  shell.close();
  await restore(folder);
});

test('a backup of a newer release is refused, one of an older release is brought up', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const name = '9999-from-the-future';
  alter(folder.database, 'insert into kysely_migration values (?, ?)', name, '2030-01-01');
  await backUp(folder);
  assert.equal(await faultOf(verify(folder)), 'backup_newer');
  alter(folder.database, 'delete from kysely_migration where name = ?', name);
  // As an older release wrote it.
  for (const sql of BACK_TO_0004) alter(folder.database, sql);
  await backUp(folder);
  assert.equal((await restore(folder)).oldDatabase, 'continued');
  const applied = query(folder.database, 'select name from kysely_migration order by name');
  assert.deepEqual(
    applied.map((row) => row.name),
    MIGRATION_NAMES,
  );
});

test('a database of a newer release counts as one that cannot be read', async (t) => {
  const folder = await newUsedBackupFolder(t);
  await use(folder, ({ accessTokens }) =>
    accessTokens.create(
      { name: 'ci', description: '', permissions: 1, expiresInSeconds: null },
      BY,
    ),
  );
  await backUp(folder);
  alter(folder.database, "insert into kysely_migration values ('9999-new', '2030-01-01')");
  const report = await restore(folder);
  assert.deepEqual([report.oldDatabase, report.suspendedAccessTokens], ['newer', 1]);
});

test('a backup that is given up leaves nothing behind', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const options = { overwrites: false, end: AbortSignal.abort(), report: () => undefined };
  assert.equal(await makeBackup(siteOf(folder), folder.backup, options), 'cancelled');
  assert.deepEqual(filesBeside(folder), ['data']);
});

test('a database that is damaged is not backed up as if it were whole', async (t) => {
  const folder = await newUsedBackupFolder(t);
  for (let page = 5; page < 20; page += 1) flip(folder.database, page * 4096 + 3);
  assert.equal(await faultOf(backUp(folder)), 'database_damaged');
  assert.deepEqual(filesBeside(folder), ['data']);
});

test('nobody opens a database while it is being replaced', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const claim = claimDatabase(folder.database);
  assert.notEqual(claim, null);
  await assert.rejects(
    SqliteDatabase.open(folder.database, systemClock, 50),
    DatabaseReplacedError,
  );
  const opening = SqliteDatabase.open(folder.database, systemClock);
  claim?.release();
  const opened = await opening;
  assert.equal(claimDatabase(folder.database), null);
  await opened.close();
  const again = claimDatabase(folder.database);
  assert.notEqual(again, null);
  again?.release();
});

test('what cannot be written leaves nothing behind', async (t) => {
  const folder = await newUsedBackupFolder(t);
  const missing = { ...folder, backup: join(newDataFolder(t), 'none', 'backup.db') };
  assert.equal(await faultOf(backUp(missing)), 'file_missing');
  mkdirSync(folder.backup);
  assert.equal(await faultOf(backUp(folder)), 'file_failed');
  assert.deepEqual(filesBeside(folder), ['backup.db', 'data']);
  assert.equal(existsSync(join(folder.backup, 'x')), false);
});
