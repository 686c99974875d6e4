/** Sessions on PostgreSQL against the same model. */

import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';

process.env.TEST_DATABASE = 'postgres';
after(dropTestDatabases);

await import('../core/session-model.test.ts');
