/** Asks for the password again where a call needs one that was entered a moment ago. */

import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, useEffect, useState, useSyncExternalStore } from 'react';
import { confirmPassword } from '../api/console-session.ts';
import { passwordPrompt, settlePrompt } from '../api/password-prompt.ts';
import { isProblem, Problem } from '../api/problem.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';

export function PasswordDialog() {
  const isOpen = useSyncExternalStore(passwordPrompt.subscribe, passwordPrompt.isOpen);
  // Whoever is signed out meanwhile enters nothing any more.
  useEffect(() => () => settlePrompt(false), []);
  return (
    <Modal
      opened={isOpen}
      onClose={() => settlePrompt(false)}
      title="Enter your password again"
      centered
      zIndex={400}
    >
      {isOpen && <PasswordForm />}
    </Modal>
  );
}

function PasswordForm() {
  const [password, setPassword] = useState('');
  const { isRunning, error, run } = useAction(
    () => confirmPassword(password),
    () => settlePrompt(true),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          What you are about to do needs to be certain that it is you. It then goes on by itself.
        </Text>
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          data-autofocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password', tabIndex: 0 }}
        />
        {error !== null && <Failure title="Not yet" error={explain(error)} />}
        <Group justify="end" gap="sm">
          <Button variant="default" onClick={() => settlePrompt(false)}>
            Cancel
          </Button>
          <Button type="submit" loading={isRunning}>
            Go on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function explain(error: unknown): unknown {
  if (!isProblem(error, 'credentials_invalid')) return error;
  return new Problem(error.status, { detail: 'That is not your password.', code: error.code });
}
