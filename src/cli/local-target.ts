/** Commands on the data folder of this machine: whoever may write it may do everything. */

import type { ConfigLine, OpenedSallyport } from './context.ts';
import { localAudit } from './local-audit.ts';
import { localSessions, localUsers } from './local-operations.ts';
import { localTokens } from './local-tokens.ts';
import type { OperatorTarget } from './operator-target.ts';

/** Nobody is named as the one who acts: the wiring has the operator act for the process. */
const BY_OPERATOR = {};

export function localTarget(
  opened: OpenedSallyport,
  dataFolder: string,
  describeConfig: () => readonly ConfigLine[],
): OperatorTarget {
  const { authSwitch, operations, providerProbes, userExports, userImports } = opened;
  return {
    place: `in ${dataFolder}`,
    tokens: localTokens(opened),
    auth: {
      isEnabled: () => authSwitch.isEnabled(),
      set: async (isEnabled) => {
        await authSwitch.set(isEnabled, BY_OPERATOR);
        return authSwitch.isEnabled();
      },
    },
    users: localUsers(opened),
    sessions: localSessions(opened),
    transfers: {
      importUsers: (pieces, format, options) =>
        userImports.run(pieces, format, options, BY_OPERATOR),
      exportUsers: (format) => userExports.run(format, BY_OPERATOR),
    },
    audit: localAudit(opened),
    providers: {
      list: async () => providerProbes.list(),
      test: ({ id }) => providerProbes.probe(id),
    },
    countEverything: () => operations.countEverything(),
    readSettings: async () => ({
      lines: describeConfig(),
      isAuthEnabled: await authSwitch.isEnabled(),
    }),
  };
}
