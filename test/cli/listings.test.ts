/** Lists as terminals, pipes and scripts get them, for names of every kind and many of them. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import stringWidth from 'fast-string-width';
import { columnWidths, fit } from '../../src/cli/table-layout.ts';
import { printRows } from '../../src/cli/tables.ts';
import { CommandFolder, MAIN_FILE } from '../support/cli-transcripts.ts';
import { fakeContext } from '../support/fake-command-context.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** Clears the screen, recolours by a C1 control, turns the direction, hides, ends the line. */
const HOSTILE_NAMES = ['\x1b[2J', '\x9b31m', '\u202eecila', 'a\u200bb\u{e0041}', 'x\r\ny', '\x7f'];
/** All that is not visible, but for the line ends that are ours. */
const CONTROLS = /[^\P{C}\n\t]/u;

/** Writes rows as a later release or another program may have left them. */
async function startFolder(t: TestContext, usernames: readonly string[]): Promise<CommandFolder> {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  const { exitCode, stderr } = await folder.run('sallyport users list');
  assert.equal(exitCode, 0, stderr);
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  const insert = database.prepare(
    `insert into users (username, username_key, role, is_enabled, origin, created_at_ms)
     values (?, ?, 'STANDARD', 0, 'operator', 1775118600000)`,
  );
  database.transaction(() => {
    for (const username of usernames) insert.run(username, username);
  })();
  database.close();
  return folder;
}

describe('listings', { concurrency: 3 }, () => {
  test('names cannot control the terminal, in text or in JSON', async (t) => {
    const folder = await startFolder(t, HOSTILE_NAMES);
    const plain = await folder.run('sallyport users list');
    assert.doesNotMatch(plain.stdout, CONTROLS);
    assert.match(plain.stdout, /\\u\{1b\}\[2J/);
    const json = await folder.run('sallyport users list --json');
    assert.doesNotMatch(json.stdout, CONTROLS);
    const users: { username: string }[] = JSON.parse(json.stdout);
    assert.deepEqual(
      users.map((user) => user.username),
      HOSTILE_NAMES,
    );

    const session = new TerminalSession(folder, 'sallyport users list');
    assert.equal(await session.end(), 0);
    assert.doesNotMatch(session.output.replaceAll('\r\n', '\n'), CONTROLS);
  });

  test('a table fits the terminal, whatever it is asked to show', async (t) => {
    const folder = await startFolder(t, ['漢字'.repeat(20), 'é👩‍👩‍👧‍👦'.repeat(9), 'bob']);
    for (const columns of [60, 80, 200]) {
      const session = new TerminalSession(folder, 'sallyport users list', columns);
      assert.equal(await session.end(), 0);
      const [header = '', ...rows] = session.lines().filter((line) => line !== '');
      assert.match(header, /^ID {2}USERNAME +ROLE {6}ENABLED {2}CREATED/);
      assert.equal(rows.length, 3);
      for (const line of rows) assert.ok(stringWidth(line) <= columns, `${columns}: ${line}`);
      assert.match(rows[2] ?? '', /^3 {3}bob +STANDARD {2}no {7}2026-04-02/);
    }
  });

  test('every user of many is listed, and a reader may leave early', async (t) => {
    const count = 3_000;
    const folder = await startFolder(
      t,
      Array.from({ length: count }, (_, i) => `user-${i}`),
    );
    const json = await folder.run('sallyport users list --json');
    assert.equal(JSON.parse(json.stdout).length, count);
    const session = new TerminalSession(folder, 'sallyport users list');
    assert.equal(await session.end(), 0);
    assert.equal(session.lines().filter((line) => line.includes('user-')).length, count);

    const child = spawn(process.execPath, [MAIN_FILE, 'users', 'list'], {
      cwd: folder.path,
      env: folder.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = once(child, 'close');
    child.stdout.once('data', () => child.stdout.destroy());
    assert.equal(await readText(child.stderr), '');
    assert.deepEqual((await end)[0], 0);
  });

  test('rows are printed as they come, in every form', async () => {
    for (const [isJson, columns] of [[true], [false], [false, 80]] as const) {
      const context = fakeContext(columns === undefined ? {} : { columns });
      let mostUnprinted = 0;
      async function* rows() {
        for (let i = 1; i <= 5_000; i += 1) {
          yield { name: `row ${String(i).padStart(4, '0')}` };
          const printed = /.*row (\d+)/s.exec(context.written.stdout)?.[1] ?? 0;
          mostUnprinted = Math.max(mostUnprinted, i - Number(printed));
        }
      }
      const listing = {
        columns: [{ title: 'NAME', text: ({ name }: { name: string }) => name }],
        toJson: (row: object) => row,
      };
      assert.equal(await printRows(context, isJson, listing, rows()), 5_000);
      assert.match(context.written.stdout, /row 5000/);
      assert.ok(mostUnprinted < 2_500, `${mostUnprinted} rows were held back`);
    }
  });

  test('a cell is cut between characters and never beyond its width', () => {
    assert.equal(fit('alice', 8), 'alice   ');
    assert.equal(fit('alice', 4), 'ali…');
    assert.equal(fit('漢字漢字', 4), '漢… ');
    assert.equal(fit('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  });

  test('flexible columns give way before the others', () => {
    const columns = [{}, { isFlexible: true }, {}];
    const rows = [['1', 'x'.repeat(30), 'STANDARD']];
    assert.deepEqual(columnWidths(columns, rows, 100), [1, 30, 8]);
    assert.deepEqual(columnWidths(columns, rows, 33), [1, 20, 8]);
    assert.deepEqual(columnWidths(columns, rows, 20), [1, 8, 7]);
  });
});
