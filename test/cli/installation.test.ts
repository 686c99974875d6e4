// When `run.mjs` installs, with which flags, and what it does when that goes wrong. npm is a
// recorder here that notes its arguments: the real one is at work in first-command.test.ts.

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { isRoomy, MEMORY } from '../../runtime/test-folder.mjs';
import { copyCheckout } from '../support/checkout-copies.ts';
import { StartedCommand } from '../support/started-commands.ts';
import { createBarePath } from '../support/toolchains.ts';
import { waitUntil } from '../support/waiting.ts';

const recordingNpm = `#!/usr/bin/env node
const { appendFileSync, existsSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const at = (name) => join(__dirname, name);
appendFileSync(at('calls'), process.argv.slice(2).join(' ') + '\\n');
if (existsSync(at('fail'))) {
  console.error('npm error the registry is on holiday');
  process.exit(3);
}
mkdirSync('node_modules', { recursive: true });
console.log('added 105 packages');
setInterval(() => existsSync(at('hold')) || process.exit(0), 10);
`;

/** What a checkout starts with, of which each test has a copy. */
const starting = mkdtempSync(join(tmpdir(), 'sallyport-starting-'));
copyCheckout(starting, /^(run\.mjs|package(-lock)?\.json|\.npmrc)$|^runtime(\/|$)/);
after(() => rmSync(starting, { recursive: true }));

let workspace: string;
let checkout: string;
let path: string;
let started: StartedCommand[];

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'sallyport-installation-'));
  checkout = join(workspace, 'checkout');
  cpSync(starting, checkout, { recursive: true });
  write(
    'src/main.ts',
    'const seen: string[] = process.argv.slice(2);\nconsole.log("ran", ...seen);',
  );
  write('test/probe.test.ts', "import { test } from 'node:test';\ntest('a probe', () => {});");
  path = createBarePath(join(workspace, 'path'), { node: process.execPath });
  writeFileSync(join(path, 'npm'), recordingNpm, { mode: 0o755 });
  started = [];
});

afterEach(() => {
  for (const command of started) command.destroy();
  rmSync(workspace, { recursive: true, force: true });
});

function write(file: string, text: string): void {
  mkdirSync(join(checkout, file, '..'), { recursive: true });
  writeFileSync(join(checkout, file), text);
}

function start(commandArguments: string[], variables: Record<string, string> = {}): StartedCommand {
  const command = new StartedCommand(join(path, 'node'), ['run.mjs', ...commandArguments], {
    cwd: checkout,
    env: { PATH: path, ...variables },
  });
  started.push(command);
  return command;
}

async function runToEnd(
  commandArguments: string[],
  variables: Record<string, string> = {},
): Promise<string> {
  const command = start(commandArguments, variables);
  assert.deepEqual(await command.end(), { code: 0, signal: null }, command.output);
  return command.output;
}

/** A console whose build leaves one page that says what it was built of, or fails. */
function writeConsole(content: string): void {
  // What the recording npm has not brought.
  write('node_modules/vite/package.json', '{}');
  write('console/page.txt', content);
  write(
    'console/build/main.ts',
    `import { readFileSync, writeFileSync } from 'node:fs';
     const page = readFileSync('console/page.txt', 'utf8');
     if (page === 'faulty') throw new Error('the build is broken');
     writeFileSync(process.argv[2] + '/index.html', page);`,
  );
}

const builtPage = () => readFileSync(join(checkout, 'console/dist/index.html'), 'utf8');

function npmCalls(): string[] {
  if (!existsSync(join(path, 'calls'))) return [];
  return readFileSync(join(path, 'calls'), 'utf8').trimEnd().split('\n');
}

/** Makes the recording npm behave: `hold` until released, or `fail`. */
function setNpm(mood: 'hold' | 'fail', isOn: boolean): void {
  if (isOn) writeFileSync(join(path, mood), '');
  else rmSync(join(path, mood));
}

