/** What the peers are asked in place of Sallyport's calls, and what they answer. */

import type { Calls, LoadPlan } from '../load/plan.ts';
import { getRequest, postHead, postRequest } from '../load/requests.ts';
import type { MeasuredProcess } from '../processes.ts';
import { CLIENT_AUTHORIZATION } from './oidc-client.ts';
import type { PeerPerson } from './peer-people.ts';

type People = readonly PeerPerson[];

const JSON_BODY = 'Content-Type: application/json';
const FORM_BODY = 'Content-Type: application/x-www-form-urlencoded';

/** Whether a session lives, and whose it is. */
export function betterAuthChecks(people: People): Calls {
  const requests = people.map(({ credential }) =>
    getRequest('/api/auth/get-session', ['Host: 127.0.0.1', `Cookie: ${credential}`]),
  );
  return { work: { kind: 'same', requests }, expected: ok('{"session":{') };
}

export function betterAuthSignIns({ url, host, port }: MeasuredProcess, people: People): Calls {
  const headers = [`Host: ${host}:${port}`, `Origin: ${url}`, JSON_BODY];
  const requests = people.map(({ username: email, password }) =>
    postRequest('/api/auth/sign-in/email', headers, JSON.stringify({ email, password })),
  );
  return { work: { kind: 'same', requests }, expected: ok('{"redirect":false,"token":"') };
}

/** RFC 7662. */
export function oidcProviderChecks(people: People): Calls {
  const headers = ['Host: 127.0.0.1', `Authorization: ${CLIENT_AUTHORIZATION}`, FORM_BODY];
  const requests = people.map(({ credential }) =>
    postRequest('/token/introspection', headers, `token=${credential}`),
  );
  return { work: { kind: 'same', requests }, expected: ok('{"active":true,') };
}

/** RFC 6749 §6, with rotation. */
export function oidcProviderRefreshes(people: People): Calls {
  const headers = ['Host: 127.0.0.1', `Authorization: ${CLIENT_AUTHORIZATION}`, FORM_BODY];
  return {
    work: {
      kind: 'chained',
      heads: [postHead('/token', headers)],
      bodyBefore: 'grant_type=refresh_token&refresh_token=',
      bodyAfter: '',
      field: 'refresh_token',
      first: people.map(({ refreshToken }) => refreshToken),
    },
    expected: ok('{"access_token":"'),
  };
}

function ok(bodyPrefix: string): LoadPlan['expected'] {
  return { status: 200, bodyPrefix };
}
