/** Chooses one user by the beginning of the username, as it is typed. */

import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useUser, useUserSearch } from './user-calls.ts';

interface UserPickerProps {
  readonly userId: string | undefined;
  readonly onChoose: (userId: string | null) => void;
}

const PAUSE_MS = 250;

export function UserPicker({ userId, onChoose }: UserPickerProps) {
  const [text, setText] = useState('');
  const [prefix] = useDebouncedValue(text, PAUSE_MS);
  const found = useUserSearch(prefix);
  const chosen = useUser(Number(userId ?? Number.NaN));
  const options = new Map(
    found.data?.items.map(({ id, username }) => [String(id), username]) ?? [],
  );
  if (userId !== undefined) options.set(userId, chosen.data?.username ?? `User ${userId}`);
  return (
    <Select
      aria-label="Of which user"
      placeholder="Of any user"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Of any user' }}
      w={{ base: '100%', xs: 320 }}
      value={userId ?? null}
      onChange={onChoose}
      onSearchChange={setText}
      data={[...options].map(([value, label]) => ({ value, label }))}
      // The server has searched already, and knows which letters are the same.
      filter={({ options: all }) => all}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'No username begins like that'}
      {...(found.isFetching && { rightSection: <Loader size="xs" /> })}
    />
  );
}
