/**
 * Who may do what beyond the two contracts (contract decision 14), as one table. What depends on
 * the role of the user it is done to is decided again inside the transition, where that role is
 * read; see `mayTouchAdmins` in operations-repository.ts.
 */

import type { Requester } from './events.ts';
import type { UserRole } from './repository.ts';

/** A user stands for users with the role ADMIN, an access token for those with the admin bit. */
export type ManagingKind = 'admin' | 'user' | 'access_token';

export const MANAGING_KINDS = ['admin', 'user', 'access_token'] as const;

export const MANAGEMENT_ACTIONS = [
  'see_users',
  'create_users',
  'change_users',
  'set_passwords',
  'see_sessions',
  'end_sessions',
  'manage_access_tokens',
  'read_stats',
  'read_audit_trail',
  'export_audit_trail',
  'export_data',
  'import_users',
  'export_users',
  'read_settings',
  'test_providers',
  'switch_auth',
] as const;

export type ManagementAction = (typeof MANAGEMENT_ACTIONS)[number];

/** On whom: everybody, users who neither have nor get the role ADMIN, or nobody at all. */
export type ManagementScope = 'all' | 'standard' | 'none';

const EVERYTHING: Record<ManagementAction, ManagementScope> = {
  see_users: 'all',
  create_users: 'all',
  change_users: 'all',
  set_passwords: 'all',
  see_sessions: 'all',
  end_sessions: 'all',
  manage_access_tokens: 'all',
  read_stats: 'all',
  read_audit_trail: 'all',
  export_audit_trail: 'all',
  export_data: 'all',
  import_users: 'all',
  export_users: 'all',
  read_settings: 'all',
  test_providers: 'all',
  switch_auth: 'all',
};

export const MANAGEMENT_PERMISSIONS: Record<
  ManagingKind,
  Record<ManagementAction, ManagementScope>
> = {
  admin: EVERYTHING,
  // Whoever may make admins of users does not get to open the gate by it.
  user: { ...EVERYTHING, switch_auth: 'none' },
  access_token: {
    see_users: 'standard',
    // With a first password: nobody had that account before.
    create_users: 'standard',
    change_users: 'standard',
    set_passwords: 'none',
    see_sessions: 'standard',
    end_sessions: 'standard',
    // Itself and those with wider permissions too, as in contract 1.
    manage_access_tokens: 'all',
    read_stats: 'all',
    read_audit_trail: 'none',
    export_audit_trail: 'none',
    export_data: 'none',
    import_users: 'none',
    export_users: 'none',
    read_settings: 'none',
    test_providers: 'none',
    switch_auth: 'none',
  },
};

/** What `kind` may do; `role` is the role of the user it is done to, or that they would get. */
export function mayManage(kind: ManagingKind, action: ManagementAction, role?: UserRole): boolean {
  const scope = MANAGEMENT_PERMISSIONS[kind][action];
  if (scope === 'standard') return role !== 'ADMIN';
  return scope === 'all';
}

/**
 * Whether who asks may do this to users with the role ADMIN. The machine's own operator and the
 * server may; a request over the network that names nobody may not.
 */
export function mayTouchAdmins({ actor, origin }: Requester, action: ManagementAction): boolean {
  switch (actor?.kind) {
    case 'admin':
    case 'user':
    case 'access_token':
      return mayManage(actor.kind, action, 'ADMIN');
    case 'operator':
    case 'server':
      return true;
    case 'anonymous':
      return false;
    case undefined:
      return origin === undefined;
  }
}
