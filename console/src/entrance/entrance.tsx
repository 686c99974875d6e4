/** Who is not signed in gets in here: by signing in, or on the first run by making the admin. */

import { Anchor, Skeleton, Stack } from '@mantine/core';
import { useState } from 'react';
import { useStart } from '../api/console-session.ts';
import { Failure } from '../parts/failure.tsx';
import { EntranceFrame } from './entrance-frame.tsx';
import { CreateAdmin, NoAdminYet } from './first-run.tsx';
import { SignIn } from './sign-in.tsx';

export function Entrance() {
  const start = useStart();
  const [asUser, setAsUser] = useState(false);
  if (start.isPending) {
    return (
      <EntranceFrame title="Sign in">
        <Stack role="status" aria-label="Loading">
          <Skeleton height={36} />
          <Skeleton height={36} />
        </Stack>
      </EntranceFrame>
    );
  }
  if (start.isError) {
    return (
      <EntranceFrame title="Sign in">
        <Failure error={start.error} onRetry={() => void start.refetch()} />
      </EntranceFrame>
    );
  }
  const { admin_exists: hasAdmin, may_create_admin: mayCreate, app_name: appName } = start.data;
  if (hasAdmin || asUser) return <SignIn appName={appName} hasAdmin={hasAdmin} />;
  const asUserInstead = (
    // There may be users with the role ADMIN already: ADMIN_USERNAME makes one at the start.
    <Anchor component="button" type="button" size="sm" onClick={() => setAsUser(true)}>
      Sign in as a user instead
    </Anchor>
  );
  return mayCreate ? (
    <CreateAdmin footer={asUserInstead} />
  ) : (
    <NoAdminYet footer={asUserInstead} onRetry={() => void start.refetch()} />
  );
}
