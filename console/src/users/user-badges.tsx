/** Role and state of a user at a glance. */

import { Badge } from '@mantine/core';
import type { User } from '../api/types.ts';

export function RoleBadge({ role }: Pick<User, 'role'>) {
  return role === 'ADMIN' ? (
    <Badge variant="light" color="brand">
      Admin
    </Badge>
  ) : (
    <Badge variant="default">Standard</Badge>
  );
}

export function StateBadge({ enabled }: Pick<User, 'enabled'>) {
  return enabled ? (
    <Badge variant="light" color="teal">
      Enabled
    </Badge>
  ) : (
    <Badge variant="light" color="red">
      Disabled
    </Badge>
  );
}
