/** The providers that people may sign in with, and whether this server can reach them. */

import { Alert, Badge, Button, Code, Group, Paper, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Empty } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { When } from '../parts/when.tsx';
import styles from './settings.module.css';
import { type Provider, testProvider } from './settings-calls.ts';

export function ProvidersSection({ providers }: { readonly providers: readonly Provider[] }) {
  if (providers.length === 0) return <NoProvider />;
  return (
    <Stack gap="sm">
      {providers.map((provider) => (
        <OneProvider key={provider.id} provider={provider} />
      ))}
    </Stack>
  );
}

function NoProvider() {
  return (
    <Paper withBorder>
      <Empty title="People sign in with passwords only">
        To let them sign in with Google or another OpenID Connect provider, set{' '}
        <Code>GOOGLE_CLIENT_ID</Code>, <Code>GOOGLE_CLIENT_SECRET</Code> and{' '}
        <Code>GOOGLE_CLIENT_REDIRECT_URL</Code> and start the server again.
      </Empty>
    </Paper>
  );
}

const STATES: Record<Provider['state'], { label: string; color: string }> = {
  not_tried: { label: 'Not tried yet', color: 'gray' },
  reachable: { label: 'Reachable', color: 'teal' },
  unreachable: { label: 'Not reachable', color: 'red' },
};

function OneProvider({ provider }: { readonly provider: Provider }) {
  const { id, name, issuer, state, tried_at: triedAt, detail } = provider;
  const headingId = useId();
  const { isRunning, error, run } = useAction(
    async () => {
      const tried = await testProvider(id);
      if (tried.state === 'reachable') announceDone(`${name} answers as it should.`);
    },
    () => undefined,
  );
  const { label, color } = STATES[state];
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={headingId}>
      <Stack gap="sm">
        <Group justify="space-between" gap="md" align="start">
          <Stack gap={4} miw={0} flex="1 1 240px">
            <Group gap="sm">
              <Text fw={600} id={headingId}>
                {name}
              </Text>
              <Badge variant="light" color={color}>
                {label}
              </Badge>
            </Group>
            <Text size="sm" c="dimmed">
              {issuer}
            </Text>
            <Text size="xs" c="dimmed">
              Last tried: <When at={triedAt} never="not since this server was started" />
            </Text>
          </Stack>
          <Button variant="default" loading={isRunning} onClick={() => void run()}>
            Test now
          </Button>
        </Group>
        {error !== null && <Failure title="It could not be tested" error={error} />}
        {state === 'unreachable' && <WhatToDo issuer={issuer} detail={detail} />}
      </Stack>
    </Paper>
  );
}

function WhatToDo({ issuer, detail }: { readonly issuer: string; readonly detail: string | null }) {
  return (
    <Alert color="red" variant="light" role="alert" title="People cannot sign in with it">
      <Stack gap="xs">
        {detail !== null && <Text size="sm">{detail}</Text>}
        <Text size="sm" c="var(--mantine-color-text)">
          On the server’s machine, look whether this answers; if it does not, see to its network,
          names, proxy and certificates. If it does, see whether <Code>GOOGLE_ISSUER</Code> is the
          issuer that the provider names itself.
        </Text>
        <Code
          block
          className={styles.command}
        >{`curl ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`}</Code>
      </Stack>
    </Alert>
  );
}
