/**
 * The whole server in this process, on a real port and a real database (test-database.ts), with a
 * clock that the test moves and a password hash that costs nothing.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { SecurityEvent } from '../../src/core/events.ts';
import type { PasswordEngine } from '../../src/crypto/password-threads.ts';
import { createServer } from '../../src/http/server.ts';
import { serverSettings } from '../../src/serve.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FakeClock } from './fake-clock.ts';
import { FastPasswordEngine } from './fast-password-engine.ts';
import { type CallAnswer, type CallOptions, call } from './http-call.ts';
import { ADMIN_PASSWORD, testConfig } from './test-config.ts';
import { forgetPlace, noteServer, placeSettings, prepareFolder } from './test-database.ts';

export interface TestServer {
  readonly url: string;
  readonly folder: string;
  readonly clock: FakeClock;
  readonly engine: FastPasswordEngine;
  readonly sallyport: Sallyport;
  /** Every security event so far. */
  readonly events: SecurityEvent[];
  /** Every log line so far, as text. */
  readonly logLines: string[];
  call(method: string, path: string, options?: CallOptions): Promise<CallAnswer>;
  /** Creates the admin if need be and gives an admin JWT. */
  signInAdmin(): Promise<string>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Settings by their environment names. */
  readonly settings?: Record<string, string>;
  /** A data folder to use (and keep) instead of a new one. */
  readonly folder?: string;
  readonly clock?: FakeClock;
  /** In place of the fast one, for tests of real hashes. */
  readonly passwordEngine?: PasswordEngine;
  readonly host?: string;
  /** A built console in place of the one of this checkout. */
  readonly consoleFolder?: string;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  if (options.folder === undefined) await prepareFolder(folder);
  const clock = options.clock ?? new FakeClock();
  const engine = new FastPasswordEngine();
  const events: SecurityEvent[] = [];
  const logLines: string[] = [];
  const config = testConfig({ ...(await placeSettings(folder)), ...options.settings });
  const recorder = { record: (event: SecurityEvent) => void events.push(event) };
  const passwordEngine = options.passwordEngine ?? engine;
  const sallyport = await openSallyport(config, recorder, { clock, passwordEngine });
  noteServer(folder, sallyport.database);
  const log = pino({ level: 'trace' }, { write: (line: string) => void logLines.push(line) });
  const { consoleFolder } = options;
  const settings = { ...serverSettings(config), ...(consoleFolder && { consoleFolder }) };
  const app = await createServer(sallyport, settings, log);
  await app.listen({ host: options.host ?? '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const callServer = (method: string, path: string, callOptions?: CallOptions) =>
    call(url, method, path, callOptions);
  return {
    url,
    folder,
    clock,
    engine,
    sallyport,
    events,
    logLines,
    call: callServer,
    signInAdmin: () => signInAdmin(sallyport, callServer),
    close: async () => {
      await app.close();
      await sallyport.close();
      if (options.folder !== undefined) return;
      await forgetPlace(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function signInAdmin(sallyport: Sallyport, callServer: TestServer['call']): Promise<string> {
  if (!(await sallyport.admin.exists())) await sallyport.admin.create(ADMIN_PASSWORD);
  const answer = await callServer('POST', '/auth/admin/login', {
    body: { password: ADMIN_PASSWORD },
  });
  if (answer.status !== 200) throw new Error(`the admin could not sign in: ${answer.text}`);
  return answer.json.token;
}
