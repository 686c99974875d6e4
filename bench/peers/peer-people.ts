/** Who a peer knows, written by its process for the scenarios. */

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface PeerPerson {
  readonly username: string;
  readonly password: string;
  /** What its check takes: a cookie, or an access token. */
  readonly credential: string;
  readonly refreshToken: string;
}

const DEADLINE_MS = 120_000;

/** Waits until they have all been made. */
export async function readPeople(file: string): Promise<readonly PeerPerson[]> {
  const endMs = performance.now() + DEADLINE_MS;
  while (performance.now() < endMs) {
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8');
      if (text.endsWith(']')) return JSON.parse(text);
    }
    await wait(50);
  }
  throw new Error('a peer did not make its people in time');
}
