/** Commands start with what they need and no more, and end when they are done. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { CommandFolder, MAIN_FILE } from '../support/cli-transcripts.ts';

/** Prints the address of every module that is loaded after it. */
const RECORDER = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
registerHooks({ load: (url, context, next) => {
  process.stderr.write("loaded " + url + "\\n");
  return next(url, context);
} });`)}`;

async function loadedModules(t: TestContext, command: string): Promise<string> {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  const program = `'${process.execPath}' --import '${RECORDER}' '${MAIN_FILE}'`;
  const { stderr, exitCode } = await folder.run(`${program} ${command}`);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /loaded .*\/src\/cli\/program\.ts/);
  return stderr;
}

test('help loads no server, no database and no password hash', async (t) => {
  const loaded = await loadedModules(t, 'users add --help');
  assert.doesNotMatch(loaded, /fastify|kysely|sqlite|bcrypt|argon2|inquirer|pino|src\/wiring/);
});

test('a command that works on the data loads no web server', async (t) => {
  const loaded = await loadedModules(t, 'users list');
  assert.match(loaded, /better-sqlite3/);
  assert.doesNotMatch(loaded, /fastify|inquirer|pino|src\/http/);
});

test('a fault that nobody foresaw shows where it happened only when asked to', async (t) => {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  await folder.run('sallyport users list');
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  database.exec('alter table users rename column role to rank');
  database.close();
  const { stderr, exitCode } = await folder.run('sallyport users list');
  assert.equal(exitCode, 1);
  assert.match(stderr, /^sallyport: unexpected error: no such column: .*\n.*LOG_LEVEL=debug.*\n$/);
  const debugged = await folder.run('LOG_LEVEL=debug sallyport users list');
  assert.match(debugged.stderr, /\n.* at .*sqlite\.ts/);
});

test('the version is that of the package', async (t) => {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8'));
  assert.equal((await folder.run('sallyport --version')).stdout, `${version}\n`);
});
