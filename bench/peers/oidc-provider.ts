/**
 * oidc-provider with its rotation of refresh tokens and introspection, everything in memory, which
 * is the fastest store there is and keeps nothing. Run as a process: `oidc-provider.ts FOLDER
 * PEOPLE`; leaves `people.json` in the folder.
 */

import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CLIENT } from './oidc-client.ts';
import type { PeerPerson } from './peer-people.ts';

/** Of its package only what is used here: it is not installed when this is checked. */
interface Saved {
  save(): Promise<string>;
}
interface Provider {
  callback(): RequestListener;
  readonly Client: { find(id: string): Promise<object> };
  readonly Grant: new (of: object) => Saved & { addOIDCScope(scope: string): void };
  readonly RefreshToken: new (of: object) => Saved;
  readonly AccessToken: new (of: object) => Saved;
}

type Payload = Record<string, unknown>;

/** One map for all models. The package's own store for trials keeps a thousand entries. */
const stored = new Map<string, Payload>();

class MemoryAdapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async upsert(id: string, payload: Payload): Promise<void> {
    stored.set(this.#key(id), payload);
  }

  async find(id: string): Promise<Payload | undefined> {
    return stored.get(this.#key(id));
  }

  async consume(id: string): Promise<void> {
    const payload = stored.get(this.#key(id));
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    stored.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key);
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }
}

const [folder = '', count = '1'] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const packageName = 'oidc-provider';
const { Provider } = (await import(packageName)) as {
  Provider: new (issuer: string, configuration: object) => Provider;
};
const provider = new Provider(issuer, {
  adapter: MemoryAdapter,
  clients: [
    {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['refresh_token', 'authorization_code'],
      redirect_uris: ['https://app.example.com/callback'],
    },
  ],
  features: { introspection: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: async (_context: unknown, accountId: string) => ({
    accountId,
    claims: async () => ({ sub: accountId }),
  }),
  rotateRefreshToken: true,
});
server.on('request', provider.callback());
process.stderr.write(`oidc-provider listens on ${issuer}\n`);

const client = await provider.Client.find(CLIENT.id);
const people = await Promise.all(Array.from({ length: Number(count) }, (_, index) => admit(index)));
writeFileSync(join(folder, 'people.json'), JSON.stringify(people));

/** What the pages of an authorization would leave behind, without the pages. */
async function admit(index: number): Promise<PeerPerson> {
  const accountId = `person-${index}`;
  // Without `openid`: an ID token would cost an RSA signature that nobody else makes.
  const scope = 'offline_access';
  const grant = new provider.Grant({ accountId, clientId: CLIENT.id });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const common = { accountId, client, grantId, scope, gty: 'authorization_code' };
  const refreshToken = await new provider.RefreshToken(common).save();
  const credential = await new provider.AccessToken(common).save();
  return { username: accountId, password: '', credential, refreshToken };
}
