/** What can be done with an access token. */

import { Button, Menu, Text } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { IconChevronDown, IconRefresh } from '../parts/icons.tsx';
import { EditTokenDialog } from './edit-token-dialog.tsx';
import { RotateTokenDialog } from './rotate-token-dialog.tsx';
import { type AccessToken, deleteToken } from './token-calls.ts';

type Action = 'rotation' | 'edit' | 'deletion';

interface DialogProps {
  readonly token: AccessToken;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function TokenActions({ token }: { readonly token: AccessToken }) {
  const [action, setAction] = useState<Action | null>(null);
  const about = (kind: Action): DialogProps => ({
    token,
    opened: action === kind,
    onClose: () => setAction(null),
  });
  return (
    <>
      {token.state !== 'expired' && (
        <Button leftSection={<IconRefresh size={16} />} onClick={() => setAction('rotation')}>
          Rotate
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAction('edit')}>Edit name and description</Menu.Item>
          <Menu.Divider />
          <Menu.Item color="var(--mantine-color-error)" onClick={() => setAction('deletion')}>
            Delete the token
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RotateTokenDialog {...about('rotation')} />
      <EditTokenDialog {...about('edit')} />
      <DeletionDialog {...about('deletion')} />
    </>
  );
}

function DeletionDialog({ token, opened, onClose }: DialogProps) {
  const [, navigate] = useLocation();
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title="Delete the access token"
      confirmLabel="Delete for good"
      confirmWord={token.name}
      isDangerous
      action={async () => {
        await deleteToken(token, () => navigate('/access-tokens'));
        announceDone(`${token.name} is deleted.`);
      }}
    >
      <Text size="sm">
        Every value of it is dead at once: programs that still send one are refused. It cannot be
        had back. What the audit trail has about it stays.
      </Text>
    </ActionDialog>
  );
}
