/**
 * Keeps one PostgreSQL for all test processes of this checkout: starts it for the first one that
 * connects here, and ends it when nobody has been connected for a while. A test process that is
 * killed lets go by that, so nothing outlives a run for long, however the run ends.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type PostgresPrograms, preparePrograms } from './postgres-binaries.ts';
import { keeperAddress } from './postgres-server.ts';
import { waitUntil } from './waiting.ts';

const IDLE_MS = 10_000;
const START_ATTEMPTS = 5;
/**
 * As delivered, but that nothing waits for the disk: a server that is killed loses nothing by it,
 * and no test cuts the power, which is PostgreSQL's matter and not ours.
 */
const SERVER_SETTINGS = ['listen_addresses=127.0.0.1', 'max_connections=300', 'fsync=off'];

const holders = new Set<Socket>();
let idleTimer: NodeJS.Timeout | undefined;
let postgres: ChildProcess | undefined;
let dataFolder: string | undefined;

const server = createServer((socket) => {
  holders.add(socket);
  clearTimeout(idleTimer);
  socket.on('error', () => undefined);
  socket.once('close', () => {
    holders.delete(socket);
    endWhenIdle();
  });
  void started.then(
    (url) => socket.write(`${JSON.stringify({ url })}\n`),
    (error: Error) => socket.end(`${JSON.stringify({ error: error.message })}\n`),
  );
});
const { promise: started, resolve: tellUrl, reject: tellFault } = Promise.withResolvers<string>();
started.catch(() => undefined);

// Listening is the lock: of keepers that start at once, one goes on.
server.once('error', () => process.exit(0));
server.listen(keeperAddress(), () => {
  endWhenIdle();
  start().then(tellUrl, (error) => {
    tellFault(error);
    server.close();
  });
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end());

function endWhenIdle(): void {
  clearTimeout(idleTimer);
  if (holders.size === 0) idleTimer = setTimeout(() => void end(), IDLE_MS);
}

async function end(): Promise<void> {
  server.close();
  await started.catch(() => undefined);
  if (postgres !== undefined && postgres.exitCode === null) {
    // Nothing of it is needed any more: no checkpoint, no farewell.
    postgres.kill('SIGQUIT');
    await once(postgres, 'close');
  }
  if (dataFolder !== undefined) rmSync(dataFolder, { recursive: true, force: true });
  process.exit(0);
}

async function start(): Promise<string> {
  const programs = preparePrograms();
  await clearAway(programs.folder);
  const { template, password } = prepareTemplate(programs);
  dataFolder = join(programs.folder, `data-${process.pid}`);
  run(programs, 'cp', ['-a', template, dataFolder]);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const said = await launch(programs, dataFolder, port);
    if (said === null) return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    if (attempt === START_ATTEMPTS) throw new Error(`PostgreSQL does not start: ${said}`);
  }
}

/** What keepers left that were killed: their servers end, their data goes. */
async function clearAway(folder: string): Promise<void> {
  const left = readdirSync(folder).filter((name) => name.startsWith('data-'));
  for (const name of left) {
    const data = join(folder, name);
    const pidFile = join(data, 'postmaster.pid');
    const pid = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : 0;
    if (isServerOf(pid, data)) {
      process.kill(pid, 'SIGQUIT');
      await waitUntil('an old server ended', () => !isServerOf(pid, data), 10_000);
    }
    rmSync(data, { recursive: true, force: true });
  }
}

function isServerOf(pid: number, data: string): boolean {
  try {
    return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
  } catch {
    return false;
  }
}

/** A fresh cluster, made once: initdb takes seconds, a copy of its result does not. */
function prepareTemplate(programs: PostgresPrograms): { template: string; password: string } {
  const template = join(programs.folder, 'template');
  const passwordFile = join(programs.folder, 'password');
  if (!existsSync(passwordFile)) {
    rmSync(template, { recursive: true, force: true });
    const unfinished = `${passwordFile}.unfinished`;
    const password = randomBytes(16).toString('hex');
    // Others on this machine could otherwise be superuser of it.
    writeFileSync(unfinished, password, { mode: 0o644 });
    run(programs, programs.initdb, [
      `--pgdata=${template}`,
      '--username=postgres',
      '--auth=password',
      `--pwfile=${unfinished}`,
      '--encoding=UTF8',
      ...foreignSortOrder(programs.majorVersion),
    ]);
    rmSync(unfinished);
    writeFileSync(passwordFile, password, { mode: 0o600 });
  }
  return { template, password: readFileSync(passwordFile, 'utf8') };
}

/** One that differs from bytes, so that a test sees when ours depends on the database's. */
function foreignSortOrder(majorVersion: number): string[] {
  return majorVersion >= 15 ? ['--locale-provider=icu', '--icu-locale=en-US', '--locale=C'] : [];
}

function run({ user, folder }: PostgresPrograms, program: string, args: string[]): void {
  const done = spawnSync(program, args, { ...user, cwd: folder, encoding: 'utf8', env: {} });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr || done.error}`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port is free');
  return address.port;
}

/** Null when it serves; else what it said before it ended. */
async function launch(programs: PostgresPrograms, data: string, port: number) {
  const settings = SERVER_SETTINGS.flatMap((setting) => ['-c', setting]);
  const args = ['-D', data, '-p', String(port), '-k', '', ...settings];
  const child = spawn(programs.postgres, args, {
    ...programs.user,
    cwd: programs.folder,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const { promise, resolve } = Promise.withResolvers<string | null>();
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (said.length < 10_000) said += text;
    if (said.includes('ready to accept connections')) resolve(null);
  });
  child.once('error', (error) => resolve(error.message));
  child.once('close', () => resolve(said));
  postgres = child;
  return promise;
}
