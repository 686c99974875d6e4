/**
 * Better Auth as its documentation sets it up for Node, on SQLite with the settings of ours: write-
 * ahead log, one fsync a commit. Rate limits are off, hashing is its own. Run as a process:
 * `better-auth.ts FOLDER PEOPLE`; leaves `people.json` in the folder.
 */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { PeerPerson } from './peer-people.ts';

/** Of its packages only what is used here: they are not installed when this is checked. */
interface BetterAuth {
  readonly options: object;
  readonly handler: unknown;
}
interface Packages {
  betterAuth(options: object): BetterAuth;
  getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
  toNodeHandler(auth: BetterAuth): RequestListener;
}

const [folder = '', count = '1'] = process.argv.slice(2);
const { betterAuth, getMigrations, toNodeHandler } = await loadPackages();

const database = new BetterSqlite3(join(folder, 'better-auth.db'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');

const server = createServer();
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const auth = betterAuth({
  baseURL,
  database,
  secret: randomBytes(32).toString('base64url'),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
});
await (await getMigrations(auth.options)).runMigrations();
server.on('request', toNodeHandler(auth));
process.stderr.write(`Better Auth listens on ${baseURL}\n`);

const people = await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => signUp(index)),
);
writeFileSync(join(folder, 'people.json'), JSON.stringify(people));

async function signUp(index: number): Promise<PeerPerson> {
  const email = `person-${index}@example.com`;
  const password = `Bench-${randomBytes(12).toString('hex')}`;
  const answer = await fetch(`${baseURL}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: baseURL },
    body: JSON.stringify({ email, password, name: `Person ${index}` }),
  });
  if (!answer.ok) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  return { username: email, password, credential: cookies.join('; '), refreshToken: '' };
}

async function loadPackages(): Promise<Packages> {
  const names = ['better-auth', 'better-auth/db/migration', 'better-auth/node'];
  const [auth, migration, node] = await Promise.all(names.map((name) => import(name)));
  return { ...auth, ...migration, ...node };
}
