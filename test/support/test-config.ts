/** The configuration of servers under test. Loads no server: many small processes import it. */

import { type Config, readConfig } from '../../src/config.ts';

/** Satisfies the admin policy. */
export const ADMIN_PASSWORD = 'MyNewSecurePwd!2';

/** From settings by their environment names. @throws Error with every fault of them */
export function testConfig(environment: Record<string, string>): Config {
  const { config, faults } = readConfig(environment);
  if (config === null) throw new Error(faults.join('\n'));
  return config;
}
