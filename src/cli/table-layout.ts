/** How wide the columns of a table are on a terminal, and which of them it has room for. */

import stringWidth from 'fast-string-width';

export interface ColumnLayout {
  /** Gives way first when the terminal is narrow. */
  readonly isFlexible?: boolean;
  /** Never cut: what is to be copied from here is of no use in part. */
  readonly isWhole?: boolean;
  /** Left out, from the last one on, before anything is cut to less than it needs. */
  readonly canBeLeftOut?: boolean;
}

export const GAP = '  ';
const MIN_FLEXIBLE_WIDTH = 8;
const MIN_WIDTH = 3;

/** A terminal that does not say how wide it is (0 or nothing) is taken for the usual one. */
export function terminalWidth({ columns }: { columns?: number }): number {
  return columns === undefined || columns === 0 ? 80 : columns;
}

/**
 * The width of each column: what its cells need; where that is too wide, flexible columns give way
 * first. Null for a column that is left out.
 */
export function columnWidths(
  columns: readonly ColumnLayout[],
  rows: readonly (readonly string[])[],
  terminalWidth: number,
): (number | null)[] {
  const needed = columns.map((_, i) =>
    Math.max(...rows.map((cells) => stringWidth(cells[i] ?? ''))),
  );
  const kept = keptColumns(columns, needed, terminalWidth);
  const widths = needed.map((width, i) => (kept.has(i) ? width : null));
  let excess = totalWidth(widths) - terminalWidth;
  const narrow = (index: number, minWidth: number) => {
    const width = widths[index] ?? null;
    if (width === null || columns[index]?.isWhole) return;
    const cut = Math.max(0, Math.min(excess, width - minWidth));
    widths[index] = width - cut;
    excess -= cut;
  };
  columns.forEach(({ isFlexible }, i) => {
    if (isFlexible) narrow(i, MIN_FLEXIBLE_WIDTH);
  });
  // A terminal too narrow even for that: from the last column on, which is the least telling.
  for (let i = columns.length - 1; i >= 0; i -= 1) narrow(i, MIN_WIDTH);
  return widths;
}

/** Those that there is room for when the flexible ones are as narrow as they can be. */
function keptColumns(
  columns: readonly ColumnLayout[],
  needed: readonly number[],
  terminalWidth: number,
): Set<number> {
  const least = needed.map((width, i) =>
    columns[i]?.isFlexible ? Math.min(width, MIN_FLEXIBLE_WIDTH) : width,
  );
  const kept = new Set(columns.keys());
  for (let i = columns.length - 1; i >= 0; i -= 1) {
    const widths = least.map((width, at) => (kept.has(at) ? width : null));
    if (totalWidth(widths) <= terminalWidth) break;
    if (columns[i]?.canBeLeftOut) kept.delete(i);
  }
  return kept;
}

function totalWidth(widths: readonly (number | null)[]): number {
  const kept = widths.filter((width) => width !== null);
  return kept.reduce((sum, width) => sum + width, GAP.length * (kept.length - 1));
}

/** Exactly `width` columns of the terminal: padded, or cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const excess = stringWidth(text) - width;
  if (excess <= 0) return text + ' '.repeat(-excess);
  let kept = '';
  // Graphemes, so that neither an accent nor half an emoji is left over.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…${' '.repeat(width - 1 - stringWidth(kept))}`;
}
