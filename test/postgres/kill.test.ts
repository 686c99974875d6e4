/** A server that is killed keeps its promises on PostgreSQL too. */

import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';

process.env.TEST_DATABASE = 'postgres';
after(dropTestDatabases);

await import('../fault/kill.test.ts');
