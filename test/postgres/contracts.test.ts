/** What the contracts and the pages promise holds on PostgreSQL too: the same tests again. */

import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { describeTestFiles } from '../support/test-files.ts';

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

describeTestFiles(new URL('../contracts/', import.meta.url), WITHOUT_STORAGE);
