// `npm start` as a stranger meets it: a fresh clone, one of three Nodes with its npm, and a PATH
// without compiler and Python. Everything is real; the registry must be reachable.

import assert from 'node:assert/strict';
import {
  accessSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import {
  copyCheckout,
  describeTree,
  linkCheckout,
  projectRoot,
  setWritable,
} from '../support/checkout-copies.ts';
import { findFreePort, holdRequest, isHealthy, isListening } from '../support/server-probes.ts';
import { StartedCommand } from '../support/started-commands.ts';
import { createBarePath, fetchToolchains, type NodeLine } from '../support/toolchains.ts';
import { waitUntil } from '../support/waiting.ts';

const lines: NodeLine[] = ['20', '22', '24'];
const toolchains = fetchToolchains(join(projectRoot, '.cache'));
const workspace = mkdtempSync(join(tmpdir(), 'sallyport-first-command-'));
chmodSync(workspace, 0o755); // the unprivileged user of the read-only test passes through
const started: StartedCommand[] = [];
let counter = 0;

after(() => {
  for (const command of started) command.destroy();
  rmSync(workspace, { recursive: true, force: true });
});

function newFolder(name: string): string {
  counter += 1;
  return join(workspace, `${name}-${counter}`);
}

const barePaths = Object.fromEntries(
  lines.map((line) => [line, createBarePath(newFolder(`path-${line}`), toolchains[line])]),
) as Record<NodeLine, string>;

function run(
  line: NodeLine,
  folder: string,
  command: string[],
  { uid, ...env }: { uid?: number; [variable: string]: string | number | undefined } = {},
): StartedCommand {
  const path = (env.PATH as string | undefined) ?? barePaths[line];
  const [program = '', ...rest] = command;
  const settings = { cwd: folder, env: { ...(env as Record<string, string>), PATH: path } };
  const result = new StartedCommand(join(path, program), rest, {
    ...settings,
    ...(uid === undefined ? {} : { uid }),
  });
  started.push(result);
  return result;
}

interface Server {
  readonly command: StartedCommand;
  readonly port: number;
}

async function startServer(
  line: NodeLine,
  folder: string,
  command = ['npm', 'start'],
  settings: Parameters<typeof run>[3] = {},
): Promise<Server> {
  const port = await findFreePort();
  const dataFolder = newFolder('data');
  mkdirSync(dataFolder);
  if (settings.uid !== undefined) chownSync(dataFolder, settings.uid, settings.uid);
  const environment = { PORT: String(port), DATA_DIR: dataFolder, ...settings };
  const server = { command: run(line, folder, command, environment), port };
  await waitUntil(
    () => `a healthy server:\n${server.command.output}`,
    () => {
      if (server.command.hasEnded) throw new Error(`it ended:\n${server.command.output}`);
      return isHealthy(port);
    },
    240_000,
  );
  return server;
}

async function assertCleanEnd({ command, port }: Server): Promise<void> {
  assert.deepEqual(await command.end(), { code: 0, signal: null }, command.output);
  assert.deepEqual(command.survivors(), []);
  assert.equal(await isListening(port), false);
}

/** A copy of the checkout that was started once on this Node, and what the first start printed. */
const firstStarts = new Map<NodeLine, Promise<{ folder: string; output: string }>>();
function firstStart(line: NodeLine): Promise<{ folder: string; output: string }> {
  const known = firstStarts.get(line);
  if (known) return known;
  const begun = (async () => {
    const folder = copyCheckout(newFolder(`clone-${line}`));
    const server = await startServer(line, folder);
    server.command.signal('SIGTERM');
    await assertCleanEnd(server);
    return { folder, output: server.command.output };
  })();
  firstStarts.set(line, begun);
  return begun;
}

test('the PATH of these tests holds no compiler and no Python', () => {
  for (const path of Object.values(barePaths)) {
    for (const tool of ['cc', 'gcc', 'g++', 'make', 'python', 'python3']) {
      assert.throws(() => accessSync(join(path, tool)), { code: 'ENOENT' });
    }
  }
});

for (const line of lines) {
  test(`on Node ${line}, npm start in a fresh clone installs, serves and ends on SIGTERM to npm`, async () => {
    const { output } = await firstStart(line);
    assert.match(output, /^Installing dependencies \(first start only\)…$/m);
    assert.equal(output.includes('Installing Node.js (first start only)…'), line === '20');
    // Before that line npm itself may have had something to say about the user's settings.
    const sinceInstalling = output.slice(output.indexOf('Installing'));
    assert.doesNotMatch(sinceInstalling, /npm (warn|error)|added \d+ packages|Warning/);
  });

  test(`on Node ${line}, signals to npm and to the group let the request in flight finish`, async () => {
    const { folder } = await firstStart(line);
    const server = await startServer(line, folder);
    assert.doesNotMatch(server.command.output, /Installing/);
    const request = await holdRequest(server.port);
    server.command.signal('SIGTERM');
    await waitUntil('the end of listening', async () => !(await isListening(server.port)));
    server.command.signal('SIGTERM');
    server.command.signalGroup('SIGTERM');
    assert.match(await request.finish(), /^HTTP\/1\.1 \d{3} /);
    await assertCleanEnd(server);
  });

  test(`on Node ${line}, npx runs the command line of the checkout`, async () => {
    const { folder } = await firstStart(line);
    const npx = join(dirname(toolchains[line].npm), 'npx-cli.js');
    const cache = newFolder('npm-cache');
    const command = run(line, folder, ['node', npx, 'sallyport', '--help'], {
      npm_config_cache: cache,
    });
    assert.deepEqual(await command.end(), { code: 0, signal: null }, command.output);
    assert.match(command.output, /usage/i);
  });

  test(`on Node ${line}, a read-only checkout starts and nothing in it changes`, async () => {
    const { folder } = await firstStart(line);
    const copy = linkCheckout(folder, newFolder('read-only'));
    // Root writes where it likes, so it steps down; its own Node may be out of nobody's reach.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    const path = createBarePath(newFolder('path'), {});
    copyFileSync(toolchains[line].node, join(path, 'node'));
    setWritable(copy, false);
    const before = describeTree(copy);
    const settings = { PATH: path, HOME: path, ...(uid === undefined ? {} : { uid }) };
    const server = await startServer(line, copy, ['node', 'run.mjs', 'serve'], settings);
    server.command.signal('SIGTERM');
    await assertCleanEnd(server);
    assert.deepEqual(describeTree(copy), before);
    setWritable(copy, true);
  });
}

test('a server on the fetched Node ends when the process that passes signals on is killed', async () => {
  const { folder } = await firstStart('20');
  const server = await startServer('20', folder, ['node', 'run.mjs', 'serve']);
  assert.equal(server.command.survivors().length, 2);
  server.command.signal('SIGKILL');
  await waitUntil(
    () => `the end of ${server.command.survivors()}`,
    () => server.command.survivors().length === 0,
  );
  assert.equal(await isListening(server.port), false);
});

test('an old Node on a platform without a ready-made newer one is told which Node to install', async () => {
  const folder = copyCheckout(newFolder('unknown-platform'));
  rmSync(join(folder, 'runtime', `linux-${process.arch}`), { recursive: true });
  const command = run('20', folder, ['node', 'run.mjs', 'serve']);
  assert.deepEqual(await command.end(), { code: 1, signal: null });
  assert.match(command.output, /^sallyport: [^\n]*Node >= 22\.18[^\n]*\n$/);
});
