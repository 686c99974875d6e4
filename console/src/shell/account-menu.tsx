/** Who is signed in, and the way out. */

import { Button, Menu, Text } from '@mantine/core';
import { Link } from 'wouter';
import { type ConsoleSession, signOut } from '../api/console-session.ts';
import { announceFailure } from '../parts/announce.ts';
import { IconChevronDown, IconLogout, IconUser, IconUserCircle } from '../parts/icons.tsx';
import { ACCOUNT_PATH } from './page-table.ts';

export function AccountMenu({ session }: { readonly session: ConsoleSession }) {
  const leave = () => {
    signOut().catch((error: unknown) => announceFailure('You are still signed in', error));
  };
  const name = session.kind === 'admin' ? 'Built-in admin' : session.username;
  return (
    <Menu position="bottom-end" width={240}>
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
        <Menu.Item component={Link} href={ACCOUNT_PATH} leftSection={<IconUser size={16} />}>
          My account
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
