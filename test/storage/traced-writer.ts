/**
 * Run under strace: makes commits one after the other and marks each acknowledgement with a write
 * to standard output, then as many at once. The trace shows what had been synced by then.
 */

import { writeSync } from 'node:fs';
import { systemClock } from '../../src/crypto/identifiers.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { createRepository } from '../../src/storage/stored-repository.ts';
import { userInput } from './samples.ts';

const [file = '', count = '0'] = process.argv.slice(2);
const database = await SqliteDatabase.open(file, systemClock);
const repository = createRepository(database);
const names = Array.from({ length: Number(count) }, (_, index) => `user ${index}`);
const mark = (word: string) => writeSync(1, `MARK ${word}\n`);

mark('opened');
for (const name of names) {
  await repository.createUser(userInput(name));
  mark('acknowledged');
}
await Promise.all(names.map((name) => repository.createUser(userInput(`${name} at once`))));
mark('acknowledged all');
await database.close();
