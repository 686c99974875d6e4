/** Asks the restarted server about everything that anybody was told before it was killed. */

import { type RecordedClient, readPair } from './recorded-client.ts';
import type { Known } from './traffic.ts';

/** @returns the password that lets the admin in now */
export async function probe(
  client: RecordedClient,
  known: Known,
  roundPrefix: string,
): Promise<string | null> {
  for (const session of known.sessions) await probeSession(client, session);
  await client.listTokens((name) => name.startsWith(roundPrefix));
  for (const { name, values } of known.tokens) {
    for (const value of values) await client.useToken(name, value);
  }
  let valid: string | null = null;
  for (const password of known.passwords) {
    const signedIn = await client.signInAdmin(password);
    if (signedIn.status !== 200) continue;
    valid = password;
    known.adminJwts.push(signedIn.output);
  }
  for (const jwt of known.adminJwts.slice(-4)) await client.useAdminJwt(jwt);
  return valid;
}

/**
 * A client that lost its answer asks again with the token it has; then life goes on with the
 * successor; then a thief tries an old token, which ends the session.
 */
async function probeSession(client: RecordedClient, session: Known['sessions'][number]) {
  const { subject, pairs } = session;
  const [last, previous] = [pairs.at(-1), pairs.at(-2)];
  if (last === undefined) return;
  await client.verify(subject, last.access);
  const retried = await client.refresh(subject, last.refresh);
  if (retried.status !== 200) return;
  const again = await client.refresh(subject, last.refresh);
  const successor = readPair(again.output);
  await client.verify(subject, successor.access);
  const next = await client.refresh(subject, successor.refresh);
  if (next.status !== 200) return;
  const stolen = previous ?? last;
  await client.refresh(subject, stolen.refresh, { isReplay: true });
  await client.verify(subject, readPair(next.output).access);
  await client.refresh(subject, readPair(next.output).refresh);
}
