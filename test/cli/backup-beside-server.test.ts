/** Backups of a server under traffic, and restores before, while and after it runs. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { CommandFolder } from '../support/cli-transcripts.ts';
import { call } from '../support/http-call.ts';
import { startServerProcess } from '../support/server-process.ts';
import { waitUntil } from '../support/waiting.ts';

const PASSWORD = 'FirstPassw0rd!';
const WORKERS = 8;

function startFolder(t: TestContext): CommandFolder {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  return folder;
}

const startServer = (t: TestContext, folder: CommandFolder) =>
  startServerProcess(t, { DATA_DIR: folder.dataFolder, LOG_LEVEL: 'silent' });

async function runSoundly(folder: CommandFolder, command: string): Promise<string> {
  const { stdout, stderr, exitCode } = await folder.run(command);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

/** So much that copying takes many steps, between which the server commits. */
function fill(folder: CommandFolder): void {
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  database.exec(`
    insert into known_addresses
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 150000)
    select 'account ' || i, hex(randomblob(40)), 0 from n`);
  database.close();
}

async function signInAdmin(url: string): Promise<string> {
  const answer = await call(url, 'POST', '/auth/admin/login', { body: { password: PASSWORD } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.token;
}

interface Made {
  readonly name: string;
  readonly startedAt: number;
  readonly answeredAt: number;
}

/** Tokens with numbered names, by each worker one after the other. */
async function keepCreating(url: string, bearer: string, worker: number, made: Made[]) {
  return (isOver: () => boolean) =>
    (async () => {
      for (let n = 0; !isOver(); n += 1) {
        const name = `${worker}.${n}`;
        const startedAt = performance.now();
        const body = { name, permission: 'read' };
        const { status } = await call(url, 'POST', '/auth/access_token', { bearer, body });
        assert.equal(status, 200);
        made.push({ name, startedAt, answeredAt: performance.now() });
      }
    })();
}

test('a backup under traffic is one moment: all before it, nothing after, no gaps', async (t) => {
  const folder = startFolder(t);
  await runSoundly(folder, `printf '${PASSWORD}' | sallyport admin create`);
  fill(folder);
  const server = await startServer(t, folder);
  const bearer = await signInAdmin(server.url);
  const made: Made[] = [];
  let isOver = false;
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, (_, worker) => keepCreating(server.url, bearer, worker, made)),
  );
  const working = workers.map((work) => work(() => isOver));
  await waitUntil('some traffic', () => made.length > 50);
  const begin = performance.now();
  await runSoundly(folder, 'sallyport backup backup.db');
  const end = performance.now();
  isOver = true;
  await Promise.all(working);

  const backup = new Database(join(folder.path, 'backup.db'), { readonly: true });
  const names = backup.prepare('select name from access_tokens').pluck().all() as string[];
  const events = backup.prepare('select access_token_id from audit_events').pluck().all();
  backup.close();
  const found = new Set(names);
  const missing = made.filter((one) => one.answeredAt < begin && !found.has(one.name));
  assert.deepEqual(missing, [], 'acknowledged before the backup, and not in it');
  const early = made.filter((one) => one.startedAt > end && found.has(one.name));
  assert.deepEqual(early, [], 'asked for after the backup, and in it');
  assert.ok(
    made.some((one) => one.startedAt > begin && one.answeredAt < end),
    'the server stood still while it was backed up',
  );
  for (let worker = 0; worker < WORKERS; worker += 1) {
    const own = made.filter(({ name }) => name.startsWith(`${worker}.`)).map(({ name }) => name);
    const last = own.findLastIndex((name) => found.has(name));
    const gaps = own.slice(0, last + 1).filter((name) => !found.has(name));
    assert.deepEqual(gaps, [], 'a later write is there and an earlier one is not');
  }
  assert.equal(events.filter((id) => id !== null).length, names.length);
});

test('a restore refuses beside a server, and afterwards signed-in people sign in again', async (t) => {
  const folder = startFolder(t);
  await runSoundly(folder, `printf '${PASSWORD}' | sallyport admin create`);
  const first = await startServer(t, folder);
  const old = await signInAdmin(first.url);
  const body = { name: 'ci', permission: 'admin' };
  const token = (await call(first.url, 'POST', '/auth/access_token', { bearer: old, body })).json;
  await runSoundly(folder, 'sallyport backup backup.db');
  const refused = await folder.run('sallyport restore backup.db --yes --json');
  assert.equal(refused.exitCode, 1);
  assert.equal(JSON.parse(refused.stderr).error.code, 'database_in_use');
  const list = (url: string, bearer: string) => call(url, 'GET', '/auth/access_tokens', { bearer });
  assert.equal((await list(first.url, old)).status, 200, 'the server must not notice');

  await first.stop();
  await runSoundly(folder, 'sallyport restore backup.db --yes');
  const second = await startServer(t, folder);
  assert.equal((await list(second.url, old)).status, 401);
  assert.equal((await list(second.url, token.token)).status, 200);
  assert.equal((await list(second.url, await signInAdmin(second.url))).status, 200);

  await second.stop('SIGKILL');
  await runSoundly(folder, 'rm data/sallyport.db*; sallyport restore backup.db --yes');
  const third = await startServer(t, folder);
  assert.equal((await list(third.url, token.token)).status, 401);
  await runSoundly(folder, 'sallyport restore --accept-tokens --yes');
  assert.equal((await list(third.url, token.token)).status, 200, 'a running server honours it');
});
