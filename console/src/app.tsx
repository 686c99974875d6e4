/** The whole console: what everything in it needs, and who is let in. */

import { Center, Loader, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { Router } from 'wouter';
import { useConsoleSession } from './api/console-session.ts';
import { queryClient } from './api/query-client.ts';
import { Entrance } from './entrance/entrance.tsx';
import { PasswordDialog } from './entrance/password-dialog.tsx';
import { NONCE } from './nonce.ts';
import { Failure } from './parts/failure.tsx';
import { Shell } from './shell/shell.tsx';
import { THEME, VARIABLES } from './theme.ts';

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <MantineProvider
        theme={THEME}
        cssVariablesResolver={VARIABLES}
        defaultColorScheme="auto"
        getStyleNonce={() => NONCE}
      >
        <Notifications position="bottom-right" />
        <Router base="/console">
          <Door />
        </Router>
      </MantineProvider>
    </QueryClientProvider>
  );
}

function Door() {
  const session = useConsoleSession();
  if (session.isPending) {
    return (
      <Center mih="100vh" role="status" aria-label="Loading">
        <Loader />
      </Center>
    );
  }
  if (session.isError) {
    return (
      <Center component="main" mih="100vh" p="md">
        <Failure error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    );
  }
  if (session.data === null) return <Entrance />;
  return (
    <>
      <Shell session={session.data} />
      <PasswordDialog />
    </>
  );
}
