/** Holds the PostgreSQL implementation to the repository's words. */

import { after } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { conformsToRepository } from './conformance.ts';
import { dismissContenders } from './contenders.ts';
import { openPostgresStore } from './postgres-store.ts';

after(dismissContenders);
after(dropTestDatabases);
conformsToRepository(openPostgresStore);
