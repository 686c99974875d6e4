/** Questions on a real terminal: what is typed as a password is never shown. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import bcrypt from 'bcrypt';
import Database from 'better-sqlite3';
import { CommandFolder } from '../support/cli-transcripts.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** In letters that no prompt uses, so that a single one of them on the terminal is an echo. */
const PASSWORD = 'Жищдюбжящ-7777';
const ECHO = /[а-яА-Я]/u;
const ENTER = '\r';

function startFolder(t: TestContext): CommandFolder {
  const folder = new CommandFolder('in this process');
  t.after(() => folder.remove());
  return folder;
}

function startSession(t: TestContext, folder: CommandFolder, command: string): TerminalSession {
  const session = new TerminalSession(folder, command);
  t.after(() => session.kill());
  return session;
}

function adminHash(folder: CommandFolder): string | undefined {
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  const hash = database.prepare('select password_hash from admins').pluck().get();
  database.close();
  return hash as string | undefined;
}

describe('questions on a terminal', { concurrency: 3 }, () => {
  test('the terminal of these tests shows what a program does not hide', async (t) => {
    const session = startSession(t, startFolder(t), 'echo ready; head -n 1 > /dev/null');
    await session.waitFor(/ready/);
    session.type(`${PASSWORD}${ENTER}`);
    assert.equal(await session.end(), 0);
    assert.match(session.output, ECHO);
  });

  test('a new password is asked for twice, and neither time shown', async (t) => {
    const folder = startFolder(t);
    const session = startSession(t, folder, 'sallyport admin create');
    await session.waitFor(/New password for the admin/);
    session.type(`${PASSWORD}${ENTER}`);
    await session.waitFor(/The same again/);
    session.type(`${PASSWORD}${ENTER}`);
    assert.equal(await session.end(), 0, session.output);
    assert.doesNotMatch(session.output, ECHO);
    assert.ok(bcrypt.compareSync(PASSWORD, adminHash(folder) ?? ''));
  });

  test('no key shows the password after all', async (t) => {
    const session = startSession(t, startFolder(t), 'sallyport admin create');
    await session.waitFor(/New password for the admin/);
    session.type(`${PASSWORD}\x14`);
    session.type(`${PASSWORD}\t\x1b[A\x03`);
    assert.equal(await session.end(), 130);
    assert.doesNotMatch(session.output, ECHO);
  });

  test('nobody is asked for a password in vain', async (t) => {
    const folder = startFolder(t);
    await folder.run(`printf '${PASSWORD}' | sallyport admin create`);
    await folder.run(`printf '${PASSWORD}' | sallyport users add alice`);
    for (const command of ['admin create', 'users add Alice', 'users set-password zoe']) {
      const session = startSession(t, folder, `sallyport ${command}`);
      assert.equal(await session.end(), 1, command);
      assert.doesNotMatch(session.output, /New password/);
    }
  });

  test('two different passwords change nothing', async (t) => {
    const folder = startFolder(t);
    const session = startSession(t, folder, 'sallyport admin create');
    await session.waitFor(/New password for the admin/);
    session.type(`${PASSWORD}${ENTER}`);
    await session.waitFor(/The same again/);
    session.type(`${PASSWORD}x${ENTER}`);
    assert.equal(await session.end(), 1);
    assert.match(session.output, /The two passwords were not the same; nothing was changed/);
    assert.doesNotMatch(session.output, ECHO);
    assert.equal(adminHash(folder), undefined);
  });

  test('a weak password is refused before it has to be repeated', async (t) => {
    const session = startSession(t, startFolder(t), 'sallyport users add alice');
    await session.waitFor(/New password for alice/);
    session.type(`1234567${ENTER}`);
    await session.waitFor(/must be at least 8 characters long/);
    session.type(`8${ENTER}`);
    await session.waitFor(/The same again/);
    session.type(`12345678${ENTER}`);
    assert.equal(await session.end(), 0, session.output);
  });

  for (const [key, name] of [
    ['\x03', 'Ctrl-C'],
    ['\x04', 'Ctrl-D'],
  ] as const) {
    test(`${name} at a password prompt ends the command with 130 and one line`, async (t) => {
      const folder = startFolder(t);
      const session = startSession(t, folder, 'sallyport admin create');
      await session.waitFor(/New password for the admin/);
      session.type(key);
      assert.equal(await session.end(), 130);
      const said = session.lines().slice(session.lines().findIndex((line) => line.includes('?')));
      const last = said.filter((line) => line.trim() !== '').at(-1);
      assert.equal(last, 'sallyport: interrupted; nothing was changed');
      assert.doesNotMatch(session.output, /^\s+at |Warning/m);
      assert.equal(adminHash(folder), undefined);
    });

    test(`${name} at a confirmation ends the command with 130`, async (t) => {
      const folder = startFolder(t);
      const session = startSession(t, folder, 'sallyport params renew');
      await session.waitFor(/Type yes to go on: /);
      session.type(key);
      assert.equal(await session.end(), 130, session.output);
      assert.match(session.output, /\r?\nsallyport: interrupted; nothing was changed/);
      assert.ok(!existsSync(folder.dataFolder));
    });
  }

  test('server parameters are renewed after a yes and not after anything else', async (t) => {
    const folder = startFolder(t);
    for (const { reply, exitCode } of [
      { reply: '', exitCode: 1 },
      { reply: 'y', exitCode: 1 },
      { reply: 'yes', exitCode: 0 },
    ]) {
      const session = startSession(t, folder, 'sallyport params renew');
      await session.waitFor(/The server must be stopped/);
      await session.waitFor(/Type yes to go on: /);
      session.type(`${reply}${ENTER}`);
      assert.equal(await session.end(), exitCode, session.output);
      assert.equal(existsSync(join(folder.dataFolder, 'server_params.btr')), exitCode === 0);
    }
  });
});
