// Several releases of Node.js, each with the npm it ships with, fetched from the registry into
// `.cache/` and kept between runs. A registry that cannot be reached fails the test that asks.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findNpm } from '../../runtime/npm-command.mjs';

const nodePackage = `node-linux-${process.arch}`;

const packages = {
  node20: `npm:${nodePackage}@20.20.2`,
  // The oldest release that runs without a second Node.
  node22: `npm:${nodePackage}@22.18.0`,
  node24: `npm:${nodePackage}@24.21.0`,
  npm10: 'npm:npm@10.9.9',
  npm11: 'npm:npm@11.21.2',
};

export type NodeLine = '20' | '22' | '24';

export interface Toolchain {
  readonly node: string;
  readonly npm: string;
}

/** Fetches what is missing; `cacheFolder` is the `.cache/` of the checkout. */
export function fetchToolchains(cacheFolder: string): Record<NodeLine, Toolchain> {
  const versions = Object.values(packages).map((spec) => spec.split('@').at(-1));
  const folder = join(cacheFolder, `toolchains-${versions.join('-')}`);
  if (!existsSync(folder)) install(folder);
  const inModules = (path: string) => join(folder, 'node_modules', path);
  const npm = (name: string) => inModules(`${name}/bin/npm-cli.js`);
  return {
    20: { node: inModules('node20/bin/node'), npm: npm('npm10') },
    22: { node: inModules('node22/bin/node'), npm: npm('npm10') },
    24: { node: inModules('node24/bin/node'), npm: npm('npm11') },
  };
}

function install(folder: string): void {
  // Renamed when complete, so that an interrupted fetch leaves nothing that looks finished.
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(
    join(unfinished, 'package.json'),
    JSON.stringify({ private: true, dependencies: packages }),
  );
  const npm = findNpm(process.env, process.platform);
  const flags = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = spawnSync(npm.command, [...npm.leadingArguments, ...flags, '--prefix', unfinished], {
    cwd: unfinished,
    encoding: 'utf8',
  });
  if (run.status !== 0) {
    rmSync(unfinished, { recursive: true });
    throw new Error(`the toolchains cannot be fetched:\n${run.stderr || run.error}`);
  }
  renameSync(unfinished, folder);
}

/** What npm and its scripts need besides Node. No compiler, no Python. */
const posixTools = ['sh', 'env'];

/** Fills `folder` with links, to be a PATH that holds nothing but them. */
export function createBarePath(folder: string, toolchain: Partial<Toolchain>): string {
  mkdirSync(folder, { recursive: true });
  for (const tool of posixTools) symlinkSync(findOnPath(tool), join(folder, tool));
  if (toolchain.node) symlinkSync(toolchain.node, join(folder, 'node'));
  if (toolchain.npm) symlinkSync(toolchain.npm, join(folder, 'npm'));
  return folder;
}

function findOnPath(tool: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
  if (!found) throw new Error(`${tool} is not on the PATH of the test run`);
  return found;
}
