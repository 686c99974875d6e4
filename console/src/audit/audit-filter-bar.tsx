/** What of the audit trail is shown. */

import { Button, Collapse, Grid, Group, Select, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { SearchField } from '../parts/search-field.tsx';
import type { useUrlFilters } from '../parts/url-filters.ts';
import { UserPicker } from '../users/user-picker.tsx';
import { EVENT_GROUPS, wordsOf } from './event-words.ts';
import { ACTOR_CHOICES } from './names.tsx';
import { fromLocalInput, SPANS, toLocalInput } from './time-range.ts';

export const AUDIT_FILTERS = [
  'event',
  'subject',
  'last',
  'since',
  'until',
  'actor_kind',
  'actor_id',
  'address',
  'session_id',
  'access_token_id',
] as const;

export type AuditFilterName = (typeof AUDIT_FILTERS)[number];

interface AuditFilterBarProps {
  readonly filters: Partial<Record<AuditFilterName, string>>;
  readonly onChange: ReturnType<typeof useUrlFilters<AuditFilterName>>['setFilters'];
}

const FURTHER = ['actor_kind', 'actor_id', 'address', 'session_id', 'access_token_id'] as const;

export function AuditFilterBar(props: AuditFilterBarProps) {
  const { filters, onChange } = props;
  const isNarrowed = FURTHER.some((name) => filters[name] !== undefined);
  const [isOpen, further] = useDisclosure(isNarrowed);
  const clear = () => onChange(Object.fromEntries(AUDIT_FILTERS.map((name) => [name, null])));
  return (
    <div>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, sm: 4 }}>
          <EventPicker {...props} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 4 }}>
          <UserPicker
            userId={filters.subject}
            onChoose={(subject) => onChange({ subject })}
            label="About whom"
            placeholder="About anybody"
            others={[{ value: 'admin', label: 'Built-in admin' }]}
            isWide
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 4 }}>
          <RangePicker {...props} />
        </Grid.Col>
      </Grid>
      <Collapse expanded={isOpen}>
        <FurtherFilters {...props} />
      </Collapse>
      <Group gap="sm" mt="sm">
        <Button variant="subtle" size="compact-sm" onClick={further.toggle} aria-expanded={isOpen}>
          {isOpen ? 'Fewer filters' : 'More filters'}
        </Button>
        {Object.keys(filters).length > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={clear}>
            Clear the filters
          </Button>
        )}
      </Group>
    </div>
  );
}

function EventPicker({ filters, onChange }: AuditFilterBarProps) {
  return (
    <Select
      aria-label="Event"
      placeholder="Any event"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Any event' }}
      nothingFoundMessage="No event is called so"
      value={filters.event ?? null}
      onChange={(event) => onChange({ event })}
      data={EVENT_GROUPS.map(({ group, events }) => ({
        group,
        items: events.map((value) => ({ value, label: wordsOf(value).label })),
      }))}
    />
  );
}

function RangePicker({ filters, onChange }: AuditFilterBarProps) {
  const { last, since, until } = filters;
  const [isBetween, setBetween] = useState(false);
  const areGiven = since !== undefined || until !== undefined;
  const value = last ?? (isBetween || areGiven ? 'between' : null);
  const choose = (next: string | null) => {
    setBetween(next === 'between');
    onChange({ last: next === 'between' ? null : next, since: null, until: null });
  };
  return (
    <>
      <Select
        aria-label="Time"
        placeholder="Any time"
        clearable
        clearButtonProps={{ 'aria-label': 'Any time' }}
        value={value}
        onChange={choose}
        data={[
          ...SPANS.map(({ value: span, label }) => ({ value: span, label })),
          { value: 'between', label: 'Between two times…' },
        ]}
      />
      {value === 'between' && (
        <Stack gap="xs" mt="sm">
          <Moment label="From" at={since} onChange={(at) => onChange({ since: at })} />
          <Moment label="Until" at={until} onChange={(at) => onChange({ until: at })} />
        </Stack>
      )}
    </>
  );
}

interface MomentProps {
  readonly label: string;
  readonly at: string | undefined;
  readonly onChange: (at: string | null) => void;
}

function Moment({ label, at, onChange }: MomentProps) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      defaultValue={toLocalInput(at)}
      onChange={(event) => onChange(fromLocalInput(event.currentTarget.value))}
    />
  );
}

/** Whose id can be asked for beside the kind. */
const WITH_ID: Readonly<Record<string, string>> = {
  user: 'Id of the user…',
  access_token: 'Id of the token…',
  operator: 'Name of the operator…',
};

function FurtherFilters({ filters, onChange }: AuditFilterBarProps) {
  const idPlaceholder = WITH_ID[filters.actor_kind ?? ''];
  const field = (name: 'address' | 'session_id' | 'access_token_id', label: string) => (
    <Grid.Col span={{ base: 12, sm: 4 }}>
      <SearchField
        label={label}
        placeholder={`${label}…`}
        value={filters[name] ?? ''}
        onSearch={(text) => onChange({ [name]: text.trim() })}
      />
    </Grid.Col>
  );
  return (
    <Grid gap="sm" mt="sm">
      {field('address', 'From address')}
      {field('session_id', 'Session')}
      {field('access_token_id', 'Number of access token')}
      <Grid.Col span={{ base: 12, sm: 4 }}>
        <Select
          aria-label="By whom"
          placeholder="By anybody"
          clearable
          clearButtonProps={{ 'aria-label': 'By anybody' }}
          value={filters.actor_kind ?? null}
          onChange={(kind) => onChange({ actor_kind: kind, actor_id: null })}
          data={ACTOR_CHOICES}
        />
      </Grid.Col>
      {idPlaceholder !== undefined && (
        <Grid.Col span={{ base: 12, sm: 4 }}>
          <SearchField
            label="Who exactly"
            placeholder={idPlaceholder}
            value={filters.actor_id ?? ''}
            onSearch={(text) => onChange({ actor_id: text.trim() })}
          />
        </Grid.Col>
      )}
    </Grid>
  );
}
