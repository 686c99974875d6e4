/**
 * A process of its own that moves an installation and is killed on the way: before the n-th
 * statement to PostgreSQL that holds some words.
 */

import pg from 'pg';
import { moveToPostgres } from '../../src/move-to-postgres.ts';
import { testConfig } from '../support/test-config.ts';

const [settings = '{}', words = '', turn = '1'] = process.argv.slice(2);
const original = pg.Client.prototype.query as (...input: unknown[]) => unknown;
let seen = 0;
function query(this: pg.Client, ...input: unknown[]) {
  const [first] = input as [string | { text?: string }];
  const text = typeof first === 'string' ? first : first.text;
  if (text?.includes(words)) seen += 1;
  if (seen === Number(turn)) process.kill(process.pid, 'SIGKILL');
  return original.apply(this, input);
}
Object.assign(pg.Client.prototype, { query });

const end = new AbortController().signal;
await moveToPostgres(testConfig(JSON.parse(settings)), { end, report: () => undefined });
