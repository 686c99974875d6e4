/** Installs the peers on demand and starts them. What they are asked is in the scenarios. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installLocked } from '../../runtime/install.mjs';
import { dependencyStamp } from '../../runtime/install-stamp.mjs';
import type { Place } from '../machine.ts';
import { type MeasuredProcess, startProcess } from '../processes.ts';
import type { Scope } from '../scope.ts';
import { type PeerPerson, readPeople } from './peer-people.ts';

const FOLDER = import.meta.dirname;
const PEOPLE = 64;

export interface Peer {
  /** As the tables name it. */
  readonly name: string;
  readonly file: string;
  /** What its figures depend on. */
  readonly remark: string;
}

export const BETTER_AUTH: Peer = {
  name: 'Better Auth',
  file: 'better-auth.ts',
  remark: `${versionOf('better-auth')}, SQLite, scrypt N=16384 r=16 p=1`,
};

export const OIDC_PROVIDER: Peer = {
  name: 'oidc-provider',
  file: 'oidc-provider.ts',
  remark: `${versionOf('oidc-provider')}, in memory, no passwords and no ID tokens`,
};

export const PEERS = [BETTER_AUTH, OIDC_PROVIDER] as const;

export interface StartedPeer {
  readonly server: MeasuredProcess;
  readonly people: readonly PeerPerson[];
}

/** From the npm registry into an ignored folder, as its lockfile says; without install scripts. */
export async function installPeers(): Promise<void> {
  await installLocked({
    root: join(FOLDER, '..', '..'),
    folder: FOLDER,
    stamp: dependencyStamp(FOLDER, 'all'),
    subject: 'the peers of the bench',
    npmFlags: [],
  });
}

export async function startPeer(scope: Scope, peer: Peer, place: Place): Promise<StartedPeer> {
  const folder = scope.temporaryFolder();
  const server = await startProcess(scope, {
    place,
    arguments: [join(FOLDER, peer.file), folder, String(PEOPLE)],
    folder: FOLDER,
    settings: { NODE_ENV: 'production' },
  });
  return { server, people: await readPeople(join(folder, 'people.json')) };
}

function versionOf(name: string): string {
  const lockfile: { packages: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(join(FOLDER, 'package-lock.json'), 'utf8'),
  );
  return lockfile.packages[`node_modules/${name}`]?.version ?? 'unknown';
}
