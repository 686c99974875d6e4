/** Looks into the database of a server that has ended, past the server. */

import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import type { Site } from './site.ts';

const GENERATIONS = `select users.username, max(sessions.generation) as generation
  from sessions join users on users.id = sessions.user_id group by users.username`;

interface Row {
  readonly username: string;
  readonly generation: number | string;
}

/** How often each person's session has been rotated, plus one. */
export async function storedGenerations(site: Site): Promise<ReadonlyMap<string, number>> {
  const rows = site.databaseUrl === null ? inFile(site) : await inPostgres(site.databaseUrl);
  return new Map(rows.map(({ username, generation }) => [username, Number(generation)]));
}

function inFile({ folder }: Site): Row[] {
  const connection = new BetterSqlite3(join(folder, DATABASE_FILE_NAME));
  try {
    return connection.prepare(GENERATIONS).all() as Row[];
  } finally {
    connection.close();
  }
}

async function inPostgres(connectionString: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(GENERATIONS)).rows;
  } finally {
    await client.end();
  }
}
