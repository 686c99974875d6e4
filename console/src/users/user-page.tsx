/** One user: state and role, password, sessions, what happened lately, and the end of it. */

import { Anchor, Button, Skeleton, Stack, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { Link, useParams } from 'wouter';
import { isProblem } from '../api/problem.ts';
import type { User } from '../api/types.ts';
import { RecentEvents } from '../audit/recent-events.tsx';
import { Empty } from '../parts/empty.tsx';
import { Facts } from '../parts/facts.tsx';
import { Failure } from '../parts/failure.tsx';

import { Page } from '../parts/page.tsx';
import { When } from '../parts/when.tsx';
import { SessionList } from '../sessions/session-list.tsx';
import { UserActions } from './user-actions.tsx';
import { RoleBadge, StateBadge } from './user-badges.tsx';
import { useUser } from './user-calls.ts';

export function UserPage() {
  const { id = '' } = useParams<{ id: string }>();
  const isId = /^[1-9]\d{0,14}$/.test(id);
  const user = useUser(isId ? Number(id) : Number.NaN);
  if (!isId || isProblem(user.error, 'user_not_found')) return <NoSuchUser />;
  if (user.data !== undefined) return <OneUser user={user.data} />;
  if (user.isPending) return <LoadingUser />;
  return (
    <Page title="User">
      <Failure error={user.error} onRetry={() => void user.refetch()} />
    </Page>
  );
}

function OneUser({ user }: { readonly user: User }) {
  const lead = (
    <Anchor component={Link} href="/users" size="sm">
      All users
    </Anchor>
  );
  return (
    <Page title={user.username} lead={lead} actions={<UserActions user={user} />}>
      <UserFacts user={user} />
      <Section title="Sessions">
        <SessionList
          userId={String(user.id)}
          namesPeople={false}
          empty={
            <Empty title="Not signed in">
              {user.enabled
                ? 'Sessions are shown here from the next sign-in on.'
                : 'While the account is disabled nobody can sign in with it.'}
            </Empty>
          }
        />
      </Section>
      <Section title="What happened lately">
        <RecentEvents
          filters={{ subject: String(user.id) }}
          caption="Events of the audit trail about this user"
          more="All events about this user"
          empty={
            <Empty title="Nothing yet">
              What the audit trail has about this user is shown here.
            </Empty>
          }
        />
      </Section>
    </Page>
  );
}

const ORIGINS: Record<User['origin'], string> = {
  operator: 'By an operator',
  environment: 'By the settings of the server',
  imported: 'By an import',
  provider: 'By signing in with a provider',
};

function UserFacts({ user }: { readonly user: User }) {
  return (
    <Facts
      facts={[
        ['State', <StateBadge key="state" enabled={user.enabled} />],
        ['Role', <RoleBadge key="role" role={user.role} />],
        ['Password', user.has_password ? 'Set' : 'None: signs in with a provider'],
        ['Last sign-in', <When key="last" at={user.last_sign_in_at} />],
        ['Added', <When key="added" at={user.created_at} />],
        ['Added how', ORIGINS[user.origin]],
        ['Live sessions', user.live_sessions],
        ['Id', user.id],
      ]}
    />
  );
}

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

function Section({ title, children }: SectionProps) {
  const id = useId();
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function LoadingUser() {
  return (
    <Stack gap="lg" role="status" aria-label="Loading">
      <Skeleton height={32} width={260} />
      <Skeleton height={140} />
      <Skeleton height={200} />
    </Stack>
  );
}

function NoSuchUser() {
  return (
    <Page title="There is no such user">
      <Empty
        title="Nobody has this id"
        action={
          <Button component={Link} href="/users" variant="default">
            All users
          </Button>
        }
      >
        The user was deleted, or the address is not right.
      </Empty>
    </Page>
  );
}
