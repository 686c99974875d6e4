/** Commands on the data folder of this machine: whoever may write it may do everything. */

import type { AccessTokenRecord } from '../core/access-token-repository.ts';
import type { NewAccessToken } from '../core/access-tokens.ts';
import { formatPermissions, parsePermissions } from '../core/permissions.ts';
import type { ConfigLine, OpenedSallyport } from './context.ts';
import { localAudit } from './local-audit.ts';
import { localSessions, localUsers } from './local-operations.ts';
import type { CreatedToken, ListedToken, OperatorTarget, TokenTarget } from './operator-target.ts';

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

function localTokens({ accessTokens }: OpenedSallyport): TokenTarget {
  return {
    create: async ({ permissions, ...input }) => {
      const mask = parsePermissions(permissions.join(',')) ?? 0;
      return toCreated(await accessTokens.create({ ...input, permissions: mask }, BY_OPERATOR));
    },
    list: async () => (await accessTokens.list()).map(toListed),
    rotate: async (id) => toCreated(await accessTokens.rotate(id, BY_OPERATOR)),
    delete: (id) => accessTokens.delete(id, BY_OPERATOR),
  };
}

function toListed(record: AccessTokenRecord): ListedToken {
  const { id, name, description, createdAtMs, expiresAtMs } = record;
  const { lastUsedAtMs, suspendedAtMs } = record;
  const permission = formatPermissions(record.permissions);
  const about = { id, name, description, permission, createdAtMs, expiresAtMs };
  return { ...about, lastUsedAtMs, suspendedAtMs };
}

function toCreated(created: NewAccessToken): CreatedToken {
  return { ...toListed(created), raw: created.raw };
}
