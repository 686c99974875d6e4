/** Every scenario, in the order in which they run. A new one is a file in scenarios/ and a line. */

import { checksUnderSignIns } from './scenarios/checks-under-sign-ins.ts';
import { credentialChecks } from './scenarios/credential-checks.ts';
import { footprint } from './scenarios/footprint.ts';
import { overload } from './scenarios/overload.ts';
import { refreshes } from './scenarios/refreshes.ts';
import { signIns } from './scenarios/sign-ins.ts';
import { slowDisk } from './scenarios/slow-disk.ts';
import { twoServers } from './scenarios/two-servers.ts';
import type { Scenario } from './suite.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...credentialChecks,
  ...signIns,
  checksUnderSignIns,
  overload,
  ...refreshes,
  slowDisk,
  twoServers,
  footprint,
];
