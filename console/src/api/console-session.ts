/** Who is signed in to the console, and the calls that begin and end it. */

import { useQuery } from '@tanstack/react-query';
import { call } from './call.ts';
import { isProblem, Problem } from './problem.ts';
import { noteSignedOut, queryClient, SESSION_KEY } from './query-client.ts';
import type { AnswerOf, BodyOf } from './types.ts';

export type ConsoleSession = AnswerOf<'console_session'>;

const PATH = '/management/console/session';

/** `data` is null when nobody is signed in. */
export function useConsoleSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: Infinity });
}

async function readSession(): Promise<ConsoleSession | null> {
  try {
    return await call<ConsoleSession>('GET', PATH, { isSignIn: true });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(credentials: BodyOf<'console_sign_in'>): Promise<void> {
  await call('POST', PATH, { body: credentials, isSignIn: true });
  const session = await readSession();
  // Browsers keep no `Secure` cookie that came over plain http, and say nothing.
  if (session === null) throw new Problem(401, { detail: COOKIE_LOST, code: 'cookie_lost' });
  queryClient.setQueryData(SESSION_KEY, session);
}

const COOKIE_LOST =
  'The password is right, but your browser did not keep the cookie of the session. Open the ' +
  'console over https, and allow cookies for this site. To try it without TLS, start the server ' +
  'with COOKIE_SECURE=false.';

export async function signOut(): Promise<void> {
  await call('DELETE', PATH);
  noteSignedOut();
}

export async function confirmPassword(password: string): Promise<void> {
  const body = { password };
  const path = `${PATH}/confirmation`;
  try {
    const session = await call<ConsoleSession>('POST', path, { body, isSignIn: true });
    queryClient.setQueryData(SESSION_KEY, session);
  } catch (error) {
    if (isProblem(error, 'bearer_invalid')) noteSignedOut();
    throw error;
  }
}

export function useStart() {
  return useQuery({
    queryKey: ['console', 'start'],
    queryFn: () => call<AnswerOf<'console_start'>>('GET', '/management/console/start'),
  });
}

/** The one call outside the management API: it works from the server's own machine only. */
export async function createAdminAndSignIn(password: string): Promise<void> {
  await call('POST', '/auth/admin', { body: { password }, isSignIn: true });
  try {
    await signIn({ password });
  } finally {
    // The sign-in takes over where this first one failed.
    await queryClient.invalidateQueries({ queryKey: ['console', 'start'] });
  }
}
