/** The live sessions of everybody or of one user, each of which can be ended. */

import { Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Session } from '../api/types.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { announceDone } from '../parts/announce.ts';
import { DataTable } from '../parts/data-table.tsx';
import { nameClient } from './client-names.ts';
import { endSession, useSessions } from './session-calls.ts';
import { sessionColumns } from './session-columns.tsx';

interface SessionListProps {
  /** Of everybody without. */
  readonly userId?: string | undefined;
  /** Whether it says whose each of them is. */
  readonly namesPeople: boolean;
  readonly empty: ReactNode;
}

export function SessionList({ userId, namesPeople, empty }: SessionListProps) {
  const [ending, setEnding] = useState<Session | null>(null);
  return (
    <>
      <DataTable
        caption="Live sessions"
        list={useSessions(userId)}
        columns={sessionColumns(setEnding, namesPeople)}
        keyOf={({ id }) => id}
        empty={empty}
      />
      <ActionDialog
        opened={ending !== null}
        onClose={() => setEnding(null)}
        title="End this session"
        confirmLabel="End the session"
        isDangerous
        action={async () => {
          if (ending === null) return;
          await endSession(ending.id);
          announceDone(`A session of ${ending.username} was ended.`);
        }}
      >
        <Text size="sm">
          {ending?.username} is signed out at once on {nameClient(ending?.user_agent ?? '')} and may
          sign in again.
        </Text>
      </ActionDialog>
    </>
  );
}
