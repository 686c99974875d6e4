/** Commands on a server from a terminal: who is asked what, and that nothing secret is shown. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { CommandFolder } from '../support/cli-transcripts.ts';
import { call } from '../support/http-call.ts';
import {
  type ServerProcess,
  startServerProcess,
  type TestScope,
} from '../support/server-process.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** In letters that no prompt uses, so that a single one of them on the terminal is an echo. */
const ADMIN_PASSWORD = 'Жищдюбжящ-7777';
const USER_PASSWORD = 'Щюдбящжи-8888';
const ECHO = /[а-яА-Я]/u;
const ENTER = '\r';

// One after the other: a server lets one address check a few passwords at a time.
describe('commands on a server from a terminal', () => {
  const ends: (() => void)[] = [];
  const scope: TestScope = { after: (done) => void ends.unshift(done) };
  /** The machine of the server, and another one that has no data folder. */
  const there = new CommandFolder('in this process');
  const here = new CommandFolder('in this process');
  let server: ServerProcess;

  before(async () => {
    const settings = { DATA_DIR: there.dataFolder, LOG_LEVEL: 'silent' };
    server = await startServerProcess(scope, settings);
    for (const command of [
      `printf '${ADMIN_PASSWORD}' | sallyport admin create`,
      `printf '${USER_PASSWORD}' | sallyport users add boss --role ADMIN`,
      `printf '${USER_PASSWORD}' | sallyport users add alice`,
    ]) {
      const { exitCode, stderr } = await there.run(command);
      assert.equal(exitCode, 0, stderr);
    }
  });
  after(() => {
    for (const end of ends) end();
    for (const folder of [here, there]) folder.remove();
  });

  function start(t: TestContext, command: string): TerminalSession {
    const session = new TerminalSession(here, `sallyport ${command} --url ${server.url}`);
    t.after(() => session.kill());
    return session;
  }

  async function liveSessions(username: string): Promise<number> {
    const { stdout } = await there.run(`sallyport sessions list ${username} --json`);
    return JSON.parse(stdout).length;
  }

  test('the password of the built-in admin is asked for once and not shown', async (t) => {
    const session = start(t, 'tokens create ci --permission read');
    await session.waitFor(/Password of the built-in admin at http/);
    session.type(`${ADMIN_PASSWORD}${ENTER}`);
    await session.waitFor(/vdai_\S{20}/);
    assert.equal(await session.end(), 0, session.output);
    assert.doesNotMatch(session.output, ECHO);
    assert.doesNotMatch(session.output, /eyJ/);
    assert.ok(!existsSync(here.dataFolder), 'the data folder of this machine was touched');
  });

  test('a user with role ADMIN signs in for one command, and that session ends', async (t) => {
    const before = await liveSessions('boss');
    const session = start(t, 'users list --as boss');
    await session.waitFor(/Password of boss at http/);
    session.type(`${USER_PASSWORD}${ENTER}`);
    assert.equal(await session.end(), 0, session.output);
    assert.match(session.output, /alice +STANDARD/);
    assert.doesNotMatch(session.output, ECHO);
    assert.equal(await liveSessions('boss'), before);
    const tail = await there.run('sallyport audit tail --event session.ended --json --lines 1');
    const { actor_kind: actorKind, subject } = JSON.parse(tail.stdout);
    assert.deepEqual([actorKind, subject], ['user', '1']);
  });

  test('a user without the role is told so, and that session ends too', async (t) => {
    const session = start(t, 'stats --as alice');
    await session.waitFor(/Password of alice/);
    session.type(`${USER_PASSWORD}${ENTER}`);
    assert.equal(await session.end(), 1, session.output);
    assert.match(session.output, /may not do this/);
    assert.equal(await liveSessions('alice'), 0);
  });

  test('a wrong password is one line', async (t) => {
    for (const [options, name] of [
      ['', 'the built-in admin'],
      ['--as boss', 'boss'],
    ] as const) {
      const session = start(t, `stats ${options}`);
      await session.waitFor(/Password of/);
      session.type(`Wrong-${USER_PASSWORD}${ENTER}`);
      assert.equal(await session.end(), 1, session.output);
      const said = session.lines().filter((line) => line.startsWith('sallyport: '));
      assert.equal(said.length, 1, session.output);
      assert.match(said[0] ?? '', new RegExp(`not the password of ${name} at http`));
      assert.doesNotMatch(session.output, ECHO);
    }
  });

  test('a deletion shows what it deletes, and asks, in either place', async (t) => {
    const { stdout } = await there.run(
      "sallyport tokens create 'old one' --permission write --json",
    );
    const { id } = JSON.parse(stdout);
    const session = start(t, `tokens delete ${id}`);
    await session.waitFor(/Password of the built-in admin/);
    session.type(`${ADMIN_PASSWORD}${ENTER}`);
    await session.waitFor(new RegExp(`deletes access token ${id} "old one" \\(write\\) at http`));
    await session.waitFor(/Type yes to go on: /);
    session.type(`no${ENTER}`);
    assert.equal(await session.end(), 1);

    const local = new TerminalSession(there, 'sallyport users delete alice');
    t.after(() => local.kill());
    await local.waitFor(/deletes user alice \(id 2\), role STANDARD, \d+ live sessions?, in /);
    await local.waitFor(/Type yes to go on: /);
    local.type('\x03');
    assert.equal(await local.end(), 130);
    const listed = await there.run('sallyport users list');
    assert.match(listed.stdout, /\talice\t/);
  });

  test('Ctrl-C at a question ends the session that was begun for it', async (t) => {
    const session = start(t, 'users delete alice --as boss');
    await session.waitFor(/Password of boss/);
    session.type(`${USER_PASSWORD}${ENTER}`);
    await session.waitFor(/Type yes to go on: /);
    session.type('\x03');
    assert.equal(await session.end(), 130, session.output);
    assert.match(session.output, /interrupted; nothing was changed/);
    const { stdout } = await there.run('sallyport sessions list boss --json');
    assert.deepEqual(JSON.parse(stdout), []);
  });

  test('Ctrl-C at the password ends the command with 130', async (t) => {
    const session = start(t, 'auth off');
    await session.waitFor(/Password of the built-in admin/);
    session.type('\x03');
    assert.equal(await session.end(), 130);
    assert.match(session.output, /sallyport: interrupted; nothing was changed/);
  });

  test('auth enforcement goes off after a yes', async (t) => {
    const session = start(t, 'auth off');
    await session.waitFor(/Password of the built-in admin/);
    session.type(`${ADMIN_PASSWORD}${ENTER}`);
    await session.waitFor(/open to\s+everybody/);
    await session.waitFor(/Type yes to go on: /);
    session.type(`yes${ENTER}`);
    assert.equal(await session.end(), 0, session.output);
    assert.match(session.output, /Auth enforcement is off at http\S+; it was on\./);
    const on = await there.run('sallyport auth on');
    assert.equal(on.exitCode, 0, on.stderr);
  });

  test('a credential is neither among the arguments nor on the outputs', async (t) => {
    const { stdout: token } = await there.run('sallyport tokens create watch --permission admin');
    const secret = token.trim();
    const session = new TerminalSession(
      here,
      `SALLYPORT_TOKEN='${secret}' sallyport users delete alice --url ${server.url}`,
    );
    t.after(() => session.kill());
    await session.waitFor(/Type yes to go on: /);
    const argumentsOfAll = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readProcessArguments(pid))
      .filter((line) => line.includes('main.ts'));
    assert.ok(argumentsOfAll.some((line) => line.includes('users\0delete')));
    for (const line of argumentsOfAll) assert.ok(!line.includes(secret), 'in the arguments');
    session.type(`no${ENTER}`);
    await session.end();
    assert.ok(!session.output.includes(secret));

    here.environment.SALLYPORT_TOKEN = secret;
    for (const command of [
      'tokens list',
      'users list --json',
      'sessions end x',
      'auth off --yes',
    ]) {
      const { stdout, stderr } = await here.run(`sallyport ${command} --url ${server.url}`);
      assert.ok(!`${stdout}${stderr}`.includes(secret), command);
    }
    delete here.environment.SALLYPORT_TOKEN;
    const bearer = await call(server.url, 'GET', '/auth/access_tokens', { bearer: secret });
    assert.equal(bearer.status, 200);
  });
});

/** Processes come and go while one looks. */
function readProcessArguments(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
  } catch {
    return '';
  }
}
