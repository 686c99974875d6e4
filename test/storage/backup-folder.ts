/** Data folders that are backed up and restored, and everything in them that could authenticate. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { makeBackup, restoreBackup, verifyBackup } from '../../src/backups.ts';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { StartFault } from '../../src/start-fault.ts';
import type { Sallyport } from '../../src/wiring.ts';
import { testConfig } from '../support/test-config.ts';
import { newDataFolder, ORIGIN, type Settings, startOnce } from './params-folder.ts';

/** Guessing is another test's matter. */
export const FREELY: Settings = {
  LOGIN_FAILURES_PER_MINUTE: '1000',
  ACCOUNT_FAILURES_PER_MINUTE: '1000',
};
export const BY = { actor: { kind: 'admin' }, origin: ORIGIN } as const;

export interface BackupFolder {
  readonly data: string;
  readonly database: string;
  /** Beside the data folder. */
  readonly backup: string;
}

export function newBackupFolder(t: TestContext): BackupFolder {
  const folder = newDataFolder(t);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  return { data, database: join(data, DATABASE_FILE_NAME), backup: join(folder, 'backup.db') };
}

export function siteOf({ data }: BackupFolder, settings: Settings = {}) {
  const config = testConfig({ DATA_DIR: data, ...settings });
  return { config, release: '1.2.3', operator: { kind: 'operator', name: 'olga' } } as const;
}

export function backUp(folder: BackupFolder, settings: Settings = {}, overwrites = true) {
  const end = new AbortController().signal;
  const options = { overwrites, end, report: () => undefined };
  return makeBackup(siteOf(folder, settings), folder.backup, options);
}

export const verify = (folder: BackupFolder, settings: Settings = {}) =>
  verifyBackup(siteOf(folder, settings), folder.backup);

export const restore = (folder: BackupFolder, settings: Settings = {}) =>
  restoreBackup(siteOf(folder, settings), folder.backup);

/** The code of the fault that the work ends with. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    (value) => new Error(`it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartFault) || !('code' in error)) throw error;
  return String(error.code);
}

export function use<T>(folder: BackupFolder, work: (opened: Sallyport) => Promise<T>): Promise<T> {
  return startOnce(folder.data, FREELY, work);
}

/** Writes past the server, for what no call can do. */
export function alter(file: string, sql: string, ...values: unknown[]): void {
  const connection = new BetterSqlite3(file);
  try {
    connection.prepare(sql).run(...values);
  } finally {
    connection.close();
  }
}

export function query(file: string, sql: string): Record<string, unknown>[] {
  const connection = new BetterSqlite3(file, { readonly: true });
  try {
    return connection.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    connection.close();
  }
}

/** Everything that anybody was ever given, dead or alive. */
export class Credentials {
  readonly tokens: string[] = [];
  readonly passwords: { username: string; password: string }[] = [];
  readonly adminPasswords: string[] = [];
  readonly adminJwts: string[] = [];
  readonly pairs: { accessToken: string; refreshToken: string }[] = [];

  async createToken({ accessTokens }: Sallyport, name: string): Promise<number> {
    const input = { name, description: '', permissions: 1, expiresInSeconds: null };
    const { id, raw } = await accessTokens.create(input, BY);
    this.tokens.push(raw);
    return id;
  }

  async rotateToken({ accessTokens }: Sallyport, id: number, overlapSeconds = 0): Promise<void> {
    const rotated = await accessTokens.rotateWithOverlap({ id, overlapSeconds, by: BY });
    if (rotated.outcome === 'rotated') this.tokens.push(rotated.token.raw);
  }

  async createUser({ users }: Sallyport, username: string, role: 'ADMIN' | 'STANDARD') {
    const password = `first password of ${username}`;
    await users.create({ username, password, role, origin: 'operator' });
    this.passwords.push({ username, password });
  }

  async setPassword({ users }: Sallyport, username: string, password: string): Promise<void> {
    await users.setPassword(username, password);
    this.passwords.push({ username, password });
  }

  /** What of it works now; a sign-in that works is told with its role. */
  async findWorking({ accessTokens, admin, sessions }: Sallyport): Promise<Set<string>> {
    const working = new Set<string>();
    for (const raw of this.tokens) {
      if ((await accessTokens.authenticate(raw)) !== null) working.add(`token ${raw}`);
    }
    for (const jwt of this.adminJwts) {
      if (await admin.isLiveToken(jwt)) working.add(`admin JWT ${jwt}`);
    }
    for (const { accessToken, refreshToken } of this.pairs) {
      if ((await sessions.verifyAccessToken(accessToken)) !== null) {
        working.add(`session ${accessToken}`);
      }
      const refreshed = await sessions.refresh(refreshToken, ORIGIN).catch(() => null);
      if (refreshed !== null) working.add(`session ${refreshToken}`);
    }
    for (const password of this.adminPasswords) {
      const jwt = await admin.signIn(password, ORIGIN).catch(() => null);
      if (jwt !== null) working.add(`admin ${password}`);
    }
    for (const { username, password } of this.passwords) {
      const pair = await sessions.signIn(username, password, ORIGIN).catch(() => null);
      if (pair === null) continue;
      const found = await sessions.verifyAccessToken(pair.accessToken);
      working.add(`user ${username} ${password}`);
      if (found?.role === 'ADMIN') working.add(`ADMIN ${username} ${password}`);
    }
    return working;
  }
}
