/**
 * The server as an operator runs it, with a real clock and real hashing, but in this process and
 * without what is about one: signals, the log, the greeting. Its start costs a tenth.
 */

import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createServer } from '../../src/http/server.ts';
import { closeWithin, SHUTDOWN_GRACE_MS, serverSettings } from '../../src/serve.ts';
import { openSallyport } from '../../src/wiring.ts';
import { testConfig } from './test-config.ts';

export interface ServerHere {
  readonly url: string;
  close(): Promise<void>;
}

/** On a free port of this machine; settings by their environment names. */
export async function startServerHere(settings: Record<string, string>): Promise<ServerHere> {
  const config = testConfig(settings);
  const sallyport = await openSallyport(config, { record: () => undefined });
  const log = pino({ level: 'silent' });
  const app = await createServer(sallyport, serverSettings(config), log);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await closeWithin(app, SHUTDOWN_GRACE_MS);
      await sallyport.close();
    },
  };
}
