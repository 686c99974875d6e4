/**
 * A PostgreSQL whose data is kept from run to run, for databases that take minutes to fill. Its
 * commits wait for the disk. `BENCH_DATABASE_URL` names another server.
 */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { preparePrograms } from '../../test/support/postgres-binaries.ts';
import {
  copyCluster,
  findFreePort,
  launchPostgres,
  prepareTemplate,
} from '../../test/support/postgres-cluster.ts';
import { holdKeptServer } from '../../test/support/postgres-server.ts';
import type { Scope } from '../scope.ts';

/** Not one of those that the tests clear away. */
const CLUSTER = 'bench-filled';

/** Ends with the scope; one run at a time may have it. */
export async function startKeptPostgres(scope: Scope): Promise<string> {
  const named = process.env.BENCH_DATABASE_URL;
  if (named !== undefined) return named;
  // Whoever makes the programs and the template does it once.
  await holdKeptServer();
  const programs = preparePrograms();
  const { password } = prepareTemplate(programs);
  const kept = join(programs.folder, CLUSTER);
  const data = existsSync(join(kept, 'PG_VERSION'))
    ? kept
    : copyCluster(programs, programs.folder, CLUSTER);
  const port = await findFreePort();
  const { child, said } = await launchPostgres(programs, { data, port, isDurable: true });
  if (said !== null) throw new Error(`PostgreSQL does not start: ${said}`);
  scope.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    // Connections are ended and everything is written down.
    child.kill('SIGINT');
    await ended;
  });
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/** Whether there is such a database beside the one of the URL. */
export async function hasDatabase(url: string, name: string): Promise<boolean> {
  const rows = await query(url, 'select 1 from pg_database where datname = $1', [name]);
  return rows.length > 0;
}

/** An empty one, in place of any that is there. `name` is a plain identifier. */
export async function makeDatabase(url: string, name: string): Promise<void> {
  await query(url, `drop database if exists ${name} with (force)`);
  await query(url, `create database ${name} template template0`);
}

async function query(connectionString: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
