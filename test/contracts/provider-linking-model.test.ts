/**
 * Linking against a model: any sequence of sign-ins, accounts made by an operator and accounts
 * disabled leads to exactly the accounts that the oracle names, and never to those of others.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type IdentityCommand, IdentityOracle, ISSUERS } from '../core/identity-oracle.ts';
import { alterDatabase, createUser } from '../support/accounts.ts';
import { BrowserSession } from '../support/cookie-jar.ts';
import { expectLoginPageAgain } from '../support/provider-refusals.ts';
import {
  ACME_LOGIN,
  GOOGLE_LOGIN,
  type ProviderServer,
  signedInAs,
  signInByProvider,
  startProviderServer,
} from '../support/provider-sign-in.ts';

const LOGINS = { google: GOOGLE_LOGIN, acme: ACME_LOGIN };

let server: ProviderServer;
before(async () => {
  server = await startProviderServer();
});
after(() => server.close());

/** Two people, one of them in four spellings of which two are the same to ASCII. */
const name = fc.constantFrom(
  'anna@example.com',
  'ANNA@example.com',
  '\uff41nna@example.com',
  'an\u017f@example.com',
  'ans@example.com',
  'bert@example.com',
);
const verified = fc.oneof(
  { weight: 6, arbitrary: fc.constant(true as unknown) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(false, 'true', 1, null) },
);
const command: fc.Arbitrary<IdentityCommand> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('sign_in' as const),
      issuer: fc.constantFrom(...ISSUERS),
      subject: fc.constantFrom('1', '2', '3'),
      email: fc.oneof({ weight: 9, arbitrary: name }, { weight: 1, arbitrary: fc.constant(null) }),
      verified,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('make_account' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disable' as const), name }) },
);

/** Runs share a server, so each has names and subjects of its own. */
class Comparison {
  readonly #oracle = new IdentityOracle();
  readonly #ids = new Map<string, unknown>();
  readonly #run: number;

  constructor(run: number) {
    this.#run = run;
  }

  async run(step: IdentityCommand): Promise<void> {
    if (step.kind === 'make_account') {
      if (!this.#oracle.makeAccount(step.name)) return;
      const { id } = await createUser(server, { username: this.#own(step.name) });
      this.#ids.set(step.name, id);
    } else if (step.kind === 'disable') {
      const account = this.#oracle.disable(step.name);
      if (account === null) return;
      const id = this.#ids.get(account);
      await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
    } else await this.#signIn(step);
  }

  async #signIn(step: IdentityCommand & { kind: 'sign_in' }): Promise<void> {
    const expected = this.#oracle.signIn(step);
    const browser = new BrowserSession(server);
    const person = {
      sub: `${this.#run}-${step.subject}`,
      ...(step.email !== null && { email: this.#own(step.email) }),
      email_verified: step.verified,
    };
    const answer = await signInByProvider(browser, person, { login: LOGINS[step.issuer] });
    if ('refused' in expected) {
      expectLoginPageAgain(answer, expected.refused, JSON.stringify(step));
      return;
    }
    assert.equal(answer.status, 302, `${JSON.stringify(step)}: ${answer.text}`);
    const { user_id, username } = signedInAs(browser);
    const id = this.#ids.get(expected.account) ?? user_id;
    this.#ids.set(expected.account, id);
    assert.deepEqual([user_id, username], [id, this.#own(expected.account)]);
    const ids = [...this.#ids.values()];
    assert.equal(new Set(ids).size, ids.length, 'no two accounts are one user');
  }

  #own(of: string): string {
    return of.replace('@', `.${this.#run}@`);
  }
}

test('whatever people, operators and providers do, everybody reaches their own account', async () => {
  let runs = 0;
  const commands = fc.array(command, { minLength: 3, maxLength: 25, size: 'max' });
  const property = fc.asyncProperty(commands, async (list) => {
    runs += 1;
    const comparison = new Comparison(runs);
    for (const step of list) await comparison.run(step);
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: false });
});
