/** Sets a user's password: one that is typed, or one that the server makes and shows this once. */

import { Button, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { User } from '../api/types.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Failure } from '../parts/failure.tsx';
import { NewPassword } from '../parts/new-password.tsx';
import { keepsRules, USER_PASSWORD_RULES } from '../parts/password-rules.ts';
import { SecretOnce } from '../parts/secret-once.tsx';
import { endedText } from './end-sessions-dialog.tsx';
import { setPassword } from './user-calls.ts';

interface SetPasswordDialogProps {
  readonly user: User;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function SetPasswordDialog({ user, opened, onClose }: SetPasswordDialogProps) {
  const [made, setMade] = useState<string | null>(null);
  return (
    <>
      <Modal opened={opened} onClose={onClose} title="Set a password" centered>
        {opened && <PasswordForm user={user} onClose={onClose} onMade={setMade} />}
      </Modal>
      <SecretOnce
        opened={made !== null}
        title={`The new password of ${user.username}`}
        label="Password"
        secret={made ?? ''}
        onClose={() => setMade(null)}
      >
        <Text size="sm">Give it to {user.username} over a way that others cannot read.</Text>
      </SecretOnce>
    </>
  );
}

interface PasswordFormProps {
  readonly user: User;
  readonly onClose: () => void;
  readonly onMade: (password: string) => void;
}

type Source = 'made' | 'typed';

function PasswordForm({ user, onClose, onMade }: PasswordFormProps) {
  const [source, setSource] = useState<Source>('made');
  const [typed, setTyped] = useState('');
  const isReady = source === 'made' || keepsRules(typed, USER_PASSWORD_RULES);
  const { isRunning, error, run } = useAction(async () => {
    const changed = await setPassword(user, source === 'made' ? null : typed);
    announceDone(`The password is set. ${endedText(changed.ended_sessions)}`);
    if (changed.password !== undefined) onMade(changed.password);
  }, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <Text size="sm">
          {user.username} is signed out everywhere at once and needs the new password from then on.
        </Text>
        <SegmentedControl
          fullWidth
          aria-label="Where the password comes from"
          value={source}
          onChange={(value) => setSource(value as Source)}
          data={[
            { value: 'made', label: 'Let the server make one' },
            { value: 'typed', label: 'Type one' },
          ]}
        />
        {source === 'typed' && (
          <NewPassword
            label="New password"
            value={typed}
            onChange={setTyped}
            rules={USER_PASSWORD_RULES}
          />
        )}
        {error !== null && <Failure title="The password is as it was" error={error} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            Set the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
