/**
 * Keeps one PostgreSQL for all test processes of this checkout: starts it for the first one that
 * connects here, and ends it when nobody has been connected for a while. A test process that is
 * killed lets go by that, so nothing outlives a run for long, however the run ends.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { preparePrograms } from './postgres-binaries.ts';
import { copyCluster, findFreePort, launchPostgres, prepareTemplate } from './postgres-cluster.ts';
import { keeperAddress } from './postgres-server.ts';
import { waitUntil } from './waiting.ts';

const IDLE_MS = 10_000;
const START_ATTEMPTS = 5;

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
  for (const folder of new Set([programs.folder, programs.dataFolder])) await clearAway(folder);
  const { password } = prepareTemplate(programs);
  dataFolder = copyCluster(programs, programs.dataFolder, `data-${process.pid}`);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const { child, said } = await launchPostgres(programs, { data: dataFolder, port });
    postgres = child;
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
      // One that a test has paused does not hear anything else.
      process.kill(pid, 'SIGCONT');
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
