/** What to do next on a server that nobody uses yet. */

import { Button, Code, Group, List, Paper, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, useLocation } from 'wouter';
import { IconKey, IconUpload, IconUserPlus } from '../parts/icons.tsx';
import { IMPORT_EXPORT_PATH } from '../shell/page-table.ts';
import { CreateUserDialog } from '../users/create-user-dialog.tsx';
import type { Stats } from './overview-calls.ts';

/** Neither people nor machines can use it. */
export function isFresh({ users, access_tokens: tokens }: Stats): boolean {
  return users.total === 0 && tokens.total === 0;
}

export function FirstSteps() {
  const [isCreating, creating] = useDisclosure(false);
  const [, navigate] = useLocation();
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="first-steps">
      <Title order={2} size="h4" id="first-steps">
        Your server runs. What next?
      </Title>
      <List size="sm" mt="sm" mb="md" spacing="xs">
        <List.Item>
          <b>People</b> sign in with a username and a password at <Code>/auth/login</Code>, or your
          application signs them in with <Code>POST /api/auth/login</Code>. Add the first user here,
          or bring those of another system.
        </List.Item>
        <List.Item>
          <b>Programs</b> use an access token, which you can limit, rotate and delete.
        </List.Item>
      </List>
      <Group gap="sm">
        <Button leftSection={<IconUserPlus size={16} />} onClick={creating.open}>
          Add a user
        </Button>
        <Button
          component={Link}
          href="/access-tokens"
          variant="default"
          leftSection={<IconKey size={16} />}
        >
          Make an access token
        </Button>
        <Button
          component={Link}
          href={IMPORT_EXPORT_PATH}
          variant="default"
          leftSection={<IconUpload size={16} />}
        >
          Import users
        </Button>
      </Group>
      <Text size="xs" c="dimmed" mt="md">
        This goes away with the first user or access token.
      </Text>
      <CreateUserDialog
        opened={isCreating}
        onClose={creating.close}
        onCreated={({ id }) => navigate(`/users/${id}`)}
      />
    </Paper>
  );
}
