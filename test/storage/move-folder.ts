/** An installation on the embedded database, and an empty PostgreSQL database to move it into. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { moveToPostgres, undoMove } from '../../src/move-to-postgres.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createTestDatabase, runSql } from '../support/postgres-server.ts';
import { testConfig } from '../support/test-config.ts';
import { runSqlite } from '../support/test-database.ts';
import { startTestServer } from '../support/test-server.ts';

const PROCESS = fileURLToPath(new URL('./move-process.ts', import.meta.url));
export const PARAMS_KEY = 'Rk2v9QbLr7TnWz4JcYp1MfHs8GdEaUo3';
const PASSWORD = 'correct horse';

export interface MoveFolder {
  readonly clock: FakeClock;
  readonly data: string;
  readonly url: string;
  /** The settings under which it is moved, and under which servers work afterwards. */
  readonly settings: Record<string, string>;
}

export async function newMoveFolder(t: TestContext): Promise<MoveFolder> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-move-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const url = await createTestDatabase();
  const settings = { DATA_DIR: data, DATABASE_URL: url, PARAMS_KEY };
  return { clock: new FakeClock(), data, url, settings };
}

export const startHere = ({ data, clock }: MoveFolder) => startTestServer({ folder: data, clock });

/** Nothing of the old folder is needed there. */
export async function startThere(t: TestContext, { url, clock }: MoveFolder) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-moved-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const settings = { DATABASE_URL: url, PARAMS_KEY };
  const server = await startTestServer({ folder, clock, settings });
  t.after(() => server.close());
  return server;
}

/** Everything that people and machines can hold, and an audit trail of several pages. */
export async function populate(folder: MoveFolder) {
  const server = await startHere(folder);
  const admin = await server.signInAdmin();
  const { users } = server.sallyport;
  const account = { password: PASSWORD, origin: 'operator' } as const;
  for (const username of ['maria', 'Zoë', 'gone']) {
    await users.create({ ...account, username, role: 'STANDARD' });
  }
  const gone = await users.find('gone');
  await server.sallyport.operations.deleteUser({
    userId: gone?.id ?? 0,
    expectedVersion: null,
    by: {},
  });
  const body = { name: 'import; \\ "quoted", {1}', permission: 'read,write', will_expire: false };
  const token = await server.call('POST', '/auth/access_token', { bearer: admin, body });
  const held = await signIn(server);
  await server.call('POST', '/api/auth/login', { body: { username: 'maria', password: 'wrong' } });
  await server.close();
  hereSql(
    folder,
    // Not one after the other: a trail whose ids were given anew would not be the same.
    `insert into audit_events (id, at_ms, name, actor_kind)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
       select 100 + 2 * i, i, 'session.signed_in', 'server' from n`,
  );
  return { admin, accessToken: token.json.token as string, ...held };
}

export async function signIn(server: Awaited<ReturnType<typeof startTestServer>>) {
  const body = { username: 'maria', password: PASSWORD };
  const { json } = await server.call('POST', '/api/auth/login', { body });
  return { userToken: json.token as string, refreshToken: json.refresh_token as string };
}

export function move({ settings }: MoveFolder, end = new AbortController().signal) {
  return moveToPostgres(testConfig(settings), { end, report: () => undefined });
}

export const undo = ({ settings }: MoveFolder) => undoMove(testConfig(settings));

/** Gives the signal that ended it. */
export async function moveUntil({ settings }: MoveFolder, words: string, turn = 1) {
  const args = [PROCESS, JSON.stringify(settings), words, String(turn)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(child, 'close');
  return signal as string | null;
}

export function hereSql({ data }: MoveFolder, text: string, ...values: unknown[]) {
  return runSqlite(join(data, DATABASE_FILE_NAME), text, values);
}

export function thereSql({ url }: MoveFolder, text: string, ...values: unknown[]) {
  return runSql(url, text, values);
}
