/**
 * A process of its own that restores a backup and is killed on the way: before the n-th call of a
 * function of `fs` (`fs.renameSync 2`), or before a statement that holds some words.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { restoreBackup } from '../../src/backups.ts';
import { testConfig } from '../support/test-config.ts';
import { tapConnections } from './tapped-connections.ts';

const [folder = '', backup = '', killAt = ''] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
if (killAt.startsWith('fs.')) {
  const [name = '', turn] = killAt.slice('fs.'.length).split(' ');
  const original = fs[name as 'renameSync'] as (...input: unknown[]) => unknown;
  let calls = 0;
  const counted = (...input: unknown[]) => {
    calls += 1;
    if (calls === Number(turn)) die();
    return original(...input);
  };
  Object.assign(fs, { [name]: counted });
  syncBuiltinESMExports();
} else {
  tapConnections((sql) => void (sql.includes(killAt) && die()));
}

const operator = { kind: 'operator', name: null } as const;
const config = testConfig({ DATA_DIR: folder });
await restoreBackup({ config, release: '1.2.3', operator }, backup);
