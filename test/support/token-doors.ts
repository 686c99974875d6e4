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
  | 'administer'
  | 'export users'
  | 'turn the gate'
  | 'console session'
  | 'own account'
  | 'token itself'
  | 'switch'
  | 'verify'
  | 'logout'
  | 'refresh'
  | 'logout by body';

/** What a live credential hears that may not manage. */
export const DENIED = problemRefusal(403, 'permission_denied');
/** Only the built-in admin turns auth enforcement on and off. */
export const NO_GATE = { at: 'turn the gate', answer: DENIED } as const;
/** A JWT of a user says nothing about when the password was entered. */
export const UNCONFIRMED = {
  at: 'export users',
  answer: problemRefusal(403, 'password_confirmation_required'),
} as const;
/** What the built-in admin may do under `/management/`, with a password just entered. */
export const ADMIN_DOORS = [
  'manage users',
  'administer',
  'export users',
  'turn the gate',
] as const satisfies readonly DoorName[];

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
  const doorOf =
    (name: DoorName) =>
    (call: string, open: number, body?: object): Door => ({
      name,
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
  const door = doorOf('manage users');
  const adminDoor = doorOf('administer');
  const consoleDoor = doorOf('console session');
  const ownDoor = doorOf('own account');
  return [
    adminDoor('PUT /management/users/999999/password', 404, {}),
    adminDoor('GET /management/settings', 200),
    adminDoor('POST /management/providers/nothing/test', 404),
    adminDoor('GET /management/console-sessions', 200),
    adminDoor('DELETE /management/console-sessions/nothing', 404),
    adminDoor('GET /management/audit-events', 200),
    // Behind the guard, and short of what would be no JSON.
    adminDoor('GET /management/audit-events/export?format=none', 400),
    adminDoor('GET /management/audit-events/stream?format=none', 400),
    adminDoor('GET /management/figures', 200),
    adminDoor('POST /management/users/import?format=none', 400),
    doorOf('export users')('GET /management/users/export?format=none', 400),
    doorOf('token itself')('GET /management/access-tokens/self', 200),
    doorOf('turn the gate')('PUT /management/settings/auth', 200, { enabled: true }),
    consoleDoor('GET /management/console/session', 200),
    consoleDoor('POST /management/console/session/confirmation', 400, {}),
    consoleDoor('DELETE /management/console/session', 200),
    ownDoor('GET /account/profile', 200),
    ownDoor('GET /account/sessions', 200),
    ownDoor('DELETE /account/sessions/nothing', 404),
    ownDoor('DELETE /account/sessions', 200),
    ownDoor('PUT /account/password', 400, {}),
    ownDoor('GET /account/audit-events', 200),
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

/** Shows what a cookie holds at every door, from a page of ours; a new one for each. */
export async function showCookieAtEveryDoor(
  server: TestServer,
  mint: () => Promise<string> | string,
  opens: readonly DoorName[],
  ...refused: { at: DoorName; answer: ExpectedAnswer }[]
): Promise<void> {
  for (const door of DOORS) {
    const cookie = await mint();
    const { headers: { authorization: _, ...headers } = {}, body } = door.show(cookie);
    const [method = '', path = ''] = door.call.split(' ');
    const more = { cookie, 'sec-fetch-site': 'same-origin' };
    const answer = await server.call(method, path, { body, headers: { ...headers, ...more } });
    const isOpen = opens.includes(door.name);
    const refusal = refused.find(({ at }) => at === door.name)?.answer ?? { status: 401 };
    const expected = isOpen ? { status: door.open } : refusal;
    expectAnswer(answer, expected, `${door.call} (${door.name}) by cookie`);
  }
}

/** Every call that some door leads to, as the document of the routes spells it. */
export function callsOfDoors(): Set<string> {
  const withoutIds = (path: string) => path.replace(/\/(999999|nothing)(?=\/|$)/g, '/{id}');
  return new Set(
    DOORS.map(({ call }) => {
      const [method = '', path = ''] = call.split(' ');
      return `${method.toLowerCase()} ${withoutIds(path.replace(/\?.*/, ''))}`;
    }),
  );
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
