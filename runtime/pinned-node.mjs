// Fetches the pinned Node.js into `.runtime/` when the present one is too old. npm verifies the
// download against the integrity hash in the lockfile of `runtime/<platform>/`.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyStamp, isInstalled } from './install-stamp.mjs';
import { choosePinnedNode } from './node-choice.mjs';
import { StartFailure } from './start-failure.mjs';

/**
 * @param {string} root
 * @returns {Promise<string>} the path of the executable
 */
export async function preparePinnedNode(root) {
  const choice = choosePinnedNode({
    version: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    pinnedPlatforms: readdirSync(join(root, 'runtime')),
    exists: existsSync,
  });
  if (!choice.found) throw new StartFailure(choice.why);

  const source = join(root, 'runtime', choice.platform);
  const folder = join(root, '.runtime');
  const executable = join(folder, choice.executable);
  const stamp = dependencyStamp(source, 'all');
  if (isInstalled(folder, stamp)) return executable;

  const { installLocked } = await import('./install.mjs');
  await installLocked({
    root,
    folder,
    stamp,
    subject: 'Node.js',
    npmFlags: [],
    prepare: () => {
      mkdirSync(folder, { recursive: true });
      for (const file of ['package.json', 'package-lock.json']) {
        cpSync(join(source, file), join(folder, file));
      }
    },
    verify: () => verifyExecutable(executable),
  });
  return executable;
}

/**
 * An old C library lets the binary install but not run; better one line now than a loader's
 * message at every start.
 *
 * @param {string} executable
 */
function verifyExecutable(executable) {
  const trial = spawnSync(executable, ['--version'], { encoding: 'utf8' });
  if (trial.status === 0) return;
  const reason = (trial.stderr || trial.error?.message || '').trim().split('\n')[0];
  throw new StartFailure(
    `the fetched Node.js does not run here (${reason}): please install Node >= 22.18.`,
  );
}
