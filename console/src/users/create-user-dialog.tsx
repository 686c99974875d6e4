/** Adds a user with a first password, typed or made here. */

import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Role, User } from '../api/types.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Failure } from '../parts/failure.tsx';
import { NewPassword } from '../parts/new-password.tsx';
import { keepsRules, USER_PASSWORD_RULES } from '../parts/password-rules.ts';
import { createUser } from './user-calls.ts';

interface CreateUserDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onCreated: (user: User) => void;
}

export function CreateUserDialog({ opened, onClose, onCreated }: CreateUserDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add a user" centered>
      {opened && <CreateUserForm onClose={onClose} onCreated={onCreated} />}
    </Modal>
  );
}

function CreateUserForm({ onClose, onCreated }: Omit<CreateUserDialogProps, 'opened'>) {
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<Role>('STANDARD');
  const [password, setPassword] = useState('');
  const [isVisible, setVisible] = useState(false);
  const { isRunning, error, run } = useAction(async () => {
    const user = await createUser({ username, password, role });
    announceDone(`${user.username} can sign in now.`);
    onCreated(user);
  }, onClose);
  const isReady = username !== '' && keepsRules(password, USER_PASSWORD_RULES);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack gap="md">
        <TextInput
          label="Username"
          description="3 to 50 characters, for example an email address. Upper and lower case are the same."
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          data-autofocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <Select
          label="Role"
          description="Admins may use this console and change everything but the auth switch."
          allowDeselect={false}
          value={role}
          onChange={(value) => setRole((value ?? 'STANDARD') as Role)}
          data={[
            { value: 'STANDARD', label: 'Standard' },
            { value: 'ADMIN', label: 'Admin' },
          ]}
        />
        <NewPassword
          label="First password"
          value={password}
          onChange={setPassword}
          rules={USER_PASSWORD_RULES}
          canGenerate
          isVisible={isVisible}
          onVisibility={setVisible}
        />
        {error !== null && <Failure title="Nobody was added" error={error} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            Add the user
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
