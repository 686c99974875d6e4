/** Every page: its address, its name in the navigation, and its code, which is loaded when asked. */

import { type ComponentType, lazy } from 'react';
import type { ConsoleSession } from '../api/console-session.ts';
import {
  IconDevices,
  IconFileText,
  IconKey,
  IconLayoutDashboard,
  IconSettings,
  IconUsers,
} from '../parts/icons.tsx';

export interface NavigationEntry {
  readonly label: string;
  readonly Icon: ComponentType<{ size?: number }>;
  /** Whom it is shown to; everybody unless given. */
  readonly isFor?: (session: ConsoleSession) => boolean;
}

export interface PageEntry {
  /** Below `/console`; `:name` is a parameter. */
  readonly path: string;
  readonly Page: ComponentType;
  /** None for pages that others lead to. */
  readonly navigation?: NavigationEntry;
}

/** From the menu of who is signed in. */
export const ACCOUNT_PATH = '/account';

/** From the users; not the address of one of them. */
export const IMPORT_EXPORT_PATH = '/users/import-export';

/** In the order of the navigation. */
export const PAGES: readonly PageEntry[] = [
  {
    path: '/overview',
    Page: lazy(async () => ({
      default: (await import('../overview/overview-page.tsx')).OverviewPage,
    })),
    navigation: { label: 'Overview', Icon: IconLayoutDashboard },
  },
  {
    path: '/users',
    Page: lazy(async () => ({ default: (await import('../users/users-page.tsx')).UsersPage })),
    navigation: { label: 'Users', Icon: IconUsers },
  },
  {
    path: IMPORT_EXPORT_PATH,
    Page: lazy(async () => ({
      default: (await import('../import-export/import-export-page.tsx')).ImportExportPage,
    })),
  },
  {
    path: '/users/:id',
    Page: lazy(async () => ({ default: (await import('../users/user-page.tsx')).UserPage })),
  },
  {
    path: '/sessions',
    Page: lazy(async () => ({
      default: (await import('../sessions/sessions-page.tsx')).SessionsPage,
    })),
    navigation: { label: 'Sessions', Icon: IconDevices },
  },
  {
    path: '/access-tokens',
    Page: lazy(async () => ({
      default: (await import('../access-tokens/tokens-page.tsx')).TokensPage,
    })),
    navigation: { label: 'Access tokens', Icon: IconKey },
  },
  {
    path: '/access-tokens/:id',
    Page: lazy(async () => ({
      default: (await import('../access-tokens/token-page.tsx')).TokenPage,
    })),
  },
  {
    path: '/audit',
    Page: lazy(async () => ({ default: (await import('../audit/audit-page.tsx')).AuditPage })),
    navigation: { label: 'Audit trail', Icon: IconFileText },
  },
  {
    path: '/settings',
    Page: lazy(async () => ({
      default: (await import('../settings/settings-page.tsx')).SettingsPage,
    })),
    navigation: { label: 'Settings', Icon: IconSettings },
  },
  {
    path: ACCOUNT_PATH,
    Page: lazy(async () => ({
      default: (await import('../account/account-page.tsx')).AccountPage,
    })),
  },
];

/** Where `/console` itself leads. */
export const START_PATH = '/overview';
