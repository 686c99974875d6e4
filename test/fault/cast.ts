/** Who acts when servers are killed: the accounts and sessions that a round begins with. */

import type { Config } from '../../src/config.ts';
import { openSallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { KnownSession, Person } from './traffic.ts';

/** Guessing is another test's matter; the longest grace, because a restart takes its time. */
export const SETTINGS = {
  LOGIN_FAILURES_PER_MINUTE: '1000',
  ACCOUNT_FAILURES_PER_MINUTE: '1000',
  REFRESH_GRACE_SECONDS: '60',
};
/** Signs in with a real hash, which is slow. */
export const PERSON: Person = { username: 'maria', password: 'correct horse' };
/** Has a test hash, so that its sessions cost nothing to open. */
const REGULAR: Person = { username: 'bertold', password: 'another horse' };
const ORIGIN = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };

function openFast(config: Config) {
  const passwordEngine = new FastPasswordEngine();
  return openSallyport(config, { record: () => undefined }, { passwordEngine });
}

/** The accounts, with real hashes where they are checked over HTTP; gives the manager's token. */
export async function furnish(config: Config): Promise<string> {
  const account = { role: 'STANDARD', origin: 'operator' } as const;
  const real = await openSallyport(config, { record: () => undefined });
  await real.admin.create(ADMIN_PASSWORD);
  await real.users.create({ ...PERSON, ...account });
  const token = { name: 'manager', description: '', permissions: 4, expiresInSeconds: null };
  const { raw } = await real.accessTokens.create(token, { origin: ORIGIN });
  await real.close();
  const fast = await openFast(config);
  await fast.users.create({ ...REGULAR, ...account });
  await fast.close();
  return raw;
}

/** Sessions to begin a round with; the tokens of earlier rounds are cleared away. */
export async function openSessions(config: Config, count: number): Promise<KnownSession[]> {
  const { sessions, accessTokens, close } = await openFast(config);
  const opened: KnownSession[] = [];
  for (let index = 1; index <= count; index += 1) {
    const pair = await sessions.signIn(REGULAR.username, REGULAR.password, ORIGIN);
    const { accessToken: access, refreshToken: refresh } = pair;
    opened.push({ subject: `session ${index}`, pairs: [{ access, refresh }] });
  }
  for (const token of await accessTokens.list()) {
    if (token.name !== 'manager') await accessTokens.delete(token.id, { origin: ORIGIN });
  }
  await close();
  return opened;
}
