/** What became of each line, or would: first what needs somebody to do something. */

import { Badge, Button, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import tableStyles from '../parts/data-table.module.css';
import { IconDownload } from '../parts/icons.tsx';
import { type ImportReport, type LineReport, saveReport } from './transfer-calls.ts';

const SHOWN_AT_ONCE = 100;

const OUTCOMES: Record<LineReport['outcome'], { label: string; color: string; rank: number }> = {
  failed: { label: 'Failed', color: 'red', rank: 0 },
  exists: { label: 'Name is taken', color: 'yellow', rank: 1 },
  would_create: { label: 'Would be added', color: 'teal', rank: 2 },
  created: { label: 'Added', color: 'teal', rank: 2 },
};

export function ImportReportView({ report }: { readonly report: ImportReport }) {
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const { lines } = report;
  const sorted = lines.toSorted(
    (a, b) => OUTCOMES[a.outcome].rank - OUTCOMES[b.outcome].rank || a.line - b.line,
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Text size="sm" fw={600} role="status">
          {summaryOf(report)}
        </Text>
        {lines.length > 0 && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconDownload size={14} />}
            onClick={() => saveReport({ ...report, lines: sorted })}
          >
            Save the report
          </Button>
        )}
      </Group>
      {lines.length > 0 && (
        <Paper withBorder className={tableStyles.frame}>
          <Lines lines={sorted.slice(0, shown)} />
        </Paper>
      )}
      {shown < sorted.length && (
        <Button variant="default" onClick={() => setShown(shown + SHOWN_AT_ONCE)} w="fit-content">
          Show more of {sorted.length.toLocaleString()} lines
        </Button>
      )}
    </Stack>
  );
}

function summaryOf({ dry_run: isDryRun, lines }: ImportReport): string {
  if (lines.length === 0) return 'There is no line with a user in it.';
  const count = (...outcomes: LineReport['outcome'][]) =>
    lines.filter(({ outcome }) => outcomes.includes(outcome)).length.toLocaleString();
  const added = count('created', 'would_create');
  const words = isDryRun ? 'would be added' : 'added';
  return `${added} ${words}, ${count('exists')} with a name that is taken, ${count('failed')} failed.`;
}

function Lines({ lines }: { readonly lines: readonly LineReport[] }) {
  return (
    <Table className={tableStyles.table} verticalSpacing="xs" horizontalSpacing="md">
      <caption className="only-heard">What becomes of each line</caption>
      <Table.Thead>
        <Table.Tr>
          {['Line', 'Outcome', 'Username', 'Why'].map((label) => (
            <Table.Th key={label} scope="col">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ line, outcome, username, reason }) => (
          <Table.Tr key={line}>
            <Table.Td data-label="Line">{line.toLocaleString()}</Table.Td>
            <Table.Td data-label="Outcome">
              <div>
                <Badge variant="light" color={OUTCOMES[outcome].color} miw="max-content">
                  {OUTCOMES[outcome].label}
                </Badge>
              </div>
            </Table.Td>
            <Table.Td data-label="Username" className={tableStyles.name}>
              <span>{username ?? '–'}</span>
            </Table.Td>
            <Table.Td data-label="Why">
              <span className="breaks">{reason ?? '–'}</span>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
