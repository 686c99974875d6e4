/** An installation as it looks after some weeks of use: people, devices, mistakes, access tokens. */

import { createAccessToken, createUser, USER_PASSWORD } from '../../test/support/accounts.ts';
import type { TestServer } from '../../test/support/test-server.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.1 Mobile/15E148 Safari/604.1';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) ' +
  'Chrome/142.0.0.0 Mobile Safari/537.36';
const MAC =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.1 Safari/605.1.15';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
  'Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0';

/** The second signs in from a laptop, and so on; the addresses are those kept for documents. */
const PEOPLE: readonly { name: string; role?: 'ADMIN'; devices: readonly string[] }[] = [
  { name: 'grace.murphy', role: 'ADMIN', devices: [MAC, IPHONE] },
  { name: 'john.doe', devices: [WINDOWS, ANDROID] },
  { name: 'maria.keller', devices: [MAC, IPHONE, EDGE] },
  { name: 'aiko.tanaka', devices: [IPHONE] },
  { name: 'amara.okafor', devices: [EDGE, ANDROID] },
  { name: 'ingrid.larsen', devices: [MAC] },
  { name: 'leila.haddad', devices: [WINDOWS] },
  { name: 'lucas.silva', devices: [ANDROID] },
  { name: 'noah.williams', devices: [] },
  { name: 'priya.nair', devices: [MAC, ANDROID] },
  { name: 'sofia.rossi', devices: [EDGE] },
  { name: 'tomasz.nowak', devices: [WINDOWS, IPHONE] },
  { name: 'wei.chen', role: 'ADMIN', devices: [MAC] },
];

/** Who is shown on a page of their own. */
export const SHOWN_USERNAME = 'maria.keller@example.com';
/** Who fails to sign in while somebody looks. */
export const FAILING = {
  username: 'john.doe@example.com',
  address: '198.51.100.77',
  userAgent: WINDOWS,
};
export const OPERATOR = { address: '192.0.2.10', userAgent: MAC };
/** In an overlap. */
export const ROTATED_TOKEN = 'billing-service';

/** What the settings must say for the addresses to be believed. */
export const BEHIND_PROXY = { TRUSTED_PROXIES: '127.0.0.1' };

interface Caller {
  readonly address: string;
  readonly userAgent: string;
}

const headersOf = ({ address, userAgent }: Caller) => ({
  'user-agent': userAgent,
  'x-forwarded-for': address,
});

interface Person extends Caller {
  readonly username: string;
}

interface LiveSession extends Person {
  refreshToken: string;
}

/** Fifty days pass. */
export async function liveThroughWeeks(server: TestServer): Promise<void> {
  await addPeople(server);
  await makeTokens(server);
  server.clock.advanceSeconds(8 * DAY_SECONDS);
  const sessions = await liveThroughDay(server);
  await liveThroughMinutes(server, sessions, 51);
  await startOverlap(server);
  await liveThroughMinutes(server, sessions, 9);
  await useTokens(server);
}

async function addPeople(server: TestServer): Promise<void> {
  for (const { name, role = 'STANDARD' } of PEOPLE) {
    server.clock.advanceSeconds(55 * HOUR_SECONDS);
    await createUser(server, { username: `${name}@example.com`, role });
  }
  const bearer = await server.signInAdmin();
  const { json } = await server.call('GET', '/management/users?prefix=noah', { bearer });
  await server.call('PATCH', `/management/users/${json.items[0].id}`, {
    bearer,
    headers: { 'if-match': '*', ...headersOf(OPERATOR) },
    body: { enabled: false },
  });
}

const TOKENS = [
  {
    name: 'nightly-import',
    permission: 'write,admin',
    days: 90,
    description: 'Kept in the scheduler',
  },
  { name: 'metrics', permission: 'read,admin', days: 23.4, description: 'Grafana; ask Ingrid' },
  { name: 'old-crawler', permission: 'read', days: 12, description: '' },
  { name: ROTATED_TOKEN, permission: 'read,admin', days: 365, description: 'Ask the billing team' },
  { name: 'deploy', permission: 'admin', days: 180, description: 'Of the build server' },
] as const;

async function makeTokens(server: TestServer): Promise<void> {
  for (const { name, permission, days, description } of TOKENS) {
    server.clock.advanceSeconds(3 * DAY_SECONDS);
    const expires = { will_expire: true, expires_in_seconds: Math.round(days * DAY_SECONDS) };
    const { token } = await createAccessToken(server, permission, {
      name,
      description,
      ...expires,
    });
    if (name !== 'old-crawler') values.push(token);
  }
}

