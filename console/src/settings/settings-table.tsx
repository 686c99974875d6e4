/** Every setting by its name, with its value and what it means. */

import {
  Badge,
  Button,
  Code,
  Grid,
  Paper,
  SegmentedControl,
  Stack,
  Table,
  Text,
} from '@mantine/core';
import tableStyles from '../parts/data-table.module.css';
import { Empty } from '../parts/empty.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { useUrlFilters } from '../parts/url-filters.ts';
import type { Setting } from './settings-calls.ts';

export function SettingsTable({ settings }: { readonly settings: readonly Setting[] }) {
  const { filters, setFilters } = useUrlFilters(['q', 'only'] as const);
  const isOnlyGiven = filters.only === 'given';
  const shown = settings.filter(
    (setting) => (!isOnlyGiven || !setting.is_default) && fits(setting, filters.q ?? ''),
  );
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        They come from the environment of the server and hold from its start to its end. To change
        one, set it there and start the server again. <Code>npx sallyport config check</Code> looks
        at them before.
      </Text>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <SearchField
            label="Search the settings"
            placeholder="Name or meaning, such as password"
            value={filters.q ?? ''}
            onSearch={(q) => setFilters({ q })}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <SegmentedControl
            aria-label="Which settings"
            value={isOnlyGiven ? 'given' : 'all'}
            onChange={(value) => setFilters({ only: value === 'given' ? value : null })}
            data={[
              { value: 'all', label: 'All' },
              { value: 'given', label: 'Set by you' },
            ]}
          />
        </Grid.Col>
      </Grid>
      <Text className="only-heard" role="status">
        {shown.length} settings
      </Text>
      <Paper withBorder className={tableStyles.frame}>
        {shown.length === 0 ? (
          <Empty
            title="No setting fits"
            action={
              <Button variant="default" onClick={() => setFilters({ q: null, only: null })}>
                Show all settings
              </Button>
            }
          >
            {isOnlyGiven && (filters.q ?? '') === ''
              ? 'This server runs with the defaults alone.'
              : 'The search looks at names, values and meanings.'}
          </Empty>
        ) : (
          <Rows settings={shown} />
        )}
      </Paper>
    </Stack>
  );
}

/** Each of the words somewhere. */
function fits({ name, value, meaning }: Setting, text: string): boolean {
  const all = `${name} ${value} ${meaning}`.toLowerCase().replaceAll('_', ' ');
  const words = text.toLowerCase().replaceAll('_', ' ').split(/\s+/);
  return words.every((word) => all.includes(word));
}

function Rows({ settings }: { readonly settings: readonly Setting[] }) {
  return (
    <Table className={tableStyles.table} verticalSpacing="sm" horizontalSpacing="md">
      <caption className="only-heard">Settings</caption>
      <Table.Thead>
        <Table.Tr>
          {['Name', 'Value', 'From', 'Meaning'].map((label) => (
            <Table.Th key={label} scope="col">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {settings.map(({ name, value, is_default: isDefault, meaning }) => (
          <Table.Tr key={name}>
            <Table.Td className={tableStyles.wide}>
              <Text size="sm" fw={600} ff="monospace">
                {name}
              </Text>
            </Table.Td>
            <Table.Td data-label="Value">
              <div className="breaks">
                {value === null || value === '' ? '–' : <Code>{value}</Code>}
              </div>
            </Table.Td>
            <Table.Td data-label="From">
              <div>
                {isDefault ? (
                  <Badge variant="default" miw="max-content">
                    Default
                  </Badge>
                ) : (
                  <Badge variant="light" color="brand" miw="max-content">
                    Set
                  </Badge>
                )}
              </div>
            </Table.Td>
            <Table.Td data-label="Meaning">
              <Text size="sm" c="dimmed">
                {meaning}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
