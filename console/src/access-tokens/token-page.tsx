/** One access token: what it may, until when, who rotates it, and what happened with it lately. */

import { Alert, Anchor, Button, Code, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useId } from 'react';
import { Link, useParams } from 'wouter';
import { isProblem } from '../api/problem.ts';
import { RecentEvents } from '../audit/recent-events.tsx';
import { Empty } from '../parts/empty.tsx';
import { Facts } from '../parts/facts.tsx';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { When } from '../parts/when.tsx';
import { OverlapPanel } from './overlap-panel.tsx';
import { TokenActions } from './token-actions.tsx';
import { Expiry, LastUse, PermissionBadges, TokenStateBadge } from './token-badges.tsx';
import { type AccessToken, useAccessToken } from './token-calls.ts';

export function TokenPage() {
  const { id = '' } = useParams<{ id: string }>();
  const isId = /^[1-9]\d{0,14}$/.test(id);
  const token = useAccessToken(isId ? Number(id) : Number.NaN);
  if (!isId || isProblem(token.error, 'access_token_not_found')) return <NoSuchToken />;
  if (token.data !== undefined) return <OneToken token={token.data} />;
  if (token.isPending) return <LoadingToken />;
  return (
    <Page title="Access token">
      <Failure error={token.error} onRetry={() => void token.refetch()} />
    </Page>
  );
}

function OneToken({ token }: { readonly token: AccessToken }) {
  const lead = (
    <Anchor component={Link} href="/access-tokens" size="sm">
      All access tokens
    </Anchor>
  );
  return (
    <Page title={token.name} lead={lead} actions={<TokenActions token={token} />}>
      <StateNote token={token} />
      <OverlapPanel token={token} />
      <TokenFacts token={token} />
      <RecentTokenEvents id={token.id} />
    </Page>
  );
}

function StateNote({ token }: { readonly token: AccessToken }) {
  if (token.state === 'suspended') {
    return (
      <Alert color="orange" variant="light" title="Suspended by a restore">
        <Text size="sm" c="var(--mantine-color-text)">
          A backup was restored, and it cannot be known whether this token was rotated or deleted
          after that backup. It opens nothing until you rotate it, or until all such tokens are
          accepted with <Code>npx sallyport restore --accept-tokens</Code>.
        </Text>
      </Alert>
    );
  }
  if (token.state === 'expired') {
    return (
      <Alert color="red" variant="light" title="Expired">
        <Text size="sm" c="var(--mantine-color-text)">
          It opens nothing any more and cannot be rotated. Make another one for the program that
          used it, and delete this one.
        </Text>
      </Alert>
    );
  }
  return null;
}

function TokenFacts({ token }: { readonly token: AccessToken }) {
  return (
    <Stack gap="sm">
      {token.description !== '' && <Text size="sm">{token.description}</Text>}
      <Facts
        facts={[
          ['State', <TokenStateBadge key="state" token={token} />],
          ['Permissions', <PermissionBadges key="permissions" permission={token.permission} />],
          ['Expires', <Expiry key="expires" token={token} />],
          ['Last used', <LastUse key="use" token={{ ...token, previous: null }} />],
          ['Made', <When key="made" at={token.created_at} />],
          ['Rotated', <When key="rotated" at={token.rotated_at} />],
          ['Id', token.id],
        ]}
      />
    </Stack>
  );
}

function RecentTokenEvents({ id }: Pick<AccessToken, 'id'>) {
  const titleId = useId();
  return (
    <Stack component="section" gap="sm" aria-labelledby={titleId}>
      <Title order={2} size="h4" id={titleId}>
        What happened lately
      </Title>
      <RecentEvents
        filters={{ access_token_id: String(id) }}
        caption="Events of the audit trail about this access token"
        more="All events about this access token"
        empty={
          <Empty title="Nothing yet">
            That it was made, rotated or refused is shown here. Its uses are not recorded one by
            one.
          </Empty>
        }
      />
    </Stack>
  );
}

function LoadingToken() {
  return (
    <Stack gap="lg" role="status" aria-label="Loading">
      <Skeleton height={32} width={260} />
      <Skeleton height={140} />
      <Skeleton height={200} />
    </Stack>
  );
}

function NoSuchToken() {
  return (
    <Page title="There is no such access token">
      <Empty
        title="No access token has this id"
        action={
          <Button component={Link} href="/access-tokens" variant="default">
            All access tokens
          </Button>
        }
      >
        The token was deleted, or the address is not right.
      </Empty>
    </Page>
  );
}
