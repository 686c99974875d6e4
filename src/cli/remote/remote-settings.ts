/** Settings and sign-in providers of a server, over the management API. */

import type { ProviderState } from '../../core/provider-probes.ts';
import type { ConfigLine } from '../context.ts';
import type { OperatorTarget, ProviderTarget } from '../operator-target.ts';
import {
  type AnswerObject,
  readChild,
  readFlag,
  readObject,
  readObjects,
  readOneOf,
  readOptional,
  readText,
  readTimeMs,
} from './answers.ts';
import { type Asked, settle } from './remote-operations.ts';

const STATES = ['not_tried', 'reachable', 'unreachable'] as const;

export function remoteProviders(asked: Asked): ProviderTarget {
  return {
    list: async () => {
      const { call, fields } = await askSettings(asked);
      return readObjects(call, fields.providers).map((object) => ({
        id: readText(object, 'id'),
        name: readText(object, 'name'),
        issuer: readText(object, 'issuer'),
        ...readFinding(object),
      }));
    },
    test: async ({ id, name, issuer }) => {
      const path = `/management/providers/${encodeURIComponent(id)}/test`;
      const found = readFinding(readObject(await settle(asked, { method: 'POST', path })));
      return { id, name, issuer, ...found };
    },
  };
}

export async function readRemoteSettings(
  asked: Asked,
): Promise<Awaited<ReturnType<OperatorTarget['readSettings']>>> {
  const settings = await askSettings(asked);
  const { call, fields } = settings;
  return {
    lines: readObjects(call, fields.settings).map(readLine),
    isAuthEnabled: readFlag(readChild(settings, 'auth'), 'enabled'),
  };
}

async function askSettings(asked: Asked): Promise<AnswerObject> {
  return readObject(await settle(asked, { method: 'GET', path: '/management/settings' }));
}

function readLine(object: AnswerObject): ConfigLine {
  return {
    name: readText(object, 'name'),
    value: readOptional(object, 'value', readText) ?? '',
    isDefault: readFlag(object, 'is_default'),
    meaning: readText(object, 'meaning'),
  };
}

function readFinding(object: AnswerObject): Pick<ProviderState, 'state' | 'triedAtMs' | 'detail'> {
  return {
    state: readOneOf(object, 'state', STATES),
    triedAtMs: readOptional(object, 'tried_at', readTimeMs),
    detail: readOptional(object, 'detail', readText),
  };
}
