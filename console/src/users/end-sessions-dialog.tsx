/** Ends all sessions of one user. */

import { Text } from '@mantine/core';
import type { User } from '../api/types.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { endSessionsOf } from './user-calls.ts';

interface EndSessionsDialogProps {
  readonly user: User;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EndSessionsDialog({ user, opened, onClose }: EndSessionsDialogProps) {
  return (
    <ActionDialog
      opened={opened}
      onClose={onClose}
      title="End all sessions"
      confirmLabel="End all sessions"
      isDangerous
      action={async () => announceDone(endedText(await endSessionsOf(user)))}
    >
      <Text size="sm">
        {user.username} is signed out everywhere at once and may sign in again. To keep the user
        out, disable the account instead.
      </Text>
    </ActionDialog>
  );
}

export function endedText(count: number): string {
  if (count === 0) return 'No session was ended: there was none.';
  return count === 1 ? 'One session was ended.' : `${count} sessions were ended.`;
}
