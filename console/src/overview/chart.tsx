/**
 * One chart: its lines with their values, which pointers and arrow keys read off, and the same as a
 * table for who sees no lines.
 */

import { Group, Paper, Stack, Table, Text, Title, useComputedColorScheme } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './chart.module.css';
import { createPlot, DASH, LINE_COLOURS, type Scheme, type Tone } from './plot.ts';

const HEIGHT_PX = 180;

export interface Line {
  readonly label: string;
  readonly tone: Tone;
  /** One for each of the times; null where there is none. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  readonly note?: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly isCount: boolean;
  readonly format: (value: number) => string;
  /** What the legend says while nothing is pointed at: of which time, and what of it. */
  readonly restLabel: string;
  readonly restOf: (line: Line) => number | null;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const momentOf = (second: number | undefined) =>
  second === undefined ? '' : MOMENT.format(new Date(second * 1000));

export function Chart(props: ChartProps) {
  const { title, note, times, lines, format, restLabel, restOf } = props;
  const headingId = useId();
  const [index, setIndex] = useState<number | null>(null);
  const scheme = useComputedColorScheme('light');
  const at = index !== null && index < times.length ? index : null;
  const when = at === null ? restLabel : momentOf(times[at]);
  const shown = lines.map((line) => ({
    ...line,
    value: textOf(at === null ? restOf(line) : (line.values[at] ?? null), format),
  }));
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={headingId} miw={0}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs" align="baseline">
          <Title order={2} size="h5" id={headingId}>
            {title}
          </Title>
          <Text size="xs" c="dimmed">
            {when}
          </Text>
        </Group>
        <Group gap="md">
          {shown.map(({ label, tone, value }) => (
            <Group key={label} gap={6} wrap="nowrap">
              <Sample colour={LINE_COLOURS[scheme][tone]} tone={tone} />
              <Text size="sm" span>
                {label}{' '}
                <Text span inherit className={styles.value}>
                  {value}
                </Text>
              </Text>
            </Group>
          ))}
        </Group>
        <Plot {...props} scheme={scheme} onCursor={setIndex} headingId={headingId} />
        <Text className="only-heard" role="status">
          {at !== null && `${when}: ${shown.map((one) => `${one.label} ${one.value}`).join(', ')}`}
        </Text>
        {note && (
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        )}
        <Values {...props} />
      </Stack>
    </Paper>
  );
}

function textOf(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function Sample({ colour, tone }: { readonly colour: string; readonly tone: Tone }) {
  return (
    <svg className={styles.sample} width="22" height="10" aria-hidden="true">
      <line
        x1="0"
        x2="22"
        y1="5"
        y2="5"
        stroke={colour}
        strokeWidth="3"
        {...(tone === 'second' && { strokeDasharray: DASH.join(' ') })}
      />
    </svg>
  );
}

interface PlotProps extends ChartProps {
  readonly scheme: Scheme;
  readonly onCursor: (index: number | null) => void;
  readonly headingId: string;
}

function Plot({ times, lines, isCount, format, scheme, onCursor, headingId }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const hintId = useId();
  const data = useMemo(
    () => [[...times], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData,
    [times, lines],
  );
  const latest = useRef(data);
  latest.current = data;
  const tones = lines.map(({ tone }) => tone).join();

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const options = { scheme, isCount, format, onCursor, height: HEIGHT_PX };
    const width = box.clientWidth;
    const made = createPlot(
      { ...options, width, tones: tones.split(',') as Tone[] },
      latest.current,
      box,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: box.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [scheme, tones, isCount, format, onCursor]);

  useEffect(() => plot.current?.setData(data), [data]);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div
      className={styles.chart}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the values off
      tabIndex={0}
      aria-labelledby={headingId}
      aria-describedby={hintId}
      onKeyDown={(event) => plot.current && moveCursor(event, plot.current)}
      onBlur={() => plot.current && hideCursor(plot.current)}
    >
      <div ref={place} className={styles.plot} aria-hidden="true" />
      <span id={hintId} className="only-heard">
        A chart over time. The left and right arrow keys read its values.
      </span>
    </div>
  );
}

function moveCursor(event: KeyboardEvent, plot: uPlot): void {
  const last = plot.data[0].length - 1;
  const steps: Record<string, (from: number) => number> = {
    ArrowLeft: (from) => Math.max(0, from - 1),
    ArrowRight: (from) => Math.min(last, from + 1),
    Home: () => 0,
    End: () => last,
  };
  if (event.key === 'Escape') hideCursor(plot);
  const step = steps[event.key];
  if (step === undefined || last < 0) return;
  event.preventDefault();
  // The first press of an arrow begins at what happened last.
  const index = plot.cursor.idx == null ? last : step(plot.cursor.idx);
  plot.setCursor({ left: plot.valToPos(plot.data[0][index] ?? 0, 'x'), top: 0 });
}

function hideCursor(plot: uPlot): void {
  plot.setCursor({ left: -10, top: -10 });
}

/** The newest first, as the lists of the console have it. */
function Values({ title, times, lines, format }: ChartProps) {
  const [isOpen, setOpen] = useState(false);
  const rows = times.map((second, index) => ({ second, index })).reverse();
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled with keys too
        <section className={styles.table} tabIndex={0} aria-label={`${title}, as a table`}>
          <Table fz="xs" stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">From</Table.Th>
                {lines.map(({ label }) => (
                  <Table.Th key={label} scope="col" ta="end">
                    {label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ second, index }) => (
                <Table.Tr key={second}>
                  <Table.Td>{momentOf(second)}</Table.Td>
                  {lines.map(({ label, values }) => (
                    <Table.Td key={label} ta="end">
                      {textOf(values[index] ?? null, format)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </details>
  );
}
