/** A user client on a test server whose answers can be lost, delayed or replaced on the way. */

import {
  createUserClient,
  type UserClient,
  type UserClientOptions,
} from '../../packages/client/src/index.ts';
import { createUser } from './accounts.ts';
import type { TestServer } from './test-server.ts';

type Fetch = typeof globalThis.fetch;
/** Sees every request; calls `forward` when (and as often as) it should reach the server. */
export type Interceptor = (path: string, forward: () => Promise<Response>) => Promise<Response>;

/** A fetch that counts what it sends by path, and what stands in its way. */
export class WatchedFetch {
  readonly sent: { path: string; bearer: string | null; body: unknown }[] = [];
  intercept: Interceptor = (_, forward) => forward();

  readonly fetch: Fetch = (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    this.sent.push({
      path: pathname,
      bearer: request.headers.get('authorization'),
      body: init?.body,
    });
    return this.intercept(pathname, () => fetch(input, init));
  };

  to(path: string) {
    return this.sent.filter((request) => request.path === path);
  }
}

export const REFRESH = '/api/auth/refresh';
export const VERIFY = '/api/auth/verify';

export interface Harness {
  readonly client: UserClient;
  readonly watched: WatchedFetch;
  /** Every wait that the client asked for, in milliseconds. */
  readonly waits: number[];
  readonly username: string;
  readonly password: string;
  /** Moves the clocks of the client and of the server. */
  advanceSeconds(seconds: number): void;
}

/** The client's clock is years away from the server's, and its waits pass at once on both. */
export async function startClient(
  server: TestServer,
  options: Partial<UserClientOptions> & { as?: { username: string; password: string } } = {},
): Promise<Harness> {
  const { username, password } = options.as ?? (await createUser(server));
  const watched = new WatchedFetch();
  const waits: number[] = [];
  const offsetMs = Date.UTC(2031, 0, 1) - server.clock.nowMs();
  const client = createUserClient({
    baseUrl: server.url,
    fetch: watched.fetch,
    now: () => server.clock.nowMs() + offsetMs,
    wait: async (ms) => {
      waits.push(ms);
      server.clock.advanceMs(ms);
    },
    ...options,
  });
  const advanceSeconds = (seconds: number) => server.clock.advanceSeconds(seconds);
  return { client, watched, waits, username, password, advanceSeconds };
}

/** A storage of one text that several clients share, as tabs share localStorage. */
export function sharedText(name: string) {
  const kept: { text: string | null } = { text: null };
  const tab = () => ({
    sharedName: name,
    read: async () => kept.text,
    write: async (text: string | null) => {
      kept.text = text;
    },
  });
  return { kept, tab };
}

/** Web Locks for Node lines that have none. */
export class QueueLocks {
  readonly granted: string[] = [];
  #last = new Map<string, Promise<unknown>>();

  request(name: string, _: object, callback: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(() => {
      this.granted.push(name);
      return callback();
    });
    this.#last.set(name, turn);
    return turn;
  }
}
