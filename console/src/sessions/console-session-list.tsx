/** Who is signed in to this console, and a way to sign them out. */

import { Text } from '@mantine/core';
import { useState } from 'react';
import { noteSignedOut } from '../api/query-client.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { nameClient } from './client-names.ts';
import { type ConsoleSessionItem, endConsoleSession, useConsoleSessions } from './session-calls.ts';
import { consoleSessionColumns } from './session-columns.tsx';

export function ConsoleSessionList() {
  const [ending, setEnding] = useState<ConsoleSessionItem | null>(null);
  return (
    <>
      <DataTable
        caption="Live sessions of the console"
        list={useConsoleSessions()}
        columns={consoleSessionColumns(setEnding)}
        keyOf={({ id }) => id}
        empty={
          <Empty title="Nobody is signed in to the console">
            Who manages with a token of the API is not in this list.
          </Empty>
        }
      />
      <ActionDialog
        opened={ending !== null}
        onClose={() => setEnding(null)}
        title="End this console session"
        confirmLabel={ending?.current ? 'Sign out here' : 'End the session'}
        isDangerous
        action={async () => {
          if (ending === null) return;
          await endConsoleSession(ending.id);
          if (ending.current) noteSignedOut();
          else announceDone('The console session was ended.');
        }}
      >
        <Text size="sm">
          {ending?.current
            ? 'This is the session that you are using now: you are signed out at once.'
            : `${nameOf(ending)} is signed out at once on ${nameClient(ending?.user_agent ?? '')}.`}
        </Text>
      </ActionDialog>
    </>
  );
}

function nameOf(session: ConsoleSessionItem | null): string {
  if (session === null) return '';
  return session.kind === 'admin' ? 'The built-in admin' : session.username;
}
