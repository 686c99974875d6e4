/** All access tokens: to find one, to see which expire soon, and to make one. */

import { Anchor, Button, Grid, Select, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { IconKey } from '../parts/icons.tsx';
import { Page } from '../parts/page.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import { When } from '../parts/when.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';
import { Expiry, LastUse, PermissionBadges, TokenStateBadge } from './token-badges.tsx';
import { type AccessToken, type TokenFilters, useAccessTokens } from './token-calls.ts';

const FILTERS = ['prefix', 'state', 'sort'] as const;

export function TokensPage() {
  const { filters, setFilters } = useUrlFilters(FILTERS);
  const [isCreating, creating] = useDisclosure(false);
  const [, navigate] = useLocation();
  const create = (
    <Button leftSection={<IconKey size={16} />} onClick={creating.open}>
      Make an access token
    </Button>
  );
  const isNarrowed = filters.prefix !== undefined || filters.state !== undefined;
  return (
    <Page
      title="Access tokens"
      lead="What programs show in place of a password, until it expires or is deleted"
      actions={create}
    >
      <FilterBar filters={filters} onChange={setFilters} />
      <DataTable
        caption="Access tokens"
        list={useAccessTokens(filters)}
        columns={columnsFor(filters)}
        keyOf={({ id }) => id}
        sort={filters.sort ?? sortUnlessGiven(filters)}
        onSort={(sort) => setFilters({ sort })}
        empty={isNarrowed ? <NoneFound onClear={setFilters} /> : <NoneYet action={create} />}
      />
      <CreateTokenDialog
        opened={isCreating}
        onClose={creating.close}
        onKept={({ id }) => navigate(`/access-tokens/${id}`)}
      />
    </Page>
  );
}

/** As the server sorts where nothing is said. */
function sortUnlessGiven({ prefix, state }: TokenFilters): string {
  if (prefix !== undefined) return 'name';
  return state === 'expired' || state === 'expiring' ? 'expires_at' : 'id';
}

type SetFilters = ReturnType<typeof useUrlFilters<keyof TokenFilters>>['setFilters'];

interface FilterBarProps {
  readonly filters: TokenFilters;
  readonly onChange: SetFilters;
}

function FilterBar({ filters, onChange }: FilterBarProps) {
  return (
    <Grid gap="sm">
      <Grid.Col span={{ base: 12, sm: 8 }}>
        <SearchField
          label="Names that begin with"
          placeholder="Name begins with…"
          value={filters.prefix ?? ''}
          // The server searches in the order of names, and in no other.
          onSearch={(prefix) => onChange({ prefix, sort: null })}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 4 }}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          clearButtonProps={{ 'aria-label': 'Any state' }}
          value={filters.state ?? null}
          onChange={(state) => onChange({ state })}
          data={[
            { value: 'live', label: 'Live' },
            { value: 'expiring', label: 'Expires within 7 days' },
            { value: 'expired', label: 'Expired' },
            { value: 'suspended', label: 'Suspended' },
          ]}
        />
      </Grid.Col>
    </Grid>
  );
}

function columnsFor({ prefix }: TokenFilters): Column<AccessToken>[] {
  const unlessSearch = (sort: string) => (prefix === undefined ? sort : undefined);
  return [
    {
      label: 'Name',
      sort: 'name',
      isWide: true,
      show: ({ id, name, description }) => (
        <>
          <Anchor component={Link} href={`/access-tokens/${id}`} size="sm" fw={600}>
            {name}
          </Anchor>
          {description !== '' && (
            <Text size="xs" c="dimmed" lineClamp={1}>
              {description}
            </Text>
          )}
        </>
      ),
    },
    { label: 'State', show: (token) => <TokenStateBadge token={token} /> },
    {
      label: 'Permissions',
      leaves: 'next',
      show: (token) => <PermissionBadges permission={token.permission} />,
    },
    {
      label: 'Expires',
      sort: unlessSearch('expires_at'),
      show: (token) => <Expiry token={token} />,
    },
    {
      label: 'Last used',
      sort: unlessSearch('last_used_at'),
      show: (token) => <LastUse token={token} />,
    },
    {
      label: 'Made',
      leaves: 'first',
      sort: unlessSearch('created_at'),
      show: (token) => <When at={token.created_at} />,
    },
  ];
}

function NoneFound({ onClear }: { readonly onClear: SetFilters }) {
  const clear = () => onClear({ prefix: null, state: null, sort: null });
  return (
    <Empty
      title="No access token fits"
      action={
        <Button variant="default" onClick={clear}>
          Show all access tokens
        </Button>
      }
    >
      None has all that is chosen above. The search looks at how a name begins.
    </Empty>
  );
}

function NoneYet({ action }: { readonly action: ReactNode }) {
  return (
    <Empty title="There are no access tokens yet" action={action}>
      An access token lets a program in without a person: a nightly import, a build, another
      service. It sends the token as <code>Authorization: Bearer</code> with each request. Make one
      for each program, so that each can be rotated and deleted by itself.
    </Empty>
  );
}
