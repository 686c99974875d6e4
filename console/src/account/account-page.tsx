/** One's own account: who is signed in, since when and for how long, and one's own password. */

import { Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import {
  type ConsoleSession,
  confirmPassword,
  signIn,
  useConsoleSession,
} from '../api/console-session.ts';
import { isProblem, Problem } from '../api/problem.ts';
import { useAction } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { Facts } from '../parts/facts.tsx';
import { Failure } from '../parts/failure.tsx';
import { NewPassword } from '../parts/new-password.tsx';
import { Page } from '../parts/page.tsx';
import { keepsRules, USER_PASSWORD_RULES } from '../parts/password-rules.ts';
import { CopyField } from '../parts/secret-once.tsx';
import { When } from '../parts/when.tsx';
import { getUser, setPassword } from '../users/user-calls.ts';

export function AccountPage() {
  const { data: session } = useConsoleSession();
  // Without one the sign-in is shown in the place of every page.
  if (!session) return null;
  const isAdmin = session.kind === 'admin';
  return (
    <Page title="My account" lead={isAdmin ? 'The built-in admin' : session.username}>
      <Facts
        facts={[
          ['Signed in', <When key="in" at={session.signed_in_at} />],
          ['Password entered', <When key="entered" at={session.password_entered_at} />],
          ['Ends when unused', <When key="idle" at={session.idle_expires_at} />],
          ['Ends at the latest', <When key="end" at={session.expires_at} />],
        ]}
      />
      <Paper withBorder p="md" maw={520}>
        <Stack gap="md">
          <Title order={2} size="h4">
            Change your password
          </Title>
          {isAdmin ? <AdminPassword /> : <OwnPassword session={session} />}
        </Stack>
      </Paper>
    </Page>
  );
}

function AdminPassword() {
  return (
    <>
      <Text size="sm">
        The password of the built-in admin is set on the server’s machine, in the folder of
        Sallyport. It ends all of the admin’s tokens and console sessions, this one included.
      </Text>
      <CopyField label="Command" value="npx sallyport admin reset-password" />
    </>
  );
}

function OwnPassword({ session }: { readonly session: ConsoleSession }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const { isRunning, error, run } = useAction(
    () => changeOwnPassword(session, current, next),
    () => {
      setCurrent('');
      setNext('');
      setAgain('');
    },
  );
  const isSame = next === again;
  const isReady = current !== '' && isSame && keepsRules(next, USER_PASSWORD_RULES);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void run();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">You are signed out everywhere else, in your application too.</Text>
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the current password' }}
        />
        <NewPassword
          label="New password"
          value={next}
          onChange={setNext}
          rules={USER_PASSWORD_RULES}
        />
        <PasswordInput
          label="New password, again"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={again !== '' && !isSame && 'This is not the same password.'}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the repeated password' }}
        />
        {error !== null && <Failure title="Your password is as it was" error={explain(error)} />}
        <div>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            Change the password
          </Button>
        </div>
      </Stack>
    </form>
  );
}

/** The new password ends this session with all others, so another one is begun with it. */
async function changeOwnPassword(
  { user_id: id, username }: ConsoleSession,
  current: string,
  next: string,
): Promise<void> {
  if (id === null) throw new Error('the built-in admin is no user');
  await confirmPassword(current);
  await setPassword(await getUser(id), next, () => signIn({ username, password: next }));
  announceDone('Your password is changed.');
}

function explain(error: unknown): unknown {
  if (!isProblem(error, 'credentials_invalid')) return error;
  const detail = 'That is not your current password.';
  return new Problem(error.status, { detail, code: error.code });
}
