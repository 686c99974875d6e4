/**
 * The PostgreSQL of a run, with as many databases as its measurements need. Its commits wait for
 * the disk. `BENCH_DATABASE_URL` names another server, by a user who may create databases.
 */

import pg from 'pg';
import { startOwnPostgres } from '../../test/support/own-postgres.ts';
import type { Scope } from '../scope.ts';

export interface DatabaseMaker {
  /** An empty database's URL. */
  create(): Promise<string>;
  /** The URL of a copy of a database that nobody is connected to. */
  copy(url: string): Promise<string>;
}

/** Starts a server when the first database is asked for; it ends with the scope. */
export function postgresDatabases(scope: Scope): DatabaseMaker {
  let server: Promise<string> | undefined;
  let made = 0;
  const make = async (template: string) => {
    server ??= startServer(scope);
    const url = new URL(await server);
    made += 1;
    const name = `sallyport_bench_${process.pid}_${made}`;
    await run(url.href, `create database ${name} template ${template}`);
    scope.after(() => run(url.href, `drop database if exists ${name} with (force)`));
    url.pathname = `/${name}`;
    return url.href;
  };
  return {
    create: () => make('template0'),
    copy: (original) => make(new URL(original).pathname.slice(1)),
  };
}

async function startServer(scope: Scope): Promise<string> {
  const named = process.env.BENCH_DATABASE_URL;
  if (named !== undefined) return named;
  const server = await startOwnPostgres({ isDurable: true });
  scope.after(() => server.destroy());
  return server.url();
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
