/**
 * What goes on while the server is killed: people and machines that work until no answer comes
 * any more. Each worker keeps what it was told, for the probe after the restart.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import type { Operation } from './history.ts';
import { type Pair, type RecordedClient, readPair } from './recorded-client.ts';

/** How long a worker that got no answer waits before it begins again. */
const PATIENCE_MS = 200;

export interface KnownSession {
  readonly subject: string;
  /** The pairs that were acknowledged, newest last. */
  readonly pairs: Pair[];
}

export interface KnownToken {
  readonly name: string;
  /** Null when the creation got no answer. */
  readonly id: number | null;
  readonly values: string[];
}

export interface Known {
  readonly sessions: KnownSession[];
  readonly tokens: KnownToken[];
  readonly passwords: string[];
  readonly adminJwts: string[];
}

export interface Person {
  readonly username: string;
  readonly password: string;
}

const isAnswered = (operation: Operation) => operation.end !== null;

/** Works until it meets a connection that breaks. `round` is of its own each time. */
export type Worker = (round: string) => Promise<void>;

/** Runs all workers; resolves when each of them has met a connection that broke. */
export async function runTraffic(
  client: RecordedClient,
  known: Known,
  { person, round, dice }: { person: Person; round: string; dice: Dice },
): Promise<void> {
  const leaving = known.sessions.slice(6);
  const workers = workersOf(client, known, { person, dice });
  await Promise.all([
    ...workers.map((work, index) => work(`${round}.${index}`)),
    leaveOneByOne(client, leaving, dice),
  ]);
}

/** All that can begin again after a break; leaving is over when everybody has left. */
export function workersOf(
  client: RecordedClient,
  known: Known,
  { person, dice }: { person: Person; dice: Dice },
): Worker[] {
  return [
    ...workersWithTokens(client, known, dice),
    (round: string) => resetPasswords(client, known, round),
    (round: string) => signInAgain(client, known, person, round),
  ];
}

/** As above, but one password is hashed at a time: on a busy machine a second may be refused. */
export function frugalWorkersOf(
  client: RecordedClient,
  known: Known,
  { person, dice }: { person: Person; dice: Dice },
): Worker[] {
  const usePasswords = async (round: string) => {
    for (let count = 1; ; count += 1) {
      if (!(await resetPassword(client, known, `${round}-${count}`))) return;
      if (!(await signInOnceMore(client, known, person, `${round}.${count}`))) return;
    }
  };
  return [...workersWithTokens(client, known, dice), usePasswords];
}

function workersWithTokens(client: RecordedClient, known: Known, dice: Dice): Worker[] {
  const refreshing = known.sessions.slice(0, 6);
  return [
    ...refreshing.map((session) => () => keepRefreshing(client, session, dice)),
    ...[1, 2, 3].map(() => (round: string) => manageTokens(client, known, round, dice)),
  ];
}

/** Each worker begins again after a break, as people do, until the client is over. */
export async function keepWorking(
  client: RecordedClient,
  workers: readonly Worker[],
  round: string,
): Promise<void> {
  const work = async (worker: Worker, index: number) => {
    for (let attempt = 1; !client.isOver; attempt += 1) {
      await worker(`${round}.${index}.${attempt}`);
      await wait(PATIENCE_MS);
    }
  };
  await Promise.all(workers.map(work));
}

/** Several callers share each token, some lose their answer, some ask again with the old one. */
async function keepRefreshing(
  client: RecordedClient,
  session: KnownSession,
  dice: Dice,
): Promise<void> {
  for (;;) {
    const { subject, pairs } = session;
    const { refresh } = pairs.at(-1) ?? { refresh: '' };
    const callers = [1, 1, 2, 5][Math.floor(dice() * 4)] ?? 1;
    const calls = Array.from({ length: callers }, () => client.refresh(subject, refresh));
    if (dice() < 0.3) calls.push(client.refresh(subject, refresh, { losesAnswer: true }));
    const answers = await Promise.all(calls);
    if (dice() < 0.3) answers.push(await client.refresh(subject, refresh));
    const answered = answers.find((one) => one.status === 200);
    if (answered === undefined) return;
    pairs.push(readPair(answered.output));
    const verified = await client.verify(subject, pairs.at(-1)?.access ?? '');
    if (!isAnswered(verified)) return;
  }
}

export async function leaveOneByOne(
  client: RecordedClient,
  sessions: readonly KnownSession[],
  dice: Dice,
): Promise<void> {
  for (const { subject, pairs } of sessions) {
    const { access, refresh } = pairs.at(-1) ?? { access: '', refresh: '' };
    const refreshed = client.refresh(subject, refresh);
    if (dice() < 0.5) {
      const { status, output } = await refreshed;
      if (status === 200) pairs.push(readPair(output));
    }
    const left = client.logout(subject, access);
    const racing = dice() < 0.5 ? client.verify(subject, access) : left;
    const answers = await Promise.all([left, racing, refreshed]);
    if (!answers.every(isAnswered)) return;
    const after = [client.verify(subject, access), client.refresh(subject, refresh)];
    if (!(await Promise.all(after)).every(isAnswered)) return;
  }
}

async function manageTokens(
  client: RecordedClient,
  known: Known,
  worker: string,
  dice: Dice,
): Promise<void> {
  for (let count = 1; ; count += 1) {
    const name = `t${worker}.${count}`;
    const created = await client.createToken(name);
    const token: KnownToken = { name, id: created.id, values: [] };
    known.tokens.push(token);
    if (!isAnswered(created.operation) || created.id === null) return;
    token.values.push(created.operation.output);
    while (dice() < 0.6) {
      const rotated = await client.rotateToken(name, created.id);
      if (!isAnswered(rotated)) return;
      token.values.push(rotated.output);
      const uses = token.values.slice(-2).map((value) => client.useToken(name, value));
      if (!(await Promise.all(uses)).every(isAnswered)) return;
    }
    if (dice() < 0.5) continue;
    if (!isAnswered(await client.deleteToken(name, created.id))) return;
    if (!isAnswered(await client.useToken(name, token.values.at(-1) ?? ''))) return;
  }
}

async function resetPasswords(client: RecordedClient, known: Known, round: string): Promise<void> {
  for (let count = 1; await resetPassword(client, known, `${round}-${count}`); ) count += 1;
}

/** Whether all of it was answered. */
async function resetPassword(client: RecordedClient, known: Known, name: string): Promise<boolean> {
  const password = `Kill-Round-${name}`;
  known.passwords.push(password);
  if (!isAnswered(await client.resetAdminPassword(password))) return false;
  // Older ones were replaced long ago.
  known.passwords.splice(0, known.passwords.length - 3);
  const signedIn = await client.signInAdmin(password);
  if (!isAnswered(signedIn)) return false;
  known.adminJwts.push(signedIn.output);
  for (const jwt of known.adminJwts.slice(-2)) {
    if (!isAnswered(await client.useAdminJwt(jwt))) return false;
  }
  return true;
}

async function signInAgain(
  client: RecordedClient,
  known: Known,
  person: Person,
  round: string,
): Promise<void> {
  for (let count = 1; await signInOnceMore(client, known, person, `${round}.${count}`); )
    count += 1;
}

async function signInOnceMore(
  client: RecordedClient,
  known: Known,
  { username, password }: Person,
  name: string,
): Promise<boolean> {
  const pair = await client.signIn(username, password);
  if (pair !== null) known.sessions.push({ subject: `sign-in ${name}`, pairs: [pair] });
  return pair !== null;
}
