/** A list as a table, on a phone as cards, with its three other states: loading, failed, empty. */

import { Button, Center, Paper, Skeleton, Stack, Table, UnstyledButton } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { PageOf } from '../api/types.ts';
import styles from './data-table.module.css';
import { Empty } from './empty.tsx';
import { Failure } from './failure.tsx';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from './icons.tsx';

export interface Column<Item> {
  readonly label: string;
  readonly show: (item: Item) => ReactNode;
  /** What `sort` must say for this column; none where it cannot be sorted by. */
  readonly sort?: string | undefined;
  readonly isNumber?: boolean;
  /** Takes the whole width of a card and needs no label there: what names the row. */
  readonly isWide?: boolean;
  /** Buttons: at the end of the row, under a label for screen readers only. */
  readonly isActions?: boolean;
  /** Which columns are left out of a table that has too little room; none unless it says so. */
  readonly leaves?: 'first' | 'next';
}

interface DataTableProps<Item> {
  readonly caption: string;
  readonly list: UseInfiniteQueryResult<InfiniteData<PageOf<Item>>>;
  readonly columns: readonly Column<Item>[];
  readonly keyOf: (item: Item) => string | number;
  readonly empty: ReactNode;
  /** As in the API: a name, with `-` in front for descending. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** A class for the row of an item. */
  readonly rowClassOf?: (item: Item) => string;
}

const SKELETON_ROWS = 5;

export function DataTable<Item>(props: DataTableProps<Item>) {
  const { list, caption, empty } = props;
  if (list.isPending) return <LoadingRows />;
  if (list.isError && list.data === undefined) {
    return (
      <Failure
        title="The list cannot be shown"
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    );
  }
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="sm">
      <Paper withBorder className={styles.frame}>
        {items.length > 0 ? (
          <Rows {...props} items={items} caption={caption} />
        ) : list.hasNextPage ? (
          <NothingSoFar />
        ) : (
          empty
        )}
      </Paper>
      {list.isError && <Failure error={list.error} onRetry={() => void list.fetchNextPage()} />}
      {list.hasNextPage && !list.isError && (
        <Center>
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
    </Stack>
  );
}

/** The server looks at so many rows for one page, and there may be what fits behind them. */
function NothingSoFar() {
  return (
    <Empty title="Nothing found so far">
      There is more to look through: go on with “Show more”.
    </Empty>
  );
}

function LoadingRows() {
  return (
    <Paper withBorder p="md" role="status" aria-label="Loading">
      <Stack gap="md">
        {Array.from({ length: SKELETON_ROWS }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
          <Skeleton key={row} height={20} />
        ))}
      </Stack>
    </Paper>
  );
}

function Rows<Item>(props: DataTableProps<Item> & { readonly items: readonly Item[] }) {
  const { items, columns, keyOf, caption, rowClassOf } = props;
  return (
    <Table className={styles.table} verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
      <caption className="only-heard">{caption}</caption>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <ColumnHead key={column.label} column={column} {...props} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((item) => (
          <Table.Tr key={keyOf(item)} {...(rowClassOf && { className: rowClassOf(item) })}>
            {columns.map((column) => (
              <Table.Td key={column.label} data-label={column.label} className={classOf(column)}>
                <div>{column.show(item)}</div>
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function classOf<Item>({ isNumber, isWide, isActions, leaves }: Column<Item>): string {
  return [
    (isNumber || isActions) && styles.end,
    (isWide || isActions) && styles.wide,
    leaves === 'first' && styles.goesFirst,
    leaves === 'next' && styles.goesNext,
  ]
    .filter(Boolean)
    .join(' ');
}

interface ColumnHeadProps<Item> extends Pick<DataTableProps<Item>, 'sort' | 'onSort'> {
  readonly column: Column<Item>;
}

function ColumnHead<Item>({ column, sort, onSort }: ColumnHeadProps<Item>) {
  const { label, sort: name, isActions } = column;
  if (name === undefined || onSort === undefined) {
    return (
      <Table.Th className={classOf(column)} scope="col">
        <span {...(isActions && { className: 'only-heard' })}>{label}</span>
      </Table.Th>
    );
  }
  const isUp = sort === name;
  const isDown = sort === `-${name}`;
  const Icon = isUp ? IconArrowUp : isDown ? IconArrowDown : IconArrowsSort;
  const order = isUp ? 'ascending' : isDown ? 'descending' : 'none';
  return (
    <Table.Th className={classOf(column)} scope="col" aria-sort={order}>
      <UnstyledButton
        className={styles.sort}
        fz="inherit"
        onClick={() => onSort(isUp ? `-${name}` : name)}
      >
        {label}
        <Icon size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
