/** A database on which no answer is ever kept, to hold kept ones against. */

import type { Database } from '../../src/storage/transition.ts';

export function withoutMemory(database: Database): Database {
  return {
    read: (body) => database.read(body),
    write: (body) => database.write(body),
    ping: () => database.ping(),
    close: async () => undefined,
    clock: database.clock,
    newerMigrations: [],
    foreignChanges: {
      areKnown: () => false,
      onChange: () => undefined,
      settle: async () => undefined,
    },
  };
}
