/** Lists as terminals, pipes and scripts get them, for names of every kind and many of them. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import stringWidth from 'fast-string-width';
import { AUDIT_LISTING } from '../../src/cli/audit-rows.ts';
import type { ListedToken } from '../../src/cli/operator-target.ts';
import { protectSessionId, SESSION_LISTING } from '../../src/cli/session-rows.ts';
import { columnWidths, fit } from '../../src/cli/table-layout.ts';
import { eachOf, printRows, startRows } from '../../src/cli/tables.ts';
import { tokenListing } from '../../src/cli/token-rows.ts';
import { CommandFolder, MAIN_FILE } from '../support/cli-transcripts.ts';
import { fakeContext } from '../support/fake-command-context.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** Clears the screen, recolours by a C1 control, turns the direction, hides, ends the line. */
const HOSTILE_NAMES = ['\x1b[2J', '\x9b31m', '\u202eecila', 'a\u200bb\u{e0041}', 'x\r\ny', '\x7f'];
/** All that is not visible, but for the line ends that are ours. */
const CONTROLS = /[^\P{C}\n\t]/u;
/** What is ours: red for who is disabled, and back. */
const RED = ['\x1b[31m', '\x1b[39m'] as const;

/** Writes rows as a later release or another program may have left them. */
async function startFolder(t: TestContext, usernames: readonly string[]): Promise<CommandFolder> {
  const folder = new CommandFolder('in this process');
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
    const shown = RED.reduce((text, code) => text.replaceAll(code, ''), session.output);
    assert.doesNotMatch(shown.replaceAll('\r\n', '\n'), CONTROLS);
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

describe('tables on terminals', () => {
  const token = (id: number, fields = {}): ListedToken => ({
    id,
    name: `token-${id}`,
    description: '',
    permission: 'read,write,admin',
    createdAtMs: 1_795_324_456_000,
    expiresAtMs: null,
    lastUsedAtMs: null,
    rotatedAtMs: null,
    state: 'live',
    isSuspended: false,
    previous: null,
    version: 1,
    ...fields,
  });
  const tokens = [token(1, { expiresAtMs: 1, state: 'expired' }), token(2)];

  async function table(columns: number): Promise<string[]> {
    const context = fakeContext({ columns });
    const listing = tokenListing(1_795_324_456_000);
    await printRows(context, false, listing, eachOf(tokens));
    return context.written.stdout.trimEnd().split('\n');
  }

  test('a narrow terminal leaves columns out before any is cut', async () => {
    const titles = async (columns: number) => (await table(columns))[0]?.split(/ {2,}/);
    const most = ['ID', 'NAME', 'PERMISSIONS', 'STATE', 'EXPIRES'];
    const times = ['LAST USED', 'OLD UNTIL', 'OLD USED'];
    assert.deepEqual(await titles(120), [...most, ...times, 'CREATED']);
    assert.deepEqual(await titles(100), [...most, ...times]);
    assert.deepEqual(await titles(80), [...most, 'LAST USED', 'OLD UNTIL']);
    assert.deepEqual(await titles(65), most);
    for (const columns of [100, 80, 65, 40]) {
      for (const line of await table(columns)) assert.ok(stringWidth(line) <= columns, line);
    }
  });

  test('the id of a session is whole on any terminal, in a cell or on a line of its own', async () => {
    const sessionId = 'Cj5Xq3tGm0aYw8NvZb2Rk7Le';
    const session = {
      sessionId,
      userId: 1,
      username: 'a-name-that-is-long@example.com',
      createdAtMs: 0,
      refreshedAtMs: 0,
      createdAddress: '2001:db8::1234:5678',
      lastAddress: '2001:db8::1234:5678',
      userAgent: 'Mozilla/5.0',
      kind: 'application',
    } as const;
    const event = {
      id: 12_345,
      atMs: 0,
      name: 'session.signed_in',
      actorKind: 'user',
      actorId: '1',
      subject: '1',
      sessionId,
      accessTokenId: null,
      nameHash: null,
      reason: null,
      endedSessions: null,
      address: '2001:db8::1234:5678',
      requestId: null,
      userAgent: null,
    } as const;
    for (const columns of [30, 80, 200]) {
      const listed = fakeContext({ columns });
      await printRows(listed, false, SESSION_LISTING, eachOf([session]));
      assert.ok(listed.written.stdout.includes(sessionId), `${columns}`);
      const tailed = fakeContext({ columns });
      await startRows(tailed, false, AUDIT_LISTING, [event]);
      assert.ok(tailed.written.stdout.includes(`session ${sessionId}`), `${columns}`);
    }
  });

  test('a session whose id begins with a dash can be ended as it is shown', () => {
    const id = '-j5Xq3tGm0aYw8NvZb2Rk7Le';
    assert.deepEqual(protectSessionId(['sessions', 'end', id, '--json']), [
      'sessions',
      'end',
      '--json',
      '--',
      id,
    ]);
    for (const args of [
      ['sessions', 'end', '--json', '--', id],
      ['sessions', 'end', 'Cj5Xq3tGm0aYw8NvZb2Rk7Le', '--json'],
      ['sessions', 'end', '--as', id],
      ['users', 'add', id],
    ]) {
      assert.deepEqual(protectSessionId(args), args);
    }
  });

  test('colour is for terminals that want it, and says nothing that words do not', async (t) => {
    const folder = await startFolder(t, ['disabled-one']);
    const show = async (environment: string) => {
      const session = new TerminalSession(folder, `${environment} sallyport users list`);
      assert.equal(await session.end(), 0);
      return session.output;
    };
    assert.ok((await show('TERM=xterm')).includes(`${RED[0]}no     ${RED[1]}`));
    for (const environment of ['NO_COLOR=1', 'TERM=dumb']) {
      const plain = await show(environment);
      assert.ok(!plain.includes('\x1b'), environment);
      assert.match(plain, /disabled-one +STANDARD +no /);
    }
    assert.ok(!(await folder.run('sallyport users list')).stdout.includes('\x1b'));
  });
});
