/** Who is signed in, and the way out. */

import { Button, Menu, Text } from '@mantine/core';
import { IconChevronDown, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { type ConsoleSession, signOut } from '../api/console-session.ts';
import { announceFailure } from '../parts/announce.ts';

export function AccountMenu({ session }: { readonly session: ConsoleSession }) {
  const leave = () => {
    signOut().catch((error: unknown) => announceFailure('You are still signed in', error));
  };
  const name = session.kind === 'admin' ? 'Built-in admin' : session.username;
  return (
    <Menu position="bottom-end" width={240} withinPortal>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconUserCircle size={18} />}
          rightSection={<IconChevronDown size={14} />}
        >
          <Text span size="sm" maw={{ base: 110, xs: 220 }} truncate>
            {name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in as {session.kind === 'admin' ? 'the built-in admin' : session.username}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
