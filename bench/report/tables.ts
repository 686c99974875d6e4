/** The rows as tables: for a terminal, and in Markdown for the documentation. */

import type { JudgedRow } from './comparison.ts';
import { formatFigure, formatRatio, formatTarget } from './numbers.ts';

const HEADS = [
  'operation',
  'Sallyport',
  'beside it',
  'ratio (spread)',
  'by CPU time',
  'target',
  '',
] as const;

export function markdownTable(rows: readonly JudgedRow[]): string {
  const lines = rows.map((row) => `| ${cellsOf(row).join(' | ')} |`);
  return [`| ${HEADS.join(' | ')} |`, `|${'---|'.repeat(HEADS.length)}`, ...lines].join('\n');
}

export function terminalTable(rows: readonly JudgedRow[]): string {
  const cells = [HEADS as readonly string[], ...rows.map(cellsOf)].map((line) =>
    line.map((cell) => cell.replaceAll('`', '').replaceAll('**', '')),
  );
  const widths = HEADS.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  return cells
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function cellsOf(judged: JudgedRow): string[] {
  const { row, database, value, beside, ratio, cpuRatio, verdict, remark } = judged;
  const { unit } = row;
  const on = database === 'postgres' ? ', PostgreSQL' : '';
  const other = row.beside === null ? '' : `${row.beside.contender} `;
  return [
    `${row.operation}${on}`,
    value === null ? '–' : formatFigure(value.median, unit),
    beside === null ? '–' : `${other}${formatFigure(beside.median, unit)}`,
    ratio === null ? '–' : formatRatio(ratio),
    cpuRatio === null ? '' : formatRatio(cpuRatio),
    formatTarget(row.target, unit, row.beside !== null),
    verdict + (remark === null ? '' : `: ${remark.replaceAll('|', '/').replace(/\s+/g, ' ')}`),
  ];
}
