/** Whom and what an event is about, by name where there still is one. */

import { useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import type { AuditEvent } from './audit-calls.ts';

const KEPT_MS = 5 * 60_000;

/** Undefined while it is not known; null where it is deleted, or may not be seen. */
function useName(kind: 'users' | 'access-tokens', id: string | null): string | null | undefined {
  const { data, isError } = useQuery({
    queryKey: [kind, 'name', id],
    queryFn: async ({ signal }) => {
      const path = `/management/${kind}/${encodeURIComponent(id ?? '')}`;
      const answer = await call<{ name?: string; username?: string }>('GET', path, { signal });
      return answer.username ?? answer.name ?? '';
    },
    enabled: id !== null && /^\d+$/.test(id),
    staleTime: KEPT_MS,
    refetchOnWindowFocus: false,
    retry: false,
  });
  return isError ? null : data;
}

export function useUserName(id: string | null): string {
  const name = useName('users', id);
  if (name === null) return `user ${id}, deleted`;
  return name ?? `user ${id}`;
}

export function useTokenName(id: string | null): string {
  const name = useName('access-tokens', id);
  if (name === null) return `access token ${id}, deleted`;
  return name === undefined ? `access token ${id}` : `access token ${name}`;
}

export function UserName({ id }: { readonly id: string }) {
  return <>{useUserName(id)}</>;
}

export function TokenName({ id }: { readonly id: string }) {
  return <>{useTokenName(id)}</>;
}

/** Whom it is about. */
export function SubjectName({ event }: { readonly event: AuditEvent }) {
  const { subject, reason } = event;
  if (subject === 'admin') return <>the built-in admin</>;
  if (subject !== null) return <UserName id={subject} />;
  return <>{reason === 'unknown_user' ? 'a name that nobody has' : 'somebody unknown'}</>;
}

const ACTORS: Record<AuditEvent['actor_kind'], string> = {
  admin: 'Built-in admin',
  user: 'User',
  access_token: 'Access token',
  operator: 'Operator at the command line',
  server: 'The server itself',
  anonymous: 'Nobody signed in',
};

export const ACTOR_CHOICES = Object.entries(ACTORS).map(([value, label]) => ({ value, label }));

/** Who did it. */
export function ActorName({ event }: { readonly event: AuditEvent }) {
  const { actor_kind: kind, actor_id: id } = event;
  if (id === null) return <>{ACTORS[kind]}</>;
  if (kind === 'user') return <UserName id={id} />;
  if (kind === 'access_token') return <TokenName id={id} />;
  return (
    <>
      {kind === 'operator' ? 'Operator' : ACTORS[kind]} {id}
    </>
  );
}
