// Finds npm: the one that started us, else the one on the PATH.

import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { StartFailure } from './start-failure.mjs';

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} platform `process.platform`
 * @returns {{ command: string, leadingArguments: string[] }}
 */
export function findNpm(environment, platform) {
  const node = environment.npm_node_execpath ?? process.execPath;
  const startedBy = environment.npm_execpath;
  // Other package managers set the variable as well, and know nothing of our lockfile.
  if (startedBy && basename(startedBy) === 'npm-cli.js' && existsSync(startedBy)) {
    return { command: node, leadingArguments: [startedBy] };
  }
  for (const folder of (environment.PATH ?? environment.Path ?? '').split(delimiter)) {
    if (folder === '') continue;
    if (platform === 'win32') {
      // A .cmd file cannot be started without a shell; its script can.
      const script = join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js');
      if (existsSync(script)) return { command: node, leadingArguments: [script] };
    } else if (existsSync(join(folder, 'npm'))) {
      return { command: join(folder, 'npm'), leadingArguments: [] };
    }
  }
  throw new StartFailure(
    'npm was not found. It installs the dependencies: please put npm on the PATH and start again.',
  );
}
