/** What operators do in the console works on PostgreSQL too: the same journeys again. */

import { after, before } from 'node:test';
import { holdChromium, letGoOfChromium } from '../support/chromium.ts';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { describeTestFiles } from '../support/test-files.ts';

/**
 * About looks, the way in, or calls that ask no more of a database than the contracts do: once is
 * enough.
 */
const WITHOUT_STORAGE = new Set([
  'console-entrance',
  'console-import-export',
  'console-overview',
  'console-settings',
  'pages',
  'provider-sign-in',
]);

process.env.TEST_DATABASE = 'postgres';
before(holdChromium);
after(letGoOfChromium);
after(dropTestDatabases);

describeTestFiles(new URL('../e2e/', import.meta.url), WITHOUT_STORAGE);
