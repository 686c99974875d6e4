/** A restore that is killed leaves the old database or the restored one, whole, and nothing else. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { backUp, newBackupFolder, query, restore, use } from './backup-folder.ts';

const PROCESS = fileURLToPath(new URL('./restore-process.ts', import.meta.url));

/** The old database has a user whom the backup does not have. */
async function newFolder(t: TestContext) {
  const folder = newBackupFolder(t);
  const account = { password: 'correct horse', role: 'STANDARD', origin: 'operator' } as const;
  await use(folder, async ({ admin, users }) => {
    await admin.create(ADMIN_PASSWORD);
    await users.create({ username: 'maria', ...account });
  });
  await backUp(folder);
  await use(folder, ({ users }) => users.create({ username: 'since', ...account }));
  return folder;
}

/** Gives the signal that ended it. */
async function restoreUntil(folder: { data: string; backup: string }, killAt: string) {
  const child = spawn(process.execPath, [PROCESS, folder.data, folder.backup, killAt], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'close');
  return signal as string | null;
}

const CASES: [killAt: string, left: 'old' | 'restored'][] = [
  ['attach database', 'old'],
  ['insert into "audit_events"', 'old'],
  ['fs.renameSync 1', 'old'],
  ['fs.renameSync 2', 'restored'],
  ['fs.renameSync 3', 'restored'],
];
for (const [killAt, left] of CASES) {
  test(`a restore that is killed at ${killAt} leaves the ${left} database`, async (t) => {
    const folder = await newFolder(t);
    assert.equal(await restoreUntil(folder, killAt), 'SIGKILL');
    await use(folder, async ({ admin, users }) => {
      assert.equal((await users.find('since')) !== null, left === 'old');
      assert.notEqual(await users.find('maria'), null);
      assert.equal(await admin.exists(), true);
    });
    assert.deepEqual(query(folder.database, 'pragma integrity_check'), [{ integrity_check: 'ok' }]);
    await restore(folder);
    await use(folder, async ({ users }) => assert.equal(await users.find('since'), null));
    const leftovers = readdirSync(folder.data).filter((name) => /restor/.test(name));
    assert.deepEqual(leftovers, []);
  });
}

for (const killAt of ['fs.renameSync 2', 'fs.renameSync 3', 'fs.renameSync 4']) {
  test(`the log of an unreadable database never meets the restored one (${killAt})`, async (t) => {
    const folder = await newFolder(t);
    writeFileSync(folder.database, 'This is not a database at all.');
    writeFileSync(`${folder.database}-wal`, 'nor is this its log');
    assert.equal(await restoreUntil(folder, killAt), 'SIGKILL');
    assert.ok(
      !existsSync(`${folder.database}-wal`) ||
        readFileSync(folder.database, 'latin1').startsWith('This is not'),
    );
    await use(folder, async ({ users }) => assert.notEqual(await users.find('maria'), null));
    const kept = readdirSync(folder.data).filter((name) => name.includes('.old'));
    assert.equal(kept.length, 2, kept.join());
    const log = kept.find((name) => name.endsWith('-wal'));
    assert.equal(readFileSync(`${folder.data}/${log}`, 'utf8'), 'nor is this its log');
  });
}
