/** The auth switch: which way it is, what that means, and who may throw it. */

import { Badge, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useConsoleSession } from '../api/console-session.ts';
import { useStats } from '../overview/overview-calls.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { type AuthState, switchAuth } from './settings-calls.ts';

export function AuthSection({ auth }: { readonly auth: AuthState }) {
  const session = useConsoleSession();
  const [isOpen, dialog] = useDisclosure(false);
  const isAdmin = session.data?.kind === 'admin';
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" gap="md" align="start">
        <Stack gap="xs" flex="1 1 280px">
          <Group gap="sm">
            {auth.enabled ? (
              <Badge variant="light" color="teal">
                On
              </Badge>
            ) : (
              <Badge variant="light" color="red">
                Off
              </Badge>
            )}
          </Group>
          <Text size="sm">
            {auth.enabled
              ? 'What this server guards for other services is open only to who shows a good token.'
              : 'What this server guards for other services is open to everybody, without any sign-in. Access tokens cannot be managed with the admin API meanwhile.'}
          </Text>
          {!isAdmin && (
            <Text size="sm" c="dimmed">
              Only the built-in admin may change this. You are signed in as the user{' '}
              {session.data?.username}.
            </Text>
          )}
        </Stack>
        {isAdmin && (
          <Button
            onClick={dialog.open}
            {...(auth.enabled && { variant: 'outline', color: 'var(--mantine-color-error)' })}
          >
            {auth.enabled ? 'Turn off…' : 'Turn on…'}
          </Button>
        )}
      </Group>
      <SwitchDialog auth={auth} opened={isOpen} onClose={dialog.close} />
    </Paper>
  );
}

interface SwitchDialogProps {
  readonly auth: AuthState;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function SwitchDialog({ auth, opened, onClose }: SwitchDialogProps) {
  const { enabled } = auth;
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title={enabled ? 'Turn auth enforcement off' : 'Turn auth enforcement on'}
      confirmLabel={enabled ? 'Turn it off' : 'Turn it on'}
      isDangerous={enabled}
      action={async () => {
        await switchAuth(auth, !enabled);
        announceDone(enabled ? 'Auth enforcement is off.' : 'Auth enforcement is on.');
      }}
    >
      {enabled ? <WhatOffMeans /> : <WhatOnMeans />}
    </ActionDialog>
  );
}

const NUMBER = new Intl.NumberFormat();

/** Contract decision 3. */
function WhatOffMeans() {
  const { data: stats } = useStats();
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600}>
        Everybody who can reach what this server guards for other services is let in, at once and
        without showing anything.
      </Text>
      {stats && (
        <Text size="sm">
          Today that is for who has one of {countOf(stats.live_sessions, 'live session')} or of{' '}
          {countOf(stats.access_tokens.total - stats.access_tokens.expired, 'good access token')}.
          While it is off it is for strangers too.
        </Text>
      )}
      <List size="sm" spacing={4}>
        <List.Item>
          The calls for access tokens and API keys of the admin API answer 403; commands on the
          server’s machine still manage them.
        </List.Item>
        <List.Item>
          As before: people sign in and out, every token that is shown is checked, and users,
          accounts and this console always need their credential.
        </List.Item>
        <List.Item>The server keeps warning in its log, and here.</List.Item>
      </List>
    </Stack>
  );
}

function WhatOnMeans() {
  const { data: stats } = useStats();
  return (
    <Stack gap="sm">
      <Text size="sm">
        Only who shows a good token is let in to what this server guards for other services, at
        once. Whoever came without one is turned away.
      </Text>
      {stats && (
        <Text size="sm">
          Let in are then {countOf(stats.live_sessions, 'live session')} and{' '}
          {countOf(stats.access_tokens.total - stats.access_tokens.expired, 'good access token')}.
        </Text>
      )}
    </Stack>
  );
}

function countOf(count: number, name: string): string {
  return `${NUMBER.format(count)} ${name}${count === 1 ? '' : 's'}`;
}
