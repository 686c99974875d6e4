/** A chart of lines over time, drawn by uPlot: what it looks like in the light and in the dark. */

import uPlot from 'uplot';

/** The second is dashed too, so that no two lines are told apart by colour alone. */
export type Tone = 'first' | 'second';
export type Scheme = 'light' | 'dark';

/** Blue and orange stay two colours for everybody; each has 4.5:1 on the ground of its scheme. */
export const LINE_COLOURS: Record<Scheme, Record<Tone, string>> = {
  light: { first: '#0b62a8', second: '#b04500' },
  dark: { first: '#58b4f0', second: '#ff9e57' },
};
const TEXT_COLOURS: Record<Scheme, string> = { light: '#566075', dark: '#a3adbf' };
const GRID_COLOURS: Record<Scheme, string> = { light: '#dfe3ea', dark: '#2b3342' };
const FILL_ALPHA = '26';
export const DASH = [5, 4];

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const HOUR_AND_MINUTE = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const MIN_LABEL_GAP_PX = 70;
const TIME_AXIS_PX = 30;
/** So that the last label is not cut off. */
const HALF_LABEL_PX = 24;

export interface PlotOptions {
  readonly tones: readonly Tone[];
  readonly scheme: Scheme;
  readonly width: number;
  readonly height: number;
  /** Whether there are no values between the whole numbers. */
  readonly isCount: boolean;
  readonly format: (value: number) => string;
  /** The place of the cursor in the data; null when there is none. */
  readonly onCursor: (index: number | null) => void;
}

export function createPlot(options: PlotOptions, data: uPlot.AlignedData, place: HTMLElement) {
  const { tones, scheme, width, height, isCount, format, onCursor } = options;
  const axis = {
    stroke: TEXT_COLOURS[scheme],
    font: FONT,
    grid: { stroke: GRID_COLOURS[scheme], width: 1 },
    ticks: { show: false },
  };
  const settings: uPlot.Options = {
    width,
    height,
    legend: { show: false },
    padding: [8, HALF_LABEL_PX, null, null],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: { y: { range: (_, __, max) => [0, roomFor(max, isCount)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: TIME_AXIS_PX,
        space: MIN_LABEL_GAP_PX,
        values: timeLabels,
      },
      {
        ...axis,
        values: (_, splits) => splits.map(format),
        size: widthOfLabels,
        ...(isCount && { incrs: WHOLE_STEPS }),
      },
    ],
    series: [{}, ...tones.map((tone) => lineOf(tone, scheme))],
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
  };
  return new uPlot(settings, data, place);
}

/** 1, 2 and 5 with any number of noughts: what a count is read off by. */
const WHOLE_STEPS = Array.from({ length: 12 }, (_, digits) => 10 ** digits).flatMap((step) => [
  step,
  2 * step,
  5 * step,
]);

/** A line of nothing but noughts has room above it; the highest point is not cut off. */
function roomFor(max: number | null, isCount: boolean): number {
  const highest = max ?? 0;
  return isCount ? Math.max(4, highest * 1.1) : Math.max(1, highest * 1.1);
}

function lineOf(tone: Tone, scheme: Scheme): uPlot.Series {
  const stroke = LINE_COLOURS[scheme][tone];
  return {
    stroke,
    width: 2,
    ...(tone === 'first' ? { fill: `${stroke}${FILL_ALPHA}` } : { dash: DASH }),
    // Of points that stand alone between gaps, and of few.
    points: { size: 5 },
  };
}

function timeLabels(_: uPlot, splits: number[]): string[] {
  return splits.map((second) => {
    const at = new Date(second * 1000);
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
    return (isMidnight ? DAY : HOUR_AND_MINUTE).format(at);
  });
}

/** As wide as the longest of them, in pixels. */
function widthOfLabels(plot: uPlot, labels: string[] | null): number {
  const ratio = plot.ctx.canvas.width / plot.width;
  plot.ctx.font = FONT;
  const widths = (labels ?? []).map((label) => plot.ctx.measureText(label).width);
  return Math.ceil(Math.max(24, ...widths) + 12 / ratio) + 8;
}
