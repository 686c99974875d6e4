/** Decision 1: JWTs that are nearly ours. The forgeries are in support/jwt-forgeries.ts. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startCheckedServer } from '../support/checked-call.ts';
import { claimsOf, forge, secretsOf } from '../support/forged-tokens.ts';
import { FORGERIES, type Genuine } from '../support/jwt-forgeries.ts';
import type { TestServer } from '../support/test-server.ts';
import {
  ADMIN_DOORS,
  type DoorName,
  LIVE,
  NO_GATE,
  showAtEveryDoor,
  UNCONFIRMED,
} from '../support/token-doors.ts';

let server: TestServer;
let canary: Server;
let canaryCalls = 0;
before(async () => {
  server = await startCheckedServer();
  canary = createServer((_request, response) => {
    canaryCalls += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
});
after(() => Promise.all([server.close(), new Promise((resolve) => canary.close(resolve))]));

interface Base {
  readonly name: string;
  readonly mint: (server: TestServer) => Promise<string>;
  readonly key: 'admin' | 'user';
  readonly opens: readonly DoorName[];
  /** What it hears at other doors, where that is not what a dead one hears. */
  readonly refused?: Parameters<typeof showAtEveryDoor>[3][];
}

const BASES: Base[] = [
  {
    name: 'an admin JWT',
    mint: LIVE.adminJwt,
    key: 'admin',
    opens: ['manage tokens', 'switch', ...ADMIN_DOORS],
  },
  {
    name: 'an access JWT',
    mint: LIVE.managerAccess,
    key: 'user',
    opens: ['verify', 'logout', 'own account', 'manage users', 'administer'],
    refused: [UNCONFIRMED, NO_GATE],
  },
  {
    name: 'a refresh JWT',
    mint: LIVE.userRefresh,
    key: 'user',
    opens: ['refresh', 'logout by body'],
  },
];

for (const { name: base, mint, key, opens, refused = [] } of BASES) {
  describe(`${base}, forged`, () => {
    let genuine: Genuine;
    before(async () => {
      const secrets = secretsOf(server.folder);
      genuine = {
        token: await mint(server),
        secret: secrets[key],
        otherSecret: secrets[key === 'admin' ? 'user' : 'admin'],
        canaryUrl: `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys`,
      };
    });

    // None of the forgeries may have cost the genuine one its life.
    after(() => showAtEveryDoor(server, () => genuine.token, opens, ...refused));

    for (const [name, make] of FORGERIES) {
      test(`with ${name} opens nothing`, () => showAtEveryDoor(server, () => make(genuine)));
    }

    test('to be of another kind opens nothing, under its own key', async () => {
      const own = claimsOf(genuine.token);
      const kinds = ['admin', 'access', 'refresh'].filter((kind) => kind !== own.token_type);
      for (const token_type of kinds) {
        // A refresh JWT that says access would be one: those two share their key and their claims.
        if (key === 'user' && token_type !== 'admin') continue;
        const more = { token_type, sub: 'admin', user_id: 1, sid: own.sid ?? 'x', gen: 1 };
        await showAtEveryDoor(server, () => forge(genuine.secret, { ...own, ...more }));
      }
    });
  });
}

test('no forgery made the server ask elsewhere or changed what all objects are', () => {
  assert.equal(canaryCalls, 0);
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal('role' in {}, false);
});