/** Of the access tokens that work. */
const values: string[] = [];

/** A day with a morning, a noon and an evening, as far as the last hour. */
async function liveThroughDay(server: TestServer): Promise<LiveSession[]> {
  const sessions: LiveSession[] = [];
  const devices = PEOPLE.flatMap(({ name, devices: own }, person) =>
    own.map((userAgent, device) => ({
      username: `${name}@example.com`,
      userAgent,
      address: `203.0.113.${20 + person * 7 + device}`,
    })),
  );
  for (const [index, device] of devices.entries()) {
    server.clock.advanceSeconds(15 * MINUTE_SECONDS + scatter(index));
    // Some mistype at first, one of them again and again.
    const mistakes = index === 9 ? 7 : index % 4 === 1 ? 1 : 0;
    for (let count = 0; count < mistakes; count += 1) await failSignIn(server, device);
    if (mistakes > 1) server.clock.advanceSeconds(20 * MINUTE_SECONDS);
    sessions.push({ ...device, refreshToken: await signIn(server, device) });
    for (let quarter = 0; quarter < 3; quarter += 1) {
      server.clock.advanceSeconds(15 * MINUTE_SECONDS);
      const step = 2 + (scatter(index * 3 + quarter) % 3);
      const some = sessions.filter((_, other) => (other + quarter) % step === 0);
      for (const session of some) await refresh(server, session);
    }
  }
  return sessions;
}

/** Never the same twice in a row, and the same each time that the pictures are taken. */
const scatter = (index: number) => (index * index * 31 + index * 17) % 101;

async function liveThroughMinutes(
  server: TestServer,
  sessions: LiveSession[],
  minutes: number,
): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    server.clock.advanceSeconds(MINUTE_SECONDS);
    for (let count = 0; count < scatter(minute) % 3; count += 1) {
      const session = sessions[(minute * 3 + count) % sessions.length];
      if (session) await refresh(server, session);
    }
    const again = sessions[(minute * 5) % sessions.length];
    if (again && scatter(minute) % 5 === 2) await signInAndOut(server, again);
    if (again && scatter(minute) % 11 === 3) await failSignIn(server, again);
    if (minute === 34) await attack(server);
  }
}

/** Somebody tries names that there are not, until a limit stops it. */
async function attack(server: TestServer): Promise<void> {
  for (let number = 1; number <= 14; number += 1) {
    const username = `office${number}`;
    await failSignIn(server, { username, address: '198.51.100.201', userAgent: 'curl/8.9.1' });
  }
}

async function startOverlap(server: TestServer): Promise<void> {
  const bearer = await server.signInAdmin();
  const path = `/management/access-tokens?prefix=${ROTATED_TOKEN}`;
  const { json } = await server.call('GET', path, { bearer });
  const rotation = `/management/access-tokens/${json.items[0].id}/rotation`;
  await server.call('POST', rotation, {
    bearer,
    headers: { 'if-match': '*', ...headersOf(OPERATOR) },
    body: { overlap_seconds: DAY_SECONDS },
  });
}

/** Also the old value of the one in an overlap: what uses it has not moved over yet. */
async function useTokens(server: TestServer): Promise<void> {
  for (const value of values) await server.call('GET', '/auth/access_tokens', { bearer: value });
  await server.sallyport.accessTokens.flushUses();
  server.clock.advanceSeconds(3 * MINUTE_SECONDS);
}

const logIn = (server: TestServer, { username, ...caller }: Person, password: string) =>
  server.call('POST', '/api/auth/login', {
    headers: headersOf(caller),
    body: { username, password },
  });

export async function failSignIn(server: TestServer, person: Person): Promise<void> {
  await logIn(server, person, 'not the password');
}

/** The refresh token. */
async function signIn(server: TestServer, person: Person): Promise<string> {
  const { status, json, text } = await logIn(server, person, USER_PASSWORD);
  if (status !== 200) throw new Error(`${person.username} cannot sign in: ${text}`);
  return json.refresh_token;
}

async function signInAndOut(server: TestServer, session: LiveSession): Promise<void> {
  const username = `${PEOPLE[3]?.name}@example.com`;
  const { json } = await logIn(server, { ...session, username }, USER_PASSWORD);
  const headers = headersOf(session);
  await server.call('POST', '/api/auth/logout', { bearer: json.token, headers });
}

async function refresh(server: TestServer, session: LiveSession): Promise<void> {
  const { json } = await server.call('POST', '/api/auth/refresh', {
    headers: headersOf(session),
    body: { refresh_token: session.refreshToken },
  });
  session.refreshToken = json.refresh_token;
}
