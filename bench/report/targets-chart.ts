/** How much of each target is reached: one bar a row, the spread over the rounds on it. */

import { type JudgedRow, meetsTarget } from './comparison.ts';
import { line, rectangle, svg, text } from './svg.ts';

const WIDTH = 860;
const BARS_FROM = 480;
const BARS_TO = 820;
const ROW_HEIGHT = 26;
const TOP = 34;
/** What is better than this is not told apart. */
const MOST = 2;

export function targetsChart(rows: readonly JudgedRow[]): string {
  const measured = rows.filter((judged) => decisiveOf(judged) !== null);
  const height = TOP + measured.length * ROW_HEIGHT + 16;
  const at = (share: number) => BARS_FROM + (Math.min(share, MOST) / MOST) * (BARS_TO - BARS_FROM);
  const bottom = height - 10;
  const shapes = measured.flatMap((judged, index) => barOf(judged, TOP + index * ROW_HEIGHT, at));
  const scale = [0, 0.5, 1, 1.5, 2].flatMap((share) => [
    line({ x: at(share), y: TOP - 8 }, { x: at(share), y: bottom }, share === 1 ? 'mark' : 'grid'),
    text({ x: at(share), y: TOP - 14 }, `${share * 100} %`, { anchor: 'middle', quiet: true }),
  ]);
  return svg({ width: WIDTH, height }, 'How much of each target is reached', [...scale, ...shapes]);
}

function barOf(judged: JudgedRow, top: number, at: (share: number) => number): string[] {
  const { row, database } = judged;
  const spread = decisiveOf(judged);
  if (spread === null) return [];
  const shareOf = (value: number) =>
    'atLeast' in row.target ? value / row.target.atLeast : row.target.atMost / value;
  const [share, one, other] = [spread.median, spread.min, spread.max].map(shareOf);
  const middle = top + ROW_HEIGHT / 2;
  const name = row.operation.replaceAll('`', '') + (database === 'postgres' ? ', PostgreSQL' : '');
  const isGood = meetsTarget(spread.median, row.target);
  return [
    text({ x: BARS_FROM - 10, y: middle + 4 }, shorten(name), { anchor: 'end' }),
    rectangle(
      { x: at(0), y: middle - 7 },
      { x: at(share ?? 0), y: middle + 7 },
      isGood ? 'good' : 'bad',
    ),
    line({ x: at(one ?? 0), y: middle }, { x: at(other ?? 0), y: middle }, 'mark'),
  ];
}

function decisiveOf({ decisive, verdict }: JudgedRow) {
  return verdict === 'failed' ? null : decisive;
}

function shorten(name: string): string {
  return name.length > 76 ? `${name.slice(0, 75)}…` : name;
}
