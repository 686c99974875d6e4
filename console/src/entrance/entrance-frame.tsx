/** The frame of what is seen before anybody is signed in: one card in the middle. */

import { Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { ColourSchemeSwitch } from '../shell/colour-scheme-switch.tsx';
import { Mark } from '../shell/mark.tsx';

interface EntranceFrameProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}

export function EntranceFrame({ title, lead, children }: EntranceFrameProps) {
  useEffect(() => {
    document.title = `${title} – Sallyport`;
  }, [title]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={420} gap="md">
        <Group justify="space-between">
          <Group gap="xs">
            <Mark />
            <Text fw={650}>Sallyport console</Text>
          </Group>
          <ColourSchemeSwitch />
        </Group>
        <Paper withBorder shadow="sm" p="xl">
          <Stack gap="md">
            <div>
              <Title order={1} size="h3">
                {title}
              </Title>
              {lead && (
                <Text c="dimmed" size="sm" mt={4} component="div">
                  {lead}
                </Text>
              )}
            </div>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </Center>
  );
}
