/**
 * Opens an SQLite file, and so migrates it. With a second argument it is killed at the moment when
 * a statement that contains it is about to run: in the middle of the migration's transaction.
 */

import { systemClock } from '../../src/crypto/identifiers.ts';
import { SqliteDatabase } from '../../src/storage/sqlite.ts';
import { tapConnections } from './tapped-connections.ts';

const [file = '', killAt] = process.argv.slice(2);
tapConnections((sql) => {
  if (killAt !== undefined && sql.includes(killAt)) process.kill(process.pid, 'SIGKILL');
});
process.on('message', async () => {
  const database = await SqliteDatabase.open(file, systemClock);
  await database.close();
  process.disconnect();
});
process.send?.('ready');
