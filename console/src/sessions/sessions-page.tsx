/** Who is signed in at this moment: people in your application, and admins in this console. */

import { Button, Group, Tabs } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Empty } from '../parts/empty.tsx';
import { Page } from '../parts/page.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import { EndSessionsDialog } from '../users/end-sessions-dialog.tsx';
import { useUser } from '../users/user-calls.ts';
import { UserPicker } from '../users/user-picker.tsx';
import { ConsoleSessionList } from './console-session-list.tsx';
import { SessionList } from './session-list.tsx';

export function SessionsPage() {
  const { filters, setFilters } = useUrlFilters(['user_id', 'tab'] as const);
  const tab = filters.tab === 'console' ? 'console' : 'people';
  return (
    <Page title="Sessions" lead="Who is signed in now, on what and from where">
      <Tabs
        value={tab}
        onChange={(next) => setFilters({ tab: next === 'console' ? next : null })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="people">People</Tabs.Tab>
          <Tabs.Tab value="console">Console</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people">
          <People userId={filters.user_id} onChoose={(userId) => setFilters({ user_id: userId })} />
        </Tabs.Panel>
        <Tabs.Panel value="console">
          <ConsoleSessionList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

interface PeopleProps {
  readonly userId: string | undefined;
  readonly onChoose: (userId: string | null) => void;
}

function People({ userId, onChoose }: PeopleProps) {
  return (
    <>
      <Group mb="md" justify="space-between">
        <UserPicker userId={userId} onChoose={onChoose} />
        {userId !== undefined && <EndAll userId={Number(userId)} />}
      </Group>
      <SessionList
        userId={userId}
        namesPeople
        empty={
          userId === undefined ? (
            <Empty title="Nobody is signed in">
              Sessions begin when people sign in to your application and end when they sign out,
              when they are ended here, or a week after their last refresh.
            </Empty>
          ) : (
            <Empty
              title="This user is not signed in"
              action={
                <Button variant="default" onClick={() => onChoose(null)}>
                  Show all sessions
                </Button>
              }
            >
              There is no live session of the user that is chosen above.
            </Empty>
          )
        }
      />
    </>
  );
}

function EndAll({ userId }: { readonly userId: number }) {
  const [isOpen, dialog] = useDisclosure(false);
  const user = useUser(userId);
  if (user.data === undefined || user.data.live_sessions === 0) return null;
  return (
    <>
      <Button variant="default" onClick={dialog.open}>
        End all of this user
      </Button>
      <EndSessionsDialog user={user.data} opened={isOpen} onClose={dialog.close} />
    </>
  );
}
