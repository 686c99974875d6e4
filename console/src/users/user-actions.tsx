/** What can be done with a user: each asks first, and says what it will mean. */

import { Button, Menu, Text } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { User } from '../api/types.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { IconChevronDown, IconKey } from '../parts/icons.tsx';
import { EndSessionsDialog, endedText } from './end-sessions-dialog.tsx';
import { SetPasswordDialog } from './set-password-dialog.tsx';
import { changeUser, deleteUser } from './user-calls.ts';

type Action = 'password' | 'state' | 'role' | 'sessions' | 'deletion';

interface DialogProps {
  readonly user: User;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function UserActions({ user }: { readonly user: User }) {
  const [action, setAction] = useState<Action | null>(null);
  const about = (kind: Action): DialogProps => ({
    user,
    opened: action === kind,
    onClose: () => setAction(null),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconKey size={16} />}
        onClick={() => setAction('password')}
      >
        {user.has_password ? 'Set a new password' : 'Set a password'}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAction('state')}>
            {user.enabled ? 'Disable the account' : 'Enable the account'}
          </Menu.Item>
          <Menu.Item onClick={() => setAction('role')}>
            {user.role === 'ADMIN' ? 'Take the role ADMIN away' : 'Make an admin'}
          </Menu.Item>
          <Menu.Item onClick={() => setAction('sessions')} disabled={user.live_sessions === 0}>
            End all sessions
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="var(--mantine-color-error)" onClick={() => setAction('deletion')}>
            Delete the user
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SetPasswordDialog {...about('password')} />
      <StateDialog {...about('state')} />
      <RoleDialog {...about('role')} />
      <EndSessionsDialog {...about('sessions')} />
      <DeletionDialog {...about('deletion')} />
    </>
  );
}

function StateDialog({ user, opened, onClose }: DialogProps) {
  const { enabled, username } = user;
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title={enabled ? 'Disable the account' : 'Enable the account'}
      confirmLabel={enabled ? 'Disable' : 'Enable'}
      isDangerous={enabled}
      action={async () => {
        const { ended_sessions: ended } = await changeUser(user, { enabled: !enabled });
        announceDone(
          enabled
            ? `${username} is disabled. ${endedText(ended)}`
            : `${username} can sign in again.`,
        );
      }}
    >
      <Text size="sm">
        {enabled
          ? `${username} is signed out everywhere at once and cannot sign in until the account is ` +
            'enabled again. Nothing is deleted.'
          : `${username} can sign in again, with the password or provider of before.`}
      </Text>
    </ActionDialog>
  );
}

function RoleDialog({ user, opened, onClose }: DialogProps) {
  const isAdmin = user.role === 'ADMIN';
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title={isAdmin ? 'Take the role ADMIN away' : 'Make an admin'}
      confirmLabel={isAdmin ? 'Make it a standard user' : 'Make an admin'}
      isDangerous={!isAdmin}
      action={async () => {
        await changeUser(user, { role: isAdmin ? 'STANDARD' : 'ADMIN' });
        announceDone(`${user.username} is ${isAdmin ? 'a standard user' : 'an admin'} now.`);
      }}
    >
      <Text size="sm">
        {isAdmin
          ? `${user.username} can no longer use this console. Sessions in your application go on, ` +
            'and your application sees the new role at the next check.'
          : `${user.username} may then use this console: see and change all users, sessions and ` +
            'access tokens, and read the audit trail. Only the auth switch stays with the ' +
            'built-in admin.'}
      </Text>
    </ActionDialog>
  );
}

function DeletionDialog({ user, opened, onClose }: DialogProps) {
  const [, navigate] = useLocation();
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title="Delete the user"
      confirmLabel="Delete for good"
      confirmWord={user.username}
      isDangerous
      action={async () => {
        await deleteUser(user, () => navigate('/users'));
        announceDone(`${user.username} is deleted.`);
      }}
    >
      <Text size="sm">
        The account, its password, its links to providers and its sessions are gone at once and
        cannot be had back. What the audit trail has about it stays. To keep somebody out for a
        while, disable the account instead.
      </Text>
    </ActionDialog>
  );
}
