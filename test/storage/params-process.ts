/**
 * A process of its own that starts on a data folder, or renews its parameters, when it is told to.
 * With a third argument it is killed at that moment: `fs.linkSync` and the like, or part of an SQL
 * statement.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { renewParams } from '../../src/renew-params.ts';
import { openSallyport } from '../../src/wiring.ts';
import { testConfig } from '../support/test-config.ts';
import { tapConnections } from './tapped-connections.ts';

const [action = '', folder = '', killAt = ''] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
if (killAt.startsWith('fs.')) {
  Object.assign(fs, { [killAt.slice('fs.'.length)]: die });
  syncBuiltinESMExports();
} else if (killAt !== '') {
  tapConnections((sql) => void (sql.includes(killAt) && die()));
}

async function act(): Promise<string | null> {
  const config = testConfig({ DATA_DIR: folder });
  if (action === 'renew') {
    await renewParams(config, { kind: 'operator', name: null });
    return null;
  }
  const sallyport = await openSallyport(config, { record: () => undefined });
  const origin = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };
  const input = { name: 'ci', description: '', permissions: 1, expiresInSeconds: null };
  const { raw } = await sallyport.accessTokens.create(input, { origin });
  await sallyport.close();
  return raw;
}

process.on('message', async () => {
  try {
    process.send?.({ raw: await act() });
  } catch (error) {
    process.send?.({ fault: error instanceof Error ? error.message : String(error) });
  }
  process.disconnect();
});
// Under strace there is nobody to wait for.
if (process.send === undefined) await act();
else process.send('ready');
