/** Sign-in to the console, as the built-in admin or as a user with the role ADMIN. */

import { Button, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { signIn } from '../api/console-session.ts';
import { isProblem, Problem } from '../api/problem.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { Failure } from '../parts/failure.tsx';
import { EntranceFrame } from './entrance-frame.tsx';

interface SignInProps {
  readonly appName: string;
  readonly hasAdmin: boolean;
}

type Kind = 'admin' | 'user';

export function SignIn({ appName, hasAdmin }: SignInProps) {
  const [kind, setKind] = useState<Kind>(hasAdmin ? 'admin' : 'user');
  return (
    <EntranceFrame title="Sign in" lead={`To manage who gets into ${appName}`}>
      {hasAdmin && (
        <SegmentedControl
          fullWidth
          aria-label="Sign in as"
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={[
            { value: 'admin', label: 'Built-in admin' },
            { value: 'user', label: 'User' },
          ]}
        />
      )}
      <SignInForm key={kind} kind={kind} />
    </EntranceFrame>
  );
}

function SignInForm({ kind }: { readonly kind: Kind }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { isRunning, error, run } = useAction(
    () => signIn({ password, ...(kind === 'user' && { username }) }),
    () => {},
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {kind === 'user' && (
          <TextInput
            label="Username"
            description="Of a user with the role ADMIN"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password', tabIndex: 0 }}
        />
        {error !== null && <Failure title="You are not signed in" error={explain(error, kind)} />}
        <Button type="submit" loading={isRunning} fullWidth>
          Sign in
        </Button>
        {kind === 'admin' && (
          <Text size="xs" c="dimmed">
            A forgotten password is set anew on the server’s machine with{' '}
            <code>npx sallyport admin reset-password</code>.
          </Text>
        )}
      </Stack>
    </form>
  );
}

/** The API says what to send; a person at a form has to know what to type. */
function explain(error: unknown, kind: Kind): unknown {
  if (!isProblem(error, 'credentials_invalid')) return error;
  const detail =
    kind === 'admin'
      ? 'That is not the password of the built-in admin.'
      : 'Username and password do not match, or the user may not use the console.';
  return new Problem(error.status, { detail, code: error.code });
}
