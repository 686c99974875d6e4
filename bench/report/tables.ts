/** Rows as tables: for a terminal, and in Markdown for the documentation. */

import { isJudgedByRatio } from '../rows.ts';
import type { JudgedRow } from './comparison.ts';
import { formatFigure, formatRatio, formatTarget } from './numbers.ts';

/** The whole of it is in the raw values. */
const MAX_REMARK = 120;

export interface Table {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function markdownTable({ heads, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

export function terminalTable({ heads, rows }: Table): string {
  const lines = [heads, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('`', '')));
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Each target beside its limit. */
export function targetsTable(rows: readonly JudgedRow[]): Table {
  return {
    heads: ['operation', 'Sallyport', 'beside it', 'ratio (spread)', 'by CPU time', 'target', ''],
    rows: rows.map(cellsOf),
  };
}

function cellsOf(judged: JudgedRow): string[] {
  const { row, database, value, beside, ratio, cpuRatio, verdict, remark } = judged;
  const { unit } = row;
  const on = database === 'postgres' ? ', PostgreSQL' : '';
  const other = row.beside?.label ?? row.beside?.contender ?? '';
  return [
    `${row.operation}${on}`,
    value === null ? '–' : formatFigure(value.median, unit),
    beside === null ? '–' : `${other} ${formatFigure(beside.median, unit)}`,
    ratio === null ? '–' : formatRatio(ratio),
    cpuRatio === null ? '' : formatRatio(cpuRatio),
    formatTarget(row.target, unit, isJudgedByRatio(row)),
    verdict + (remark === null ? '' : `: ${remark.slice(0, MAX_REMARK)}`),
  ];
}
