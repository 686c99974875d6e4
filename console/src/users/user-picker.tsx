/** Chooses one user by the beginning of the username, as it is typed. */

import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useUser, useUserSearch } from './user-calls.ts';

interface UserPickerProps {
  readonly userId: string | undefined;
  readonly onChoose: (userId: string | null) => void;
  readonly label?: string;
  readonly placeholder?: string;
  /** Who is no user and can be chosen too. */
  readonly others?: readonly { readonly value: string; readonly label: string }[];
  /** Takes all the width that there is. */
  readonly isWide?: boolean;
}

const PAUSE_MS = 250;

export function UserPicker(props: UserPickerProps) {
  const { userId, onChoose, others = [], isWide = false } = props;
  const { label = 'Of which user', placeholder = 'Of any user' } = props;
  const [text, setText] = useState('');
  const [prefix] = useDebouncedValue(text, PAUSE_MS);
  const found = useUserSearch(prefix);
  const chosen = useUser(Number(userId ?? Number.NaN));
  const options = new Map(
    found.data?.items.map(({ id, username }) => [String(id), username]) ?? [],
  );
  for (const other of others) options.set(other.value, other.label);
  if (userId !== undefined && !options.has(userId))
    options.set(userId, chosen.data?.username ?? `User ${userId}`);
  return (
    <Select
      aria-label={label}
      placeholder={placeholder}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': placeholder }}
      w={isWide ? '100%' : { base: '100%', xs: 320 }}
      value={userId ?? null}
      onChange={onChoose}
      onSearchChange={setText}
      data={[...options].map(([value, name]) => ({ value, label: name }))}
      // The server has searched already, and knows which letters are the same.
      filter={({ options: all }) => all}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'No username begins like that'}
      {...(found.isFetching && { rightSection: <Loader size="xs" /> })}
    />
  );
}
