/** Latency over time under an overload, and below it what was refused and the memory in use. */

import type { Timeline } from '../suite.ts';
import { formatNumber } from './numbers.ts';
import { line, type Point, polyline, rectangle, svg, text } from './svg.ts';

const WIDTH = 860;
const LEFT = 70;
const RIGHT = 840;
const HEIGHT = 430;

interface Panel {
  readonly title: string;
  readonly top: number;
  readonly bottom: number;
  readonly scale: 'logarithmic' | 'linear';
  readonly series: readonly {
    readonly name: string;
    readonly style: 'first' | 'second' | 'third';
    readonly values: readonly (number | null)[];
  }[];
}

export function timelineChart({ atSeconds, series, phases }: Timeline): string {
  const endSeconds = (atSeconds.at(-1) ?? 0) + (atSeconds[1] ?? 0);
  const x = (seconds: number) => LEFT + (seconds / Math.max(endSeconds, 1)) * (RIGHT - LEFT);
  const of = (name: string) => series[name] ?? [];
  const panels: readonly Panel[] = [
    {
      title: 'latency of a check, ms',
      ...{ top: 50, bottom: 200, scale: 'logarithmic' },
      series: [
        { name: 'p50', style: 'first', values: of('p50Ms') },
        { name: 'p99', style: 'second', values: of('p99Ms') },
      ],
    },
    {
      title: 'refused sign-ins a second (503)',
      ...{ top: 240, bottom: 305, scale: 'linear' },
      series: [{ name: '', style: 'third', values: of('refusedPerSecond') }],
    },
    {
      title: 'resident memory, MB',
      ...{ top: 345, bottom: 400, scale: 'linear' },
      series: [{ name: '', style: 'first', values: of('residentMb') }],
    },
  ];
  const bands = phases.flatMap(({ name, fromSeconds }, index) => {
    const toSeconds = phases[index + 1]?.fromSeconds ?? endSeconds;
    const middle = (x(fromSeconds) + x(toSeconds)) / 2;
    const label = text({ x: middle, y: 20 }, name, { anchor: 'middle', quiet: true });
    if (index % 2 === 0) return [label];
    return [rectangle({ x: x(fromSeconds), y: 28 }, { x: x(toSeconds), y: 400 }, 'phase'), label];
  });
  return svg({ width: WIDTH, height: HEIGHT }, 'Checks of sessions during an overload', [
    ...bands,
    ...panels.flatMap((panel) => panelOf(panel, atSeconds.map(x))),
    ...secondsAxis(endSeconds, x),
  ]);
}

function panelOf(panel: Panel, xs: readonly number[]): string[] {
  const all = panel.series.flatMap(({ values }) => values.filter((value) => value !== null));
  const { y, ticks } = axisOf(panel, Math.max(...all, 1), Math.min(...all, 1));
  const legend = panel.series.map(({ name }) => name).filter((name) => name !== '');
  return [
    text({ x: LEFT, y: panel.top - 8 }, panel.title),
    ...ticks.flatMap((value) => [
      line({ x: LEFT, y: y(value) }, { x: RIGHT, y: y(value) }, 'grid'),
      text({ x: LEFT - 6, y: y(value) + 4 }, formatNumber(value), { anchor: 'end', quiet: true }),
    ]),
    ...panel.series.map(({ values, style }) =>
      polyline(
        values.map((value, index): Point | null =>
          value === null ? null : { x: xs[index] ?? LEFT, y: y(value) },
        ),
        style,
      ),
    ),
    ...legend.flatMap((name, index) => {
      const from = { x: RIGHT - 120 + index * 60, y: panel.top - 12 };
      return [
        polyline([from, { x: from.x + 16, y: from.y }], panel.series[index]?.style ?? 'first'),
        text({ x: from.x + 20, y: from.y + 4 }, name),
      ];
    }),
  ];
}

function axisOf({ top, bottom, scale }: Panel, max: number, min: number) {
  if (scale === 'linear') {
    const most = roundUp(max);
    const y = (value: number) => bottom - (value / most) * (bottom - top);
    return { y, ticks: [0, most / 2, most] };
  }
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const y = (value: number) => {
    const share = (Math.log10(Math.max(value, 10 ** low)) - low) / Math.max(1, high - low);
    return bottom - share * (bottom - top);
  };
  const count = Math.max(1, high - low) + 1;
  return { y, ticks: Array.from({ length: count }, (_, index) => 10 ** (low + index)) };
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

function secondsAxis(endSeconds: number, x: (seconds: number) => number): string[] {
  const step = endSeconds > 30 ? 10 : 5;
  return Array.from({ length: Math.floor(endSeconds / step) + 1 }, (_, index) =>
    text({ x: x(index * step), y: 420 }, `${index * step} s`, { anchor: 'middle', quiet: true }),
  );
}
