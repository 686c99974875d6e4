/** The first run: there is no admin yet. From the server's own machine it is made here. */

import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { createAdminAndSignIn } from '../api/console-session.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { NewPassword } from '../parts/new-password.tsx';
import { ADMIN_PASSWORD_RULES, keepsRules } from '../parts/password-rules.ts';
import { CopyField } from '../parts/secret-once.tsx';
import { EntranceFrame } from './entrance-frame.tsx';

const CREATE_COMMAND = 'npx sallyport admin create';

export function CreateAdmin({ footer }: { readonly footer: ReactNode }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const { isRunning, error, run } = useAction(
    () => createAdminAndSignIn(password),
    () => {},
  );
  const isSame = password === again;
  const isReady = isSame && keepsRules(password, ADMIN_PASSWORD_RULES);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <EntranceFrame
      title="Create the admin"
      lead="This server has no admin yet. There is exactly one, and it may do everything."
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <NewPassword
            label="Password"
            value={password}
            onChange={setPassword}
            rules={ADMIN_PASSWORD_RULES}
          />
          <PasswordInput
            label="Password, again"
            autoComplete="new-password"
            required
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            error={again !== '' && !isSame && 'This is not the same password.'}
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the repeated password' }}
          />
          {error !== null && <Failure title="There is no admin yet" error={error} />}
          <Button type="submit" loading={isRunning} disabled={!isReady} fullWidth>
            Create the admin and sign in
          </Button>
          {footer}
        </Stack>
      </form>
    </EntranceFrame>
  );
}

interface NoAdminYetProps {
  readonly footer: ReactNode;
  readonly onRetry: () => void;
}

export function NoAdminYet({ footer, onRetry }: NoAdminYetProps) {
  return (
    <EntranceFrame
      title="There is no admin yet"
      lead="The admin can only be created from the machine that the server runs on."
    >
      <Text size="sm">
        Run this command there, in the folder of Sallyport. It asks for the password.
      </Text>
      <CopyField label="Command" value={CREATE_COMMAND} />
      <Button variant="default" onClick={onRetry}>
        It is created: go on
      </Button>
      {footer}
    </EntranceFrame>
  );
}
