/** Holds the SQLite implementation to the repository's words. */

import { after } from 'node:test';
import { conformsToRepository } from './conformance.ts';
import { dismissContenders } from './contenders.ts';
import { openSqliteStore } from './sqlite-store.ts';

after(dismissContenders);
conformsToRepository(openSqliteStore);
