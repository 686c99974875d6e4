/**
 * A server's data with people, sessions and access tokens in it, made once through the server's
 * own calls and copied for each measurement, so that none finds what another has left behind.
 */

import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { MeasuredProcess } from '../processes.ts';
import type { Scope } from '../scope.ts';
import type { DatabaseMaker } from './postgres.ts';
import { type DatabaseKind, startSubject } from './subject-server.ts';

/** Enough for each of 64 connections to be somebody else. */
const PEOPLE = 64;
/** Far below an address's share of the hashing queue. */
const SEEDED_AT_ONCE = 4;
const MAX_ATTEMPTS = 20;

export interface Person {
  readonly username: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** A machine's credential, not this person's. */
  readonly opaqueToken: string;
}

export interface Site {
  readonly people: readonly Person[];
  /** What a server on this data is started with. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the embedded database and the parameter file. */
  readonly folder: string;
  readonly databaseUrl: string | null;
}

export class Sites {
  readonly #scope: Scope;
  readonly #databases: DatabaseMaker;
  readonly #seeded = new Map<string, Promise<Site>>();

  /** @param scope of the whole run */
  constructor(scope: Scope, databases: DatabaseMaker) {
    this.#scope = scope;
    this.#databases = databases;
  }

  /** A site of its own for one measurement. */
  async copy(scope: Scope, root: string, kind: DatabaseKind): Promise<Site> {
    const key = `${kind} ${root}`;
    const seeding = this.#seeded.get(key) ?? this.#seed(root, kind);
    this.#seeded.set(key, seeding);
    // What failed once is tried anew for the next measurement.
    seeding.catch(() => this.#seeded.delete(key));
    const site = await seeding;
    const folder = scope.temporaryFolder();
    cpSync(site.folder, folder, { recursive: true });
    const { databaseUrl: original } = site;
    const databaseUrl = original === null ? null : await this.#databases.copy(original);
    return { ...site, folder, databaseUrl, settings: placed(site, folder, databaseUrl) };
  }

  async #seed(root: string, kind: DatabaseKind): Promise<Site> {
    const folder = this.#scope.temporaryFolder();
    const databaseUrl = kind === 'postgres' ? await this.#databases.create() : null;
    const empty: Site = {
      people: [],
      folder,
      databaseUrl,
      settings: databaseUrl === null ? {} : { PARAMS_KEY: randomBytes(32).toString('base64url') },
    };
    const settings = placed(empty, folder, databaseUrl);
    const server = await startSubject(this.#scope, { root, place: 'everywhere', settings });
    const people = await seedPeople(server);
    // In order, so that the file holds everything.
    await server.stop();
    return { ...empty, people, settings };
  }
}

function placed(site: Site, folder: string, url: string | null): Record<string, string> {
  return { ...site.settings, DATA_DIR: folder, ...(url !== null && { DATABASE_URL: url }) };
}

async function seedPeople(server: MeasuredProcess): Promise<Person[]> {
  const password = `Bench-${randomBytes(12).toString('hex')}`;
  const post = (path: string, body: object, bearer?: string) =>
    postJson(server.url + path, body, bearer);
  await post('/auth/admin', { password });
  const { token: admin } = await post('/auth/admin/login', { password });
  const people: Person[] = [];
  const seedOne = async (index: number) => {
    const username = `person-${index}@example.com`;
    await post('/management/users', { username, password }, admin);
    const session = await post('/api/auth/login', { username, password });
    const named = { name: `machine-${index}`, permission: 'admin' };
    const machine = await post('/auth/access_token', named, admin);
    people[index] = {
      username,
      password,
      accessToken: session.token ?? '',
      refreshToken: session.refresh_token ?? '',
      opaqueToken: machine.token ?? '',
    };
  };
  for (let first = 0; first < PEOPLE; first += SEEDED_AT_ONCE) {
    await Promise.all(Array.from({ length: SEEDED_AT_ONCE }, (_, each) => seedOne(first + each)));
  }
  return people;
}

async function postJson(
  url: string,
  body: object,
  bearer?: string,
): Promise<Record<string, string | undefined>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    // On a machine that others use, even four hashes at once can be too many.
    const isBusy = answer.status === 503 && attempt < MAX_ATTEMPTS;
    if (!isBusy) throw new Error(`POST ${url} answered ${answer.status}: ${text}`);
    await wait(Number(answer.headers.get('retry-after') ?? 1) * 1000);
  }
}
