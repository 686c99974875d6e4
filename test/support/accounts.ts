/** Fresh users and access tokens, so that no test depends on another one's. */

import assert from 'node:assert/strict';
import { sqlIn } from './test-database.ts';
import type { TestServer } from './test-server.ts';

export const USER_PASSWORD = 'securePassword123';

let made = 0;

/** A name that no other test of this process has. */
export function freshName(): string {
  made += 1;
  return `user-${made}@example.com`;
}

export async function createUser(
  server: TestServer,
  options: { username?: string; password?: string; role?: 'ADMIN' | 'STANDARD' } = {},
) {
  const { username = freshName(), password = USER_PASSWORD, role = 'STANDARD' } = options;
  const user = await server.sallyport.users.create({
    username,
    password,
    role,
    origin: 'operator',
  });
  return { id: user.id, username, password };
}

export interface Session {
  readonly token: string;
  readonly refresh_token: string;
  readonly expires_at: number;
}

export async function signIn(
  server: TestServer,
  { username, password }: { username: string; password: string },
): Promise<Session> {
  const answer = await server.call('POST', '/api/auth/login', { body: { username, password } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** A new user with a new session. */
export async function openSession(server: TestServer): Promise<Session> {
  return signIn(server, await createUser(server));
}

/** A new access token's id and raw value. */
export async function createAccessToken(
  server: TestServer,
  permission: string,
  more: object = {},
): Promise<{ id: number; token: string }> {
  const bearer = await server.signInAdmin();
  const body = { name: 'of a test', permission, ...more };
  const answer = await server.call('POST', '/auth/access_token', { bearer, body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Writes past the server, for what no call can do. */
export async function alterDatabase(
  server: TestServer,
  sql: string,
  ...values: unknown[]
): Promise<void> {
  await sqlIn(server.folder, sql, values);
}

/** The first row that `sql` finds. */
export async function readDatabase(
  server: TestServer,
  sql: string,
  ...values: unknown[]
): Promise<Record<string, unknown>> {
  return (await sqlIn(server.folder, sql, values))[0] ?? {};
}
