/** All users: to find one, and to add one. */

import { Anchor, Button, Grid, Select } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, useLocation } from 'wouter';
import type { User } from '../api/types.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { IconUserPlus } from '../parts/icons.tsx';
import { Page } from '../parts/page.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import { When } from '../parts/when.tsx';
import { IMPORT_EXPORT_PATH } from '../shell/page-table.ts';
import { CreateUserDialog } from './create-user-dialog.tsx';
import { RoleBadge, StateBadge } from './user-badges.tsx';
import { type UserFilters, useUsers } from './user-calls.ts';

const FILTERS = ['prefix', 'role', 'enabled', 'sort'] as const;

export function UsersPage() {
  const { filters, setFilters, isFiltered } = useUrlFilters(FILTERS);
  const [isCreating, creating] = useDisclosure(false);
  const [, navigate] = useLocation();
  const list = useUsers(filters);
  const create = (
    <Button leftSection={<IconUserPlus size={16} />} onClick={creating.open}>
      Add a user
    </Button>
  );
  const actions = (
    <>
      <Button component={Link} href={IMPORT_EXPORT_PATH} variant="default">
        Import and export
      </Button>
      {create}
    </>
  );
  return (
    <Page title="Users" lead="Who can sign in to your application" actions={actions}>
      <FilterBar filters={filters} onChange={setFilters} />
      <DataTable
        caption="Users"
        list={list}
        columns={columnsFor(filters)}
        keyOf={({ id }) => id}
        sort={filters.sort ?? (filters.prefix === undefined ? 'id' : 'username')}
        onSort={(sort) => setFilters({ sort })}
        empty={isFiltered ? <NobodyFound onClear={setFilters} /> : <NobodyYet action={create} />}
      />
      <CreateUserDialog
        opened={isCreating}
        onClose={creating.close}
        onCreated={({ id }) => navigate(`/users/${id}`)}
      />
    </Page>
  );
}

type SetFilters = ReturnType<typeof useUrlFilters<keyof UserFilters>>['setFilters'];

interface FilterBarProps {
  readonly filters: UserFilters;
  readonly onChange: SetFilters;
}

function FilterBar({ filters, onChange }: FilterBarProps) {
  return (
    <Grid gap="sm">
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <SearchField
          label="Usernames that begin with"
          placeholder="Username begins with…"
          value={filters.prefix ?? ''}
          // The server searches in the order of names, and in no other.
          onSearch={(prefix) => onChange({ prefix, sort: null })}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 6, sm: 3 }}>
        <Select
          aria-label="Role"
          placeholder="Any role"
          clearable
          clearButtonProps={{ 'aria-label': 'Any role' }}
          value={filters.role ?? null}
          onChange={(role) => onChange({ role })}
          data={[
            { value: 'ADMIN', label: 'Admin' },
            { value: 'STANDARD', label: 'Standard' },
          ]}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 6, sm: 3 }}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          clearButtonProps={{ 'aria-label': 'Any state' }}
          value={filters.enabled ?? null}
          onChange={(enabled) => onChange({ enabled })}
          data={[
            { value: 'true', label: 'Enabled' },
            { value: 'false', label: 'Disabled' },
          ]}
        />
      </Grid.Col>
    </Grid>
  );
}

function columnsFor({ prefix }: UserFilters): Column<User>[] {
  const isSearch = prefix !== undefined;
  return [
    {
      label: 'Username',
      sort: 'username',
      isWide: true,
      show: ({ id, username }) => (
        <Anchor component={Link} href={`/users/${id}`} size="sm" fw={600}>
          {username}
        </Anchor>
      ),
    },
    { label: 'Role', show: ({ role }) => <RoleBadge role={role} /> },
    { label: 'State', show: ({ enabled }) => <StateBadge enabled={enabled} /> },
    { label: 'Sessions', isNumber: true, leaves: 'next', show: (user) => user.live_sessions },
    {
      label: 'Last sign-in',
      sort: isSearch ? undefined : 'last_sign_in_at',
      show: (user) => <When at={user.last_sign_in_at} />,
    },
    {
      label: 'Added',
      leaves: 'first',
      sort: isSearch ? undefined : 'created_at',
      show: (user) => <When at={user.created_at} />,
    },
  ];
}

function NobodyFound({ onClear }: { readonly onClear: SetFilters }) {
  const clear = () => onClear({ prefix: null, role: null, enabled: null, sort: null });
  return (
    <Empty
      title="Nobody fits"
      action={
        <Button variant="default" onClick={clear}>
          Show all users
        </Button>
      }
    >
      No user has all that is chosen above. The search looks at how a username begins.
    </Empty>
  );
}

function NobodyYet({ action }: { readonly action: React.ReactNode }) {
  return (
    <Empty title="There are no users yet" action={action}>
      Add the first one here, or import those of another system. People who sign in with a provider
      are added by themselves.
    </Empty>
  );
}
