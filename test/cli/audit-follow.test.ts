/** `audit tail --follow` beside a running server, and what hostile text in the trail can do. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import stringWidth from 'fast-string-width';
import { CommandFolder, MAIN_FILE } from '../support/cli-transcripts.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** All that is not visible, but for the line ends that are ours. */
const CONTROLS = /[^\P{C}\n\t]/u;
/** Formulas, a control sequence, a turned direction, a line end, quotes. */
const HOSTILE = ['=1+1', '+1', '-1', '@x', '\x1b[2J', '\u202eevil', 'x\r\n"y",z'];

function insertHostile(folder: CommandFolder): void {
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  const insert = database.prepare(
    `insert into audit_events (at_ms, name, actor_kind, reason, user_agent)
     values (1775118600000, 'session.signed_in', 'anonymous', ?, ?)`,
  );
  for (const text of HOSTILE) insert.run(text, text);
  database.close();
}

test('follow shows what comes in, in order, and ends at Ctrl-C', async (t) => {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  await folder.run("printf 'correct horse' | sallyport users add alice");
  const args = [MAIN_FILE, 'audit', 'tail', '--follow', '--json', '--lines', '1'];
  const child = spawn(process.execPath, args, { cwd: folder.path, env: folder.environment });
  t.after(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const lines: { id: number; event: string; subject: string }[] = [];
  const comings = new EventEmitter();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line));
    comings.emit('lines');
  });
  const untilLines = async (count: number) => {
    while (lines.length < count) await once(comings, 'lines');
  };
  await untilLines(1);
  await folder.run("printf 'correct horse' | sallyport users add bob");
  await folder.run("printf 'battery staple' | sallyport users set-password alice");
  await untilLines(3);
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual(
    lines.map(({ id, event, subject }) => [id, event, subject]),
    [
      [1, 'user.created', '1'],
      [2, 'user.created', '2'],
      [3, 'user.password_set', '1'],
    ],
  );
});

test('nothing in the trail controls a terminal or is a formula to a spreadsheet', async (t) => {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  await folder.run("printf 'correct horse' | sallyport users add alice");
  insertHostile(folder);
  for (const command of ['tail', 'tail --json', 'export']) {
    const { stdout } = await folder.run(`sallyport audit ${command}`);
    assert.doesNotMatch(stdout, CONTROLS, command);
  }
  const { stdout: json } = await folder.run('sallyport audit export --until 2026-05-01');
  const reasons = json.trimEnd().split('\n');
  assert.deepEqual(
    reasons.map((line) => JSON.parse(line).reason),
    HOSTILE,
  );
  const { stdout: csv } = await folder.run('sallyport audit export --format csv');
  assert.doesNotMatch(csv, CONTROLS);
  assert.doesNotMatch(csv, /(^|[,"])[=+@-]/m);
  for (const text of ["'=1+1", "'+1", "'-1", "'@x"]) assert.ok(csv.includes(`"${text}"`), text);
  assert.ok(csv.includes('"x\\u{d}\\u{a}""y"",z"'));

  const session = new TerminalSession(folder, 'sallyport audit tail', 80);
  assert.equal(await session.end(), 0);
  const lines = session.lines().filter((line) => line !== '');
  assert.equal(lines.length, HOSTILE.length + 2);
  for (const line of lines) assert.ok(stringWidth(line) <= 80, line);
});

test('an export of many pages has every event once', async (t) => {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  await folder.run('sallyport users list');
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  const insert = database.prepare(
    "insert into audit_events (at_ms, name, actor_kind) values (?, 'user.created', 'server')",
  );
  database.transaction(() => {
    for (let n = 0; n < 2_500; n += 1) insert.run(1_775_118_600_000 + (n % 7));
  })();
  database.close();
  const { stdout } = await folder.run('sallyport audit export');
  const ids = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  assert.equal(ids.length, 2_500);
  assert.equal(new Set(ids).size, 2_500);
});
