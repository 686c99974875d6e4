/** Runs test files in one process: for many that are light it takes longer to start than to run. */

import { readdirSync } from 'node:fs';
import { describe } from 'node:test';

const ENDING = '.test.ts';

/**
 * One suite for each file of the folder, in which its hooks stay as well: one file is over, servers
 * and all, before the next one begins.
 */
export function describeTestFiles(folder: URL, without: ReadonlySet<string> = new Set()): void {
  for (const file of readdirSync(folder).sort()) {
    const name = file.slice(0, -ENDING.length);
    if (!file.endsWith(ENDING) || without.has(name)) continue;
    describe(name, async () => {
      await import(new URL(file, folder).href);
    });
  }
}
