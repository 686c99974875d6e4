/**
 * Writes to an SQLite file until its log has been moved into it and once more, says so, and ends in
 * the way that it is told: `close` the database, `exit` without, or wait for a `signal`.
 */

import { statSync, writeSync } from 'node:fs';
import { systemClock } from '../../src/crypto/identifiers.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { growLog } from './grown-log.ts';
import { UNHEARD } from './samples.ts';

const [file = '', end = ''] = process.argv.slice(2);
const database = await SqliteDatabase.open(file, systemClock);
const repository = createRepository(database, UNHEARD);
const { size } = statSync(file);
let written = await growLog(repository);
while (statSync(file).size === size) await new Promise((resolve) => setTimeout(resolve, 5));
// The thread is at work again when this process ends.
written += await growLog(repository, written);
writeSync(1, `${written}\n`);
if (end === 'close') await database.close();
else if (end === 'exit') process.exit(0);
else setInterval(() => undefined, 1_000);
