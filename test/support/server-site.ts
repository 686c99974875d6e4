/** Several server processes on one PostgreSQL, and what their operators do with them. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type CallAnswer, call } from './http-call.ts';
import {
  type ServerProcess,
  startServerProcess,
  type TestScope,
  temporaryFolder,
} from './server-process.ts';

export const SITE_PASSWORD = 'MyNewSecurePwd!2';
const USER_PASSWORD = 'securePassword123';

export interface SiteUser {
  readonly id: number;
  readonly username: string;
  readonly token: string;
  readonly refresh_token: string;
}

export interface ServerSite {
  readonly paramsKey: string;
  readonly folders: readonly string[];
  readonly urls: readonly string[];
  readonly servers: readonly ServerProcess[];
  /** An admin JWT that no test ends. */
  signInAdmin(url: string, password?: string): Promise<string>;
  /** A new person, signed in on that server. */
  openSession(url: string, adminJwt: string): Promise<SiteUser>;
}

/**
 * Each server gets its own one of the database URLs: the same database by several ways. They are
 * of another release when its `main.ts` is given.
 */
export async function startSite(
  t: TestScope,
  databaseUrls: readonly string[],
  settings: Record<string, string> = {},
  main?: string,
): Promise<ServerSite> {
  const paramsKey = randomBytes(32).toString('base64');
  const folders = databaseUrls.map(() => temporaryFolder(t));
  const servers = await Promise.all(
    databaseUrls.map((DATABASE_URL, index) =>
      startServerProcess(
        t,
        {
          DATABASE_URL,
          DATA_DIR: folders[index] ?? '',
          PARAMS_KEY: paramsKey,
          ...settings,
        },
        main,
      ),
    ),
  );
  const urls = servers.map(({ url }) => url);
  const body = { password: SITE_PASSWORD };
  const created = await call(urls[0] ?? '', 'POST', '/auth/admin', { body });
  assert.equal(created.status, 200, created.text);
  let users = 0;
  const signInAdmin = async (url: string, password = SITE_PASSWORD) => {
    const answer = await call(url, 'POST', '/auth/admin/login', { body: { password } });
    return requireOk(answer).json.token;
  };
  return {
    ...{ paramsKey, folders, urls, servers, signInAdmin },
    openSession: async (url, bearer) => {
      users += 1;
      const username = `person-${users}@example.com`;
      const person = { username, password: USER_PASSWORD };
      const added = await call(url, 'POST', '/management/users', { bearer, body: person });
      assert.equal(added.status, 201, added.text);
      const signedIn = await call(url, 'POST', '/api/auth/login', { body: person });
      return { ...requireOk(signedIn).json, id: added.json.id, username };
    },
  };
}

export function requireOk(answer: CallAnswer): CallAnswer {
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

export const verify = (url: string, bearer: string) =>
  call(url, 'GET', '/api/auth/verify', { bearer });

export const refresh = (url: string, token: string) =>
  call(url, 'POST', '/api/auth/refresh', { body: { refresh_token: token } });

export const logout = (url: string, bearer: string) =>
  call(url, 'POST', '/api/auth/logout', { bearer });

export const listTokens = (url: string, bearer: string) =>
  call(url, 'GET', '/auth/access_tokens', { bearer });
