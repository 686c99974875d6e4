/** Who is signed in to the console, and the calls that begin and end it. */

import { useQuery } from '@tanstack/react-query';
import { call } from './call.ts';
import { isProblem, Problem } from './problem.ts';
import { noteSignedOut, queryClient, SESSION_KEY } from './query-client.ts';

export interface ConsoleSession {
  readonly kind: 'admin' | 'user';
  readonly user_id: number | null;
  readonly username: string;
  readonly signed_in_at: string;
  readonly password_entered_at: string;
  readonly idle_expires_at: string;
  readonly expires_at: string;
}

export interface Start {
  readonly app_name: string;
  readonly admin_exists: boolean;
  readonly may_create_admin: boolean;
}

const PATH = '/management/console/session';

export interface Credentials {
  /** None for the built-in admin. */
  readonly username?: string;
  readonly password: string;
}

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

export async function signIn(credentials: Credentials): Promise<void> {
  const session = await call<ConsoleSession>('POST', PATH, { body: credentials, isSignIn: true });
  queryClient.setQueryData(SESSION_KEY, session);
}

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
    queryFn: () => call<Start>('GET', '/management/console/start'),
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