async function startUntilNpmRuns(): Promise<StartedCommand> {
  setNpm('hold', true);
  const command = start(['serve']);
  await waitUntil('a call of npm', () => npmCalls().length > 0);
  // The marker of a running npm: the lock names it by now.
  await waitUntil('npm at work', () => existsSync(join(checkout, 'node_modules')));
  return command;
}

test('the first start installs without scripts, later starts install nothing', async () => {
  assert.equal(
    await runToEnd(['serve', '--flag']),
    'Installing dependencies (first start only)…\nran serve --flag\n',
  );
  assert.equal(await runToEnd(['--help']), 'ran --help\n');
  const [call = '', ...others] = npmCalls();
  assert.match(call, /^ci --ignore-scripts .*--include=dev$/);
  assert.deepEqual(others, []);
});

for (const file of ['package.json', 'package-lock.json']) {
  test(`a changed ${file} is installed at the next start`, async () => {
    await runToEnd(['serve']);
    write(file, `${readFileSync(join(checkout, file), 'utf8')}\n`);
    assert.match(await runToEnd(['serve']), /^Installing dependencies \(once, after a change\)…\n/);
    assert.equal(npmCalls().length, 2);
  });
}

test('production installs no development dependencies, and the tests then add them', async () => {
  await runToEnd(['serve'], { NODE_ENV: 'production' });
  await runToEnd(['serve'], { NODE_ENV: 'production' });
  assert.match(await runToEnd(['test'], { NODE_ENV: 'production' }), /^✔ a probe/m);
  await runToEnd(['serve'], { NODE_ENV: 'production' });
  assert.deepEqual(
    npmCalls().map((call) => call.split(' ').at(-1)),
    ['--omit=dev', '--include=dev'],
  );
});

test('npm is quiet when it succeeds and heard when it fails, and the next start tries again', async () => {
  setNpm('fail', true);
  const command = start(['serve']);
  assert.deepEqual(await command.end(), { code: 1, signal: null });
  assert.match(command.output, /^npm error the registry is on holiday$/m);
  assert.match(command.output, /^sallyport: dependencies cannot be installed/m);
  assert.doesNotMatch(command.output, /^\s+at |^ran/m);
  setNpm('fail', false);
  assert.match(await runToEnd(['serve']), /^ran serve$/m);
});

test('SIGTERM during an installation ends npm too, and the next start installs again', async () => {
  const command = await startUntilNpmRuns();
  command.signal('SIGTERM');
  assert.deepEqual(await command.end(), { code: null, signal: 'SIGTERM' });
  assert.deepEqual(command.survivors(), []);
  setNpm('hold', false);
  assert.match(await runToEnd(['serve']), /^Installing/);
});

test('after a killed start the next one waits for the npm it left behind, then installs again', async () => {
  const killed = await startUntilNpmRuns();
  killed.signal('SIGKILL');
  await waitUntil('one survivor', () => killed.survivors().length === 1);
  const next = start(['serve']);
  await next.waitForOutput(/^Waiting for another start/m);
  assert.equal(npmCalls().length, 1);
  setNpm('hold', false);
  // Well before the lock of a vanished machine would count as stale.
  assert.deepEqual(await next.end(20_000), { code: 0, signal: null }, next.output);
  assert.equal(npmCalls().length, 2);
});

test('of two first starts at once one installs and both run', async () => {
  const first = await startUntilNpmRuns();
  const second = start(['serve']);
  await second.waitForOutput(/^Waiting for another start/m);
  setNpm('hold', false);
  for (const command of [first, second]) {
    assert.deepEqual(await command.end(), { code: 0, signal: null }, command.output);
    assert.match(command.output, /^ran serve$/m);
  }
  assert.equal(npmCalls().length, 1);
});

test('the console is built by the first start, and again only when its sources change', async () => {
  writeConsole('first');
  const first = await runToEnd(['serve']);
  assert.match(first, /^Building the console \(first start only\)…\nran serve$/m);
  assert.equal(builtPage(), 'first');
  assert.doesNotMatch(await runToEnd(['serve']), /Building/);
  writeConsole('second');
  assert.doesNotMatch(await runToEnd(['users', 'list']), /Building/);
  assert.match(await runToEnd(['test']), /^Building the console \(once, after a change\)…$/m);
  assert.equal(builtPage(), 'second');
  write('package-lock.json', `${readFileSync(join(checkout, 'package-lock.json'), 'utf8')}\n`);
  assert.match(await runToEnd(['serve']), /^Building/m);
});

