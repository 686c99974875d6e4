/**
 * Every call that takes a credential, and what comes of showing one there: the table that the
 * token tests hold against the server (decision 1).
 */

import { createAccessToken, createUser, openSession, signIn } from './accounts.ts';
import {
  DEAD_TOKEN,
  type ExpectedAnswer,
  expectAnswer,
  problemRefusal,
  UNAUTHORIZED,
  userRefusal,
} from './expect-answer.ts';
import type { CallOptions } from './http-call.ts';
import type { TestServer } from './test-server.ts';

export type DoorName =
  | 'manage tokens'
  | 'manage users'
  | 'switch'
  | 'verify'
  | 'logout'
  | 'refresh'
  | 'logout by body';

interface Door {
  readonly name: DoorName;
  readonly call: string;
  readonly show: (token: string) => CallOptions;
  /** The status for who may pass: a door that leads to nothing is 404 behind the guard. */
  readonly open: number;
  readonly refused: ExpectedAnswer;
}

const asBearer = (token: string): CallOptions => ({
  headers: { authorization: `Bearer ${token}` },
});
const inBody = (token: string): CallOptions => ({ body: { refresh_token: token } });

export function managingDoors(path: string): Door[] {
  const door = (call: string, open: number, body?: object): Door => ({
    name: 'manage tokens',
    call,
    show: (token) => ({ ...asBearer(token), body }),
    open,
    refused: UNAUTHORIZED,
  });
  return [
    door(`GET ${path}s`, 200),
    door(`POST ${path}`, 200, { name: 'n', permission: 'read' }),
    door(`POST ${path}/999999/rotate`, 404),
    door(`DELETE ${path}/999999`, 404),
  ];
}

/** Every call of the management API; what they do behind the guard is another test's matter. */
function managementDoors(): Door[] {
  const door = (call: string, open: number, body?: object): Door => ({
    name: 'manage users',
    call,
    show: (token) => ({
      headers: {
        ...asBearer(token).headers,
        ...(body && { 'content-type': 'application/json' }),
        'if-match': '*',
      },
      body,
    }),
    open,
    refused: {
      ...problemRefusal(401, 'bearer_invalid'),
      headers: { 'www-authenticate': 'Bearer' },
    },
  });
  return [
    door('GET /management/users', 200),
    door('POST /management/users', 400, {}),
    door('GET /management/users/999999', 404),
    door('PATCH /management/users/999999', 404, { enabled: false }),
    door('DELETE /management/users/999999', 404),
    door('DELETE /management/users/999999/sessions', 404),
    door('GET /management/sessions', 200),
    door('DELETE /management/sessions/nothing', 404),
    door('GET /management/access-tokens', 200),
    door('POST /management/access-tokens', 400, {}),
    door('GET /management/access-tokens/999999', 404),
    door('PATCH /management/access-tokens/999999', 404, { name: 'n' }),
    door('POST /management/access-tokens/999999/rotation', 404, {}),
    door('DELETE /management/access-tokens/999999/previous', 404),
    door('DELETE /management/access-tokens/999999', 404),
    door('GET /management/stats', 200),
  ];
}

const DOORS: Door[] = [
  ...managementDoors(),
  ...managingDoors('/auth/access_token'),
  ...managingDoors('/auth/api_key'),
  {
    name: 'switch',
    call: 'PATCH /auth/enabled',
    show: (token) => ({ ...asBearer(token), body: { enabled: true } }),
    open: 200,
    refused: UNAUTHORIZED,
  },
  { name: 'verify', call: 'GET /api/auth/verify', show: asBearer, open: 200, refused: DEAD_TOKEN },
  { name: 'logout', call: 'POST /api/auth/logout', show: asBearer, open: 200, refused: DEAD_TOKEN },
  {
    name: 'refresh',
    call: 'POST /api/auth/refresh',
    show: inBody,
    open: 200,
    refused: userRefusal(401, 'failed to refresh access token'),
  },
  {
    name: 'logout by body',
    call: 'POST /api/auth/logout',
    show: inBody,
    open: 200,
    refused: DEAD_TOKEN,
  },
];

/** What a malformed header is answered at verify; elsewhere it is like any bad credential. */
const BAD_FORM = userRefusal(401, 'invalid authorization header format');
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/;

function expectedAt(door: Door, token: string, opens: readonly DoorName[]): ExpectedAnswer {
  if (opens.includes(door.name)) return { status: door.open };
  return door.name === 'verify' && !TOKEN_FORM.test(token.trim()) ? BAD_FORM : door.refused;
}

/** Whether an HTTP client can write this into a header. */
function fitsHeader(token: string): boolean {
  return !/[\r\n]/.test(token) && token.trim() === token;
}

/** Mints a credential for each door, shows it there and expects what the contracts say. */
export async function showAtEveryDoor(
  server: TestServer,
  mint: () => Promise<string> | string,
  opens: readonly DoorName[] = [],
  ...refused: { at: DoorName; answer: ExpectedAnswer }[]
): Promise<void> {
  for (const door of DOORS) {
    const token = await mint();
    const isInBody = door.show('x').headers === undefined;
    if (!isInBody && !fitsHeader(token)) continue;
    const [method = '', path = ''] = door.call.split(' ');
    const answer = await server.call(method, path, door.show(token));
    const refusal = refused.find(({ at }) => at === door.name);
    const expected = refusal?.answer ?? expectedAt(door, token, opens);
    expectAnswer(answer, expected, `${door.call} (${door.name})`);
  }
}

/** One of each kind that lives. */
export const LIVE = {
  adminJwt: (server: TestServer) => server.signInAdmin(),
  userAccess: async (server: TestServer) => (await openSession(server)).token,
  /** Of a user with the role ADMIN. */
  managerAccess: async (server: TestServer) =>
    (await signIn(server, await createUser(server, { role: 'ADMIN' }))).token,
  userRefresh: async (server: TestServer) => (await openSession(server)).refresh_token,
  accessToken: async (server: TestServer, permission: string) =>
    (await createAccessToken(server, permission)).token,
};
