/** What a PostgreSQL of the tests is made of and started with, whoever starts it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { PostgresPrograms } from './postgres-binaries.ts';

const SERVER_SETTINGS = ['max_connections=300'];
/**
 * Nothing waits for the disk: a server that is killed loses nothing by it, and no test cuts the
 * power, which is PostgreSQL's matter and not ours.
 */
const WITHOUT_DISK = 'fsync=off';

/** A fresh cluster, made once: initdb takes seconds, a copy of its result does not. */
export function prepareTemplate(programs: PostgresPrograms): {
  template: string;
  password: string;
} {
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

/**
 * Makes a new cluster. A keeper that starts later clears away any `data-…`.
 * @returns its folder
 */
export function copyCluster(programs: PostgresPrograms, parent: string, name: string): string {
  const folder = join(parent, name);
  run(programs, 'cp', ['-a', prepareTemplate(programs).template, folder]);
  return folder;
}

function run({ user, folder }: PostgresPrograms, program: string, args: string[]): void {
  const done = spawnSync(program, args, { ...user, cwd: folder, encoding: 'utf8', env: {} });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr || done.error}`);
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port is free');
  return address.port;
}

export interface LaunchOptions {
  readonly data: string;
  readonly port: number;
  /** `*` is for a network namespace, in which there is nobody else. */
  readonly listensOn?: string;
  /** A network namespace; only root may start programs in one. */
  readonly networkNamespace?: string | undefined;
  /** Commits wait for the disk, as delivered: for measurements. */
  readonly isDurable?: boolean;
}

/** `said` is null when it serves; else what it said before it ended. */
export async function launchPostgres(
  programs: PostgresPrograms,
  { data, port, listensOn = '127.0.0.1', networkNamespace, isDurable = false }: LaunchOptions,
): Promise<{ child: ChildProcess; said: string | null }> {
  const settings = [`listen_addresses=${listensOn}`, ...SERVER_SETTINGS];
  if (!isDurable) settings.push(WITHOUT_DISK);
  const options = settings.flatMap((setting) => ['-c', setting]);
  const command = [programs.postgres, '-D', data, '-p', String(port), '-k', '', ...options];
  const { user } = programs;
  const inNamespace = [
    ...['ip', 'netns', 'exec', networkNamespace ?? ''],
    ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'],
  ];
  const [program = '', ...args] =
    networkNamespace === undefined ? command : [...inNamespace, ...command];
  const child = spawn(program, args, {
    ...(networkNamespace === undefined && user),
    cwd: programs.folder,
    env: networkNamespace === undefined ? {} : { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let heard = '';
  const { promise, resolve } = Promise.withResolvers<string | null>();
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (heard.length < 10_000) heard += text;
    if (heard.includes('ready to accept connections')) resolve(null);
  });
  child.once('error', (error) => resolve(error.message));
  child.once('close', () => resolve(heard));
  return { child, said: await promise };
}
