/** What the contracts and the pages promise holds on PostgreSQL too: the same tests again. */

import { readdirSync } from 'node:fs';
import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';

/**
 * Decided before a database is asked, the same whatever it holds, or about the parameter file: once
 * is enough. Parameters in a database are tested in params-places and several-servers.
 */
const WITHOUT_STORAGE = new Set([
  'cors',
  'openapi',
  'pages-origins',
  'pages-return-to',
  'precedence',
  'request-bodies',
  'seed-secrets',
  'signing-secrets',
  'token-forgeries',
]);

process.env.TEST_DATABASE = 'postgres';
after(dropTestDatabases);

// In one process: 18 of their own would take longer to start than to run.
const folder = new URL('../contracts/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
for (const name of names.sort()) {
  if (WITHOUT_STORAGE.has(name.replace('.test.ts', ''))) continue;
  await import(new URL(name, folder).href);
}
