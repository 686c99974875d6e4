/** What the contracts and the pages promise holds on PostgreSQL too: the same tests again. */

import { readdirSync } from 'node:fs';
import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';

process.env.TEST_DATABASE = 'postgres';
after(dropTestDatabases);

const folder = new URL('../contracts/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
for (const file of files.sort()) await import(new URL(file, folder).href);
