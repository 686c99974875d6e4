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

interface IdProps {
  readonly id: string;
  /** Whether a sentence begins with it; only words of ours change by that. */
  readonly isFirst?: boolean;
}

export function UserName({ id, isFirst = false }: IdProps) {
  const name = useName('users', id);
  const word = isFirst ? 'User' : 'user';
  if (name === null) return <>{`${word} ${id}, deleted`}</>;
  return <>{name ?? `${word} ${id}`}</>;
}

export function TokenName({ id, isFirst = false }: IdProps) {
  const name = useName('access-tokens', id);
  const words = isFirst ? 'Access token' : 'access token';
  if (name === null) return <>{`${words} ${id}, deleted`}</>;
  return <>{`${words} ${name ?? id}`}</>;
}

interface EventProps extends Pick<IdProps, 'isFirst'> {
  readonly event: AuditEvent;
}

/** Whom it is about. */
export function SubjectName({ event, isFirst = false }: EventProps) {
  const { subject, reason } = event;
  if (subject === 'admin') return <>{isFirst ? 'The' : 'the'} built-in admin</>;
  if (subject !== null) return <UserName id={subject} isFirst={isFirst} />;
  if (reason === 'unknown_user') return <>{isFirst ? 'An' : 'an'} unknown username</>;
  return <>{isFirst ? 'Somebody' : 'somebody'} unknown</>;
}

const ACTORS: Record<AuditEvent['actor_kind'], string> = {
  admin: 'Built-in admin',
  user: 'User',
  access_token: 'Access token',
  operator: 'Operator at the command line',
  server: 'The server itself',
  anonymous: 'Not signed in',
};

export const ACTOR_CHOICES = Object.entries(ACTORS).map(([value, label]) => ({ value, label }));

/** Who did it, as words that stand alone. */
export function ActorName({ event }: EventProps) {
  const { actor_kind: kind, actor_id: id } = event;
  if (id === null) return <>{ACTORS[kind]}</>;
  if (kind === 'user') return <UserName id={id} isFirst />;
  if (kind === 'access_token') return <TokenName id={id} isFirst />;
  return (
    <>
      {kind === 'operator' ? 'Operator' : ACTORS[kind]} {id}
    </>
  );
}
