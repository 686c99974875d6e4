/** Runs the storage tests on each older PostgreSQL: `npm run test:postgres-versions [-- 14 17]`. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installLocked } from '../runtime/install.mjs';
import { dependencyStamp } from '../runtime/install-stamp.mjs';

const ROOT = join(import.meta.dirname, '..');
const LOCKED = join(ROOT, 'test/postgres/versions');
const FOLDER = join(ROOT, '.cache/postgres-versions');
const ALL = ['14', '15', '16', '17'];
const FILES = ['', '-audit', '-faults', '-migrations', '-newer-schema'];

await installLocked({
  root: ROOT,
  folder: FOLDER,
  stamp: dependencyStamp(LOCKED, 'all'),
  subject: 'PostgreSQL 14 to 17',
  npmFlags: [],
  prepare: () => {
    mkdirSync(FOLDER, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(join(LOCKED, file), join(FOLDER, file));
    }
  },
});

const asked = process.argv.slice(2);
for (const version of asked.length > 0 ? asked : ALL) {
  process.stdout.write(`\nPostgreSQL ${version}\n`);
  const startedMs = performance.now();
  const files = FILES.map((name) => join('test/storage', `postgres${name}.test.ts`));
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=dot', ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      TEST_POSTGRES_PACKAGE: join(FOLDER, 'node_modules', `postgres-${version}`),
    },
  });
  process.stdout.write(`\n${Math.round((performance.now() - startedMs) / 1000)} s\n`);
  if (status !== 0) process.exitCode = 1;
}