test('a console that cannot be built is told, tried again, and keeps no server from starting', async () => {
  writeConsole('good');
  await runToEnd(['serve']);
  writeConsole('faulty');
  for (const _ of ['first', 'second']) {
    const output = await runToEnd(['serve']);
    assert.match(
      output,
      /the build is broken[\s\S]*^The console cannot be built, everything else/m,
    );
    assert.match(output, /^ran serve$/m);
  }
  assert.equal(builtPage(), 'good');
});

test('a start without the packages that build the console says what builds it', async () => {
  writeConsole('never');
  rmSync(join(checkout, 'node_modules/vite'), { recursive: true });
  const output = await runToEnd(['serve'], { NODE_ENV: 'production' });
  assert.match(output, /^The console is not built.*`npm run build:console`/m);
  assert.match(output, /^ran serve$/m);
});

test('a missing npm is one clear line', async () => {
  rmSync(join(path, 'npm'));
  const command = start(['serve']);
  assert.deepEqual(await command.end(), { code: 1, signal: null });
  assert.match(command.output, /^sallyport: npm was not found\.[^\n]*\n$/);
});

test('the exit code of the command becomes the exit code of the start', async () => {
  write('src/main.ts', 'process.exitCode = 7;');
  assert.deepEqual(await start(['serve']).end(), { code: 7, signal: null });
});

test('options for the test runner and folders of tests are passed on', async () => {
  write('test/inner/other.test.ts', "import { test } from 'node:test';\ntest('other', () => {});");
  const every = await runToEnd(['test', '--test-name-pattern', 'other']);
  assert.match(every, /^ {2}?✔ other|^✔ other/m);
  assert.doesNotMatch(every, /✔ a probe/);
  assert.match(await runToEnd(['test', 'test/inner']), /^ℹ pass 1$/m);
  const optionLast = await runToEnd(['test', 'test/inner', '--test-name-pattern', 'other']);
  assert.match(optionLast, /^ℹ pass 1$/m);
});

test('temporary files of tests are in memory where there is room, and go with the run', async () => {
  const killed = join(MEMORY, `sallyport-tests-${2 ** 22 + 1}`);
  if (isRoomy()) mkdirSync(killed);
  write(
    'test/probe.test.ts',
    `import { mkdtempSync } from 'node:fs';
     import { tmpdir } from 'node:os';
     console.log('made', mkdtempSync(tmpdir() + '/probe-'));`,
  );
  const [, folder = ''] = /^made (.*)$/m.exec(await runToEnd(['test'], { TMPDIR: '' })) ?? [];
  if (isRoomy()) assert.match(folder, /^\/dev\/shm\/sallyport-tests-\d+\/probe-/);
  else assert.match(folder, /^\/tmp\/probe-/);
  assert.equal(existsSync(folder), !isRoomy());
  assert.equal(existsSync(killed), false);
  const named = await runToEnd(['test'], { TMPDIR: workspace });
  assert.ok(named.includes(`made ${workspace}/probe-`), named);
});

test('the tests of a folder run in one process where it says how', async () => {
  const together = "import { test } from 'node:test';\ntest('together', () => {});";
  write('test/inner/in-one-process.ts', together);
  write('test/inner/alone.test.ts', together.replace('together', 'alone'));
  const every = await runToEnd(['test']);
  assert.match(every, /^✔ together/m);
  assert.match(every, /^✔ a probe/m);
  assert.doesNotMatch(every, /✔ alone/);
  assert.match(await runToEnd(['test', 'test/inner']), /^✔ together/m);
  assert.match(await runToEnd(['test', 'test/inner/alone.test.ts']), /^✔ alone/m);
});
