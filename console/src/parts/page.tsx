/** What every page has: its name in the window and on top, and what can be done on it. */

import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Whether a page has been shown before: the first one leaves the focus where the browser put it. */
let isFirstPage = true;

export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Sallyport`;
  }, [title]);
  useEffect(() => {
    // So that who does not see the page hears that it is another one.
    if (!isFirstPage) heading.current?.focus();
    isFirstPage = false;
  }, []);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="start" gap="md">
        <Box miw={0} flex="1 1 auto">
          <Title order={1} size="h2" ref={heading} tabIndex={-1}>
            {title}
          </Title>
          {lead && (
            // As wide as there is room for; the actions do not go to a line of their own for it.
            <Text c="dimmed" size="sm" mt={4} w={0} miw="100%" component="div">
              {lead}
            </Text>
          )}
        </Box>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
