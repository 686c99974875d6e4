/**
 * Sessions against a model: any sequence of sign-ins, refreshes with any token ever issued,
 * checks, sign-outs, new passwords, disabled users, ends by operators, clock steps and restarts
 * gives exactly the answers of the oracle (contract decisions 5 and 6).
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { testConfig } from '../support/test-config.ts';
import { forgetPlace, placeSettings } from '../support/test-database.ts';
import { type Command, NAMES, SessionComparison } from './session-comparison.ts';

const HOUR_MS = 3_600_000;

const user = fc.nat(NAMES.length - 1);
/** Counted from the newest token back, so that most commands meet living sessions. */
const token = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, fc.nat(30));
const steps = [1, 500, 999, 1_000, 29_500, 30_000, 30_001, 60_000, 60_001, HOUR_MS, 20 * HOUR_MS];
const backSteps = [-1, -999, -30_000, -2 * HOUR_MS];

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sign_in' as const),
      user,
      isRight: fc.integer({ min: 0, max: 7 }).map((die) => die > 0),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('refresh' as const), token }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('verify' as const), token }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('sign_out' as const),
      access: fc.option(token),
      refresh: fc.option(token),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace_password' as const), user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch_user' as const), user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end_sessions' as const), user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end_session' as const), token }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...steps) },
        { weight: 1, arbitrary: fc.constantFrom(...backSteps) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'purge' as const) }),
  },
);

/** Opening a database costs ten times as much there, and the transitions are the same. */
const RUNS = process.env.TEST_DATABASE === 'postgres' ? 15 : 60;

/** Limits are another test's matter. */
const UNLIMITED = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

const SETTINGS: Record<string, Record<string, string>> = {
  'no grace': { REFRESH_GRACE_SECONDS: '0' },
  'a grace of thirty seconds': { REFRESH_GRACE_SECONDS: '30' },
  'the longest grace and short lives': {
    REFRESH_GRACE_SECONDS: '60',
    ACCESS_TOKEN_EXPIRY: '1',
    REFRESH_TOKEN_EXPIRY: '1',
    SESSION_MAX_AGE_DAYS: '1',
  },
  'refresh tokens that outlive the greatest age': {
    REFRESH_TOKEN_EXPIRY: '100',
    SESSION_MAX_AGE_DAYS: '1',
  },
};
for (const [what, settings] of Object.entries(SETTINGS)) {
  test(`sessions with ${what} answer as the model does`, async () => {
    const commands = fc.array(command, { minLength: 5, maxLength: 60, size: 'max' });
    const property = fc.asyncProperty(commands, async (list) => {
      const folder = mkdtempSync(join(tmpdir(), 'sallyport-model-'));
      const comparison = await SessionComparison.start(
        testConfig({ ...(await placeSettings(folder)), ...UNLIMITED, ...settings }),
      );
      try {
        for (const step of list) await comparison.run(step);
      } finally {
        await comparison.close();
        await forgetPlace(folder);
        rmSync(folder, { recursive: true, force: true });
      }
    });
    await fc.assert(property, { numRuns: RUNS });
  });
}
