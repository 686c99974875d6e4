/**
 * What chaos is let loose on: server processes, a PostgreSQL, and between each of them a wire of
 * its own that can be cut. With root on Linux the wires are those of a network namespace; elsewhere
 * they are proxies, which cannot lose packets but hold them.
 */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import {
  type ServerProcess,
  startServerProcess,
  temporaryFolder,
} from '../support/server-process.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

export interface Wire {
  readonly databaseUrl: string;
  part(): void;
  join(): void;
}

export interface Slot {
  readonly wire: Wire;
  readonly folder: string;
  /** Of its own for each process: one that was started again remembers nothing. */
  name: string;
  process: ServerProcess | null;
}

export interface ChaosSite {
  readonly wiresAre: 'network namespaces' | 'TCP proxies';
  readonly postgres: OwnPostgres;
  /** A way to the database that nothing cuts. */
  readonly databaseUrl: string;
  readonly settings: Record<string, string>;
  readonly slots: readonly Slot[];
  /** Tries until it is there, as systemd does: the database may be away. */
  start(slot: Slot): Promise<void>;
  close(): Promise<void>;
}

const NOT_OVER = { after: () => undefined };
const RESTART_MS = 500;

export async function openSite(servers: number, more: Record<string, string>): Promise<ChaosSite> {
  const ends: (() => void | Promise<void>)[] = [];
  const scope = { after: (end: () => void) => void ends.push(end) };
  const namespace = `sallyport-chaos-${process.pid}`;
  const hasNamespaces = process.getuid?.() === 0 && ip('netns', 'add', namespace);
  if (hasNamespaces) ends.push(() => void ip('netns', 'delete', namespace));
  const wireUp = hasNamespaces ? await layWires(namespace, servers) : null;
  const postgres = await startOwnPostgres(hasNamespaces ? { networkNamespace: namespace } : {});
  const wires: Wire[] = [];
  for (let index = 0; index < servers; index += 1) {
    if (wireUp !== null) wires.push(wireUp(index, postgres));
    else wires.push(await layProxy(scope, postgres));
  }
  // The last wire of a namespace is the one that stays.
  const databaseUrl = wireUp?.(servers, postgres).databaseUrl ?? postgres.url();
  const PARAMS_KEY = randomBytes(32).toString('base64');
  const settings = { PARAMS_KEY, LOG_LEVEL: 'silent', ...more };
  let started = 0;
  const slots = wires.map((wire): Slot => {
    return { wire, folder: temporaryFolder(scope), name: '', process: null };
  });
  return {
    wiresAre: hasNamespaces ? 'network namespaces' : 'TCP proxies',
    ...{ postgres, databaseUrl, settings, slots },
    start: async (slot) => {
      const { databaseUrl: DATABASE_URL } = slot.wire;
      const place = { DATABASE_URL, DATA_DIR: slot.folder, ...settings };
      for (let isStarted = false; !isStarted; ) {
        const running = await startServerProcess(NOT_OVER, place).catch(() => null);
        started += 1;
        if (running !== null) Object.assign(slot, { process: running, name: `server ${started}` });
        isStarted = running !== null;
        if (!isStarted) await wait(RESTART_MS);
      }
    },
    close: async () => {
      for (const slot of slots) await slot.process?.stop('SIGKILL');
      postgres.resume();
      await postgres.destroy();
      for (const end of ends.reverse()) await end();
    },
  };
}

async function layProxy(
  scope: { after(end: () => void): void },
  postgres: OwnPostgres,
): Promise<Wire> {
  const proxy = await startTcpProxy(scope, '127.0.0.1', postgres.port);
  const databaseUrl = postgres.url('127.0.0.1', proxy.port);
  return { databaseUrl, part: () => proxy.part(), join: () => proxy.join() };
}

/** PostgreSQL alone is in the namespace: what servers do for localhost only goes on working. */
async function layWires(namespace: string, servers: number) {
  const nameOf = (index: number, end: string) => `sp${process.pid % 1_000_000}${end}${index}`;
  const inside = (...args: string[]) => must('-n', namespace, ...args);
  inside('link', 'set', 'lo', 'up');
  for (let index = 0; index <= servers; index += 1) {
    const [near, far] = [nameOf(index, 'n'), nameOf(index, 'f')];
    must('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace);
    must('address', 'add', `${networkOf(index)}.1/30`, 'dev', near);
    must('link', 'set', near, 'up');
    inside('address', 'add', `${networkOf(index)}.2/30`, 'dev', far);
    inside('link', 'set', far, 'up');
  }
  return (index: number, postgres: OwnPostgres): Wire => ({
    databaseUrl: postgres.url(`${networkOf(index)}.2`),
    // At the far end: packets leave here and arrive nowhere, in either direction.
    part: () => inside('link', 'set', nameOf(index, 'f'), 'down'),
    join: () => inside('link', 'set', nameOf(index, 'f'), 'up'),
  });
}

/** Of the networks that are set aside for trials (RFC 2544); two runs at once hardly share one. */
const networkOf = (index: number) => `198.18.${(process.pid % 60) * 4 + index}`;

function ip(...args: string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
}

function must(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
