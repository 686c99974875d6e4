/**
 * One call of the server's API. The browser attaches the session's cookie; nothing that opens a
 * door is ever seen by this code.
 */

import { askForPassword } from './password-prompt.ts';
import { isProblem, NO_ANSWER, Problem, readProblem } from './problem.ts';
import { noteSignedOut } from './query-client.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  /** What is null, undefined or empty is left out. */
  readonly query?: Query;
  readonly body?: object;
  /** In place of a body of JSON: sent as it is. */
  readonly file?: { readonly type: string; readonly content: Blob };
  /** The version that the change is meant for: of anything later it is refused with 412. */
  readonly version?: number;
  readonly signal?: AbortSignal;
  /** For sign-in: a 401 is then an answer like any other. */
  readonly isSignIn?: boolean;
}

/** @throws Problem */
export async function call<Answer>(
  method: Method,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  try {
    return await callOnce(method, path, options);
  } catch (error) {
    if (!isProblem(error, 'password_confirmation_required')) throw error;
    await askForPassword();
    return await callOnce(method, path, options);
  }
}

async function callOnce<Answer>(
  method: Method,
  path: string,
  { query = {}, body, file, version, signal, isSignIn = false }: CallOptions,
): Promise<Answer> {
  const answer = await send(`${path}${writeQuery(query)}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(file && { 'content-type': file.type }),
      ...(version !== undefined && { 'if-match': `"v${version}"` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(file && { body: file.content }),
    ...(signal && { signal }),
  });
  if (answer.ok) return (await answer.json()) as Answer;
  const problem = await readProblem(answer);
  if (answer.status === 401 && !isSignIn) noteSignedOut();
  throw problem;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const detail = 'The server cannot be reached. Check that it runs and that you are online.';
    throw new Problem(NO_ANSWER, { detail, code: 'unreachable' }, { cause: error });
  }
}

export function writeQuery(query: Query): string {
  const entries = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  if (entries.length === 0) return '';
  return `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`;
}
