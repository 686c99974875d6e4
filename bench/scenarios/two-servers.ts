/**
 * Two server processes on one PostgreSQL beside one, each on a core of its own and each asked by a
 * load generator of its own. It says nothing where servers and load would share the cores.
 */

import { availableParallelism } from 'node:os';
import { type Load, runLoad } from '../load/run-load.ts';
import type { Place } from '../machine.ts';
import { startSubject } from '../subject/subject-server.ts';
import { type Contender, type Round, type Scenario, SUBJECT } from '../suite.ts';
import { checkRequest, SESSION_CHECK } from './credential-checks.ts';

const CONNECTIONS_EACH = 32;
const CORES_NEEDED = 4;

export const twoServers: Scenario = {
  name: 'two-servers',
  title: 'GET /api/auth/verify on two servers that share a PostgreSQL, beside one',
  databases: ['postgres'],
  contenders: [
    contender(SUBJECT, 'subject', ['server', 'second_server']),
    contender('one server', 'limit', ['server']),
  ],
  findObstacle: () => {
    const cores = availableParallelism();
    if (cores >= CORES_NEEDED) return null;
    return `two servers and what loads them need ${CORES_NEEDED} cores, and here are ${cores}`;
  },
};

function contender(name: string, role: Contender['role'], places: readonly Place[]): Contender {
  return {
    name,
    role,
    measure: async ({ scope, root, database, sites, effort }: Round) => {
      const { people, settings } = await sites.copy(scope, root, database);
      const requests = people.map((person) => checkRequest(SESSION_CHECK, person));
      const servers = await Promise.all(
        places.map((place) => startSubject(scope, { root, place, settings })),
      );
      const loads: Load[] = await Promise.all(
        servers.map((server) =>
          runLoad(server, {
            ...effort,
            connections: CONNECTIONS_EACH,
            work: { kind: 'same', requests },
            expected: SESSION_CHECK.expected,
          }),
        ),
      );
      const perSecond = loads.reduce((sum, load) => sum + load.perSecond, 0);
      const loadUtilization = Math.max(...loads.map(({ result }) => result.utilization));
      return { figures: { perSecond, loadUtilization } };
    },
  };
}
